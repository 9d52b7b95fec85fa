"""What `infra` says at a terminal when it refuses. English only: the portal speaks all languages."""

from collections.abc import Mapping

from infra.refusal import Refused

SENTENCES: Mapping[str, str] = {
    "infra:no_venv": "Python could not make {path}: {said}. On Debian the package python3-venv is missing.",
    "infra:no_installer": "uv could not be installed into {path}. The messages above say why; "
    "is the internet there?",
    "infra:not_installed": "The packages of {lock} could not be installed. The messages above "
    "say why; run the same command again to go on.",
    "infra:package_missing": "The package {package} is not installed; start with: python3 infra/dev.py run",
    "infra:port_taken": "Port {port} is taken by another program. Stop it, or choose another with --port.",
    "infra:port_refused": "Port {port} may not be opened by this user. Choose one above 1023 with --port.",
    "infra:already_running": "Waxwing already runs on {path} (process {pid}). Stop it first, or "
    "give this one its own --data folder and --port.",
    "infra:unwritable": "The folder {path} cannot be written: {said}. Choose another with --data.",
    "infra:not_our_folder": "The folder {path} holds other things. Choose an empty or new one with --data.",
    "infra:folder_not_ours": "The folder {path} belongs to somebody else. Remove it, or set TMPDIR.",
    "infra:no_region": "At least one region is needed; known are {known}.",
    "infra:region_twice": "The region {region} is named twice; one cell each is enough.",
    "infra:unknown_region": "There is no region {region}; known are {known}.",
    "infra:no_system_user": "PostgreSQL refuses to run as root and the system user {user} could "
    "not be made. Run this as an ordinary user.",
    "infra:data_without_secrets": "{path} holds a database, but its passwords ({secrets}) are gone. "
    "Bring the file back, or begin anew with --fresh.",
    "infra:data_without_database": "{path} holds keys, but their database at {database} is gone. Was the"
    " folder moved? Bring it back, or begin anew with --fresh.",
    "infra:postgres_initdb": "PostgreSQL could not make its data: {said}",
    "infra:postgres_not_started": "PostgreSQL did not start. {said} More in {log}.",
    "infra:postgres_left_over": "A PostgreSQL of an earlier start (process {pid}) does not stop. End "
    "it, then try again.",
    "infra:migration_changed": "The database was made by another version of {name}. Begin anew with "
    "--fresh, or go back to that version.",
    "infra:backup_failed": "The backup is not whole: {program} ended early. {said}",
    "infra:backup_unusable": "{path} is no whole backup of this region.",
    "infra:database_there": "There is a database at {path} already. Restore into an empty --data folder.",
    "infra:other_region": "This database is at home in {home}, not in {region}.",
    "infra:demo_failed": "The demo of {region} could not be loaded. {said} More in {log}.",
    "infra:process_fails": "{name} does not start. {said} More in {log}.",
    "infra:not_ready": "The house did not become ready in {seconds} s; {missing}. More in {log}.",
    "infra:assets_failed": "Fonts and htmx could not be fetched ({said}); pages work without them.",
}


def say(refused: Refused) -> str:
    """Return the sentence for a refusal."""
    sentence = SENTENCES.get(refused.code)
    return sentence.format(**refused.fields) if sentence else refused.code
