"""Every code has a sentence, every kind a name, every path a README names exists, every test its promise."""

import ast
import re
import subprocess
from pathlib import Path

from audit.catalogue import KINDS
from portal.oversight.words import KIND_NAMES
from portal.passengers.words import BRANDS, FIELD_NAMES, PURPOSE_NAMES, ROLE_NAMES
from portal.web.sentences import SENTENCES
from security.actor import ROLES
from security.fields import FIELDS
from security.purposes import PURPOSES
from security.vault.cards import BRANDS as CARD_BRANDS

ROOT = Path(__file__).resolve().parents[2]
PERSON_CODES = re.compile(
    r'"((?:web|accounts|alarms|approvals|attestations|reports|exports|passengers|scans|trips|links|manifests|quotes|notices|desk|oversight'
    r"|residency|directory|trail|auditors|extracts|findings)"
    r':[a-z_]+)"'
)

# Said on a terminal; no person on a page meets them.
AT_START = {
    "web:database_away",
    "web:half_configured",
    "directory:no_domain",
    "passengers:entry_rules_refused",
}


def tracked(*patterns: str) -> list[Path]:
    """List the project's own files."""
    names = subprocess.run(
        ["git", "ls-files", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in names.stdout.splitlines()]


def test_every_code_has_a_sentence() -> None:
    """Each code that a person may meet is said in words, and no sentence is left over for a code nobody raises."""
    sources = [
        path
        for path in tracked("portal/**.py", "security/**.py", "audit/**.py")
        if path.name != "sentences.py"
    ]
    text = "\n".join(path.read_text() for path in sources)
    raised = set(PERSON_CODES.findall(text))
    assert sorted(raised - set(SENTENCES) - AT_START) == []
    every = set(re.findall(r'"([a-z_]+:[a-z_]+)"', text)) | set(re.findall(r"([a-z]+:[a-z_]+)", text))
    assert sorted(code for code in SENTENCES if code not in every) == []


def test_every_kind_field_purpose_role_and_brand_has_a_name() -> None:
    """Nothing in the ledger, the matrix or on a mask is shown to a person as a bare code."""
    assert set(KIND_NAMES) == set(KINDS)
    assert set(FIELDS) <= set(FIELD_NAMES)
    assert set(PURPOSE_NAMES) == set(PURPOSES)
    assert set(ROLE_NAMES) == set(ROLES)
    assert set(BRANDS) == set(CARD_BRANDS)


def test_paths_in_documents_exist() -> None:
    """Every path that a README, decision or runbook names is there."""
    missing: list[str] = []
    for page in tracked("*.md"):
        text, name = page.read_text(), page.relative_to(ROOT)
        paths = re.findall(r"`((?:audit|i18n|infra|portal|security|tests|\.ci)/[\w./-]+)`", text)
        targets = re.findall(r"\]\((?!https?:)([^)#]+)", text)
        missing += [f"{name}: {path}" for path in paths if not (ROOT / path).exists()]
        missing += [f"{name}: {target}" for target in targets if not (page.parent / target).exists()]
    assert missing == []


def test_every_test_states_its_promise() -> None:
    """Each test has a docstring of one sentence."""
    silent = []
    for path in tracked("tests/**.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                said = ast.get_docstring(node) or ""
                if not said.strip().endswith((".", "?")) or "\n\n" in said:
                    silent.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert silent == []


def test_every_action_records_an_entry() -> None:
    """Every public function of an actions.py writes an entry of a catalogued kind."""
    for path in tracked("portal/*/actions.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.AsyncFunctionDef) and not node.name.startswith("_"):
                kinds = [
                    constant.value
                    for constant in ast.walk(node)
                    if isinstance(constant, ast.Constant)
                    and isinstance(constant.value, str)
                    and constant.value in KINDS
                ]
                assert kinds, f"{path.relative_to(ROOT)}:{node.name}"


def test_no_file_names_a_machine_or_a_registry() -> None:
    """No committed file holds a registry's host, or a path of the machine it was written on."""
    hosts = [
        "py" + "pi.org",
        "python" + "hosted.org",
        "registry." + "npmjs",
        "deb." + "debian.org",
        "/wo" + "rk/",
        "/ro" + "ot/",
    ]
    found = []
    for path in tracked():
        if path.suffix in {".png", ".woff2"}:
            continue
        text = path.read_text(errors="ignore")
        found += [f"{path.relative_to(ROOT)}: {host}" for host in hosts if host in text]
    assert found == []
