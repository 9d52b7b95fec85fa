"""The databases of a cell as `infra` makes them: passwords, doors, roles, migrations."""

from pathlib import Path

import asyncpg
import pytest

from audit.catalogue import KINDS
from infra import migrate as migrating
from infra.migrate import migrate
from infra.refusal import Refused
from tests.database import CellDb, LoneCell

PROCESSES = ["wx_web", "wx_worker", "wx_keeper"]


async def ask(dsn: str, query: str) -> list[asyncpg.Record]:
    """Ask one question over a connection of its own."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetch(query)
    finally:
        await connection.close()


@pytest.mark.parametrize("role", PROCESSES)
async def test_processes_enter_the_main_database(cell_db: CellDb, role: str) -> None:
    """Each process reaches the main database under its own login role and reads where it is at home."""
    rows = await ask(cell_db.dsn(role), "select region, session_user::text as who from home")
    assert [tuple(row) for row in rows] == [("eu", role)]


@pytest.mark.parametrize("role", [*PROCESSES, "wx_admin"])
async def test_a_password_is_needed(cell_db: CellDb, role: str) -> None:
    """Nobody enters with another's or no password, not even over the socket as superuser."""
    own = cell_db.cell.secrets[role]
    for wrong in ("guess", cell_db.cell.secrets["wx_backup"]):
        with pytest.raises(asyncpg.InvalidPasswordError):
            await ask(cell_db.dsn(role).replace(own, wrong), "select 1")


@pytest.mark.parametrize("role", ["wx_web", "wx_worker"])
async def test_only_the_keeper_enters_the_key_store(cell_db: CellDb, role: str) -> None:
    """The key store refuses web and worker at the door; the keeper reads it."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask(cell_db.keys_dsn(role), "select 1")
    assert await ask(cell_db.keys_dsn("wx_keeper"), "select * from subject_key") == []


@pytest.mark.parametrize("role", PROCESSES)
@pytest.mark.parametrize("database", ["postgres", "template1"])
async def test_no_process_enters_another_database(cell_db: CellDb, role: str, database: str) -> None:
    """PostgreSQL's own databases are closed to every process."""
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask(cell_db.cell.dsn(role, database), "select 1")


async def test_login_roles_inherit_and_own_nothing(cell_db: CellDb) -> None:
    """Login roles have no attribute, inherit nothing, own nothing; backup alone reads past row-level security."""
    admin = cell_db.dsn("wx_admin")
    roles = await ask(admin, "select * from pg_roles where rolname like 'wx\\_%' and rolname <> 'wx_admin'")
    powers = ("rolsuper", "rolinherit", "rolcreaterole", "rolcreatedb", "rolbypassrls", "rolreplication")
    strong = {(row["rolname"], power) for row in roles for power in powers if row[power]}
    assert strong == {("wx_backup", "rolbypassrls")}
    logins = {row["rolname"] for row in roles if row["rolcanlogin"]}
    theirs = {"wx_front"}  # of the front door, which shares the tests' server
    assert logins - theirs == {"wx_web", "wx_worker", "wx_keeper", "wx_backup"}
    owners = await ask(
        admin,
        "select distinct relowner::regrole::text as name from pg_class"
        " where relnamespace in ('public'::regnamespace, 'gate'::regnamespace)",
    )
    assert {row["name"] for row in owners} == {"wx_owner"}
    inherited = await ask(
        admin,
        "select 1 from pg_auth_members where inherit_option and member::regrole::text ~ '^wx'"
        " and (member, roleid) <> ('wx_backup'::regrole, 'pg_read_all_data'::regrole)",
    )
    assert inherited == []


async def test_who_may_become_whom(cell_db: CellDb) -> None:
    """Web may take the eleven roles of a unit of work, worker its one, keeper and backup none."""
    rows = await ask(
        cell_db.dsn("wx_admin"),
        "select member::regrole::text as who, roleid::regrole::text as whom from pg_auth_members"
        " where member::regrole::text ~ '^wx' and set_option",
    )
    may = {(row["who"], row["whom"]) for row in rows}
    desks = "sales service_agent operations finance compliance auditor external_auditor administrator"
    eleven = f"traveller booker client_admin {desks}"
    assert may == {("wx_web", f"wx_as_{name}") for name in eleven.split()} | {("wx_worker", "wx_as_worker")}


async def test_the_server_listens_to_no_network(cell_db: CellDb) -> None:
    """Only the socket is listened on, its file is ours alone, and its one rule asks for a SCRAM password."""
    admin = cell_db.dsn("wx_admin")
    assert (await ask(admin, "show listen_addresses"))[0][0] == ""
    rules = await ask(admin, "select type, database, user_name, auth_method from pg_hba_file_rules")
    assert [tuple(row) for row in rules] == [("local", ["all"], ["all"], "scram-sha-256")]
    folder = cell_db.cell.socket
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / ".s.PGSQL.5432").stat().st_mode & 0o077 == 0
    assert cell_db.cell.secrets_file.stat().st_mode & 0o777 == 0o600


async def test_postgresql_logs_no_value(lone_cell: LoneCell) -> None:
    """A failing row, parameter, statement or message stays out of PostgreSQL's own log."""
    canary = "CANARY-K7731"
    connection = await asyncpg.connect(lone_cell.db.dsn("wx_admin"))
    for query in ("insert into home (singleton, region) values (false, $1)", "select $1::text::int"):
        with pytest.raises(asyncpg.PostgresError):
            await connection.fetch(query, canary)
    with pytest.raises(asyncpg.PostgresError):
        await connection.execute(f"select '{canary}'::int")
    await connection.close()
    logged = lone_cell.server.log_file.read_text("utf-8")
    assert "ready to accept connections" in logged
    assert canary not in logged


async def test_migrating_again_changes_nothing(cell_db: CellDb) -> None:
    """A second migration finds nothing to do and answers with no name."""
    before = await ask(cell_db.dsn("wx_admin"), "select * from migration order by id")
    assert await migrate(cell_db.dsn("wx_admin"), cell_db.keys_dsn("wx_admin"), "eu") == []
    assert await ask(cell_db.dsn("wx_admin"), "select * from migration order by id") == before
    assert before


async def test_a_changed_migration_is_refused(cell_db: CellDb) -> None:
    """A database made by another text of a migration is not worked on; the name of it is said."""
    connection = await asyncpg.connect(cell_db.dsn("wx_admin"))
    await connection.execute("update migration set digest = 'other' where name like 'region_0002%'")
    await connection.close()
    with pytest.raises(Refused) as refused:
        await migrate(cell_db.dsn("wx_admin"), cell_db.keys_dsn("wx_admin"), "eu")
    assert refused.value.code == "infra:migration_changed"
    assert refused.value.fields == {"name": "region_0002_gate"}


async def test_another_region_is_refused(cell_db: CellDb) -> None:
    """A database at home in eu is never served as another region's."""
    with pytest.raises(Refused) as refused:
        await migrate(cell_db.dsn("wx_admin"), cell_db.keys_dsn("wx_admin"), "cn")
    assert refused.value.fields == {"home": "eu", "region": "cn"}


async def test_a_failing_migration_leaves_nothing(
    cell_db: CellDb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A migration that fails half-way is rolled back whole and is not in the books."""
    (tmp_path / "region").mkdir()
    (tmp_path / "region" / "region_9001_broken.sql").write_text("create table half (id int); select 1 / 0;")
    monkeypatch.setattr(migrating, "FOLDER", tmp_path)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(cell_db.dsn("wx_admin"), cell_db.keys_dsn("wx_admin"), "eu")
    known = "select to_regclass('half'), (select count(*) from migration where name ~ '9001')"
    rows = await ask(cell_db.dsn("wx_admin"), known)
    assert tuple(rows[0]) == (None, 0)


async def test_catalogue_is_in_the_database(cell_db: CellDb) -> None:
    """The kinds of entry and who may write them are those of the catalogue, from the first migration on."""
    rows = await ask(cell_db.dsn("wx_keeper"), "select kind, origins from ledger_kind")
    assert {row["kind"]: frozenset(row["origins"]) for row in rows} == {
        code: frozenset(kind.origins) for code, kind in KINDS.items()
    }


async def test_each_test_has_databases_of_its_own(cell_db: CellDb, admin: asyncpg.Connection) -> None:
    """The copies this test works on are not the models others are copied from."""
    assert cell_db.main not in {"wx", "wx_keys"}
    names = [cell_db.main, cell_db.keys]
    known = await admin.fetch("select datname from pg_database where datname = any($1)", names)
    assert len(known) == 2
