"""Each login role can do exactly what the architecture says: connect as it and try."""

import asyncpg
import pytest

from security.actor import ROLES
from security.policy.matrix import MATRIX
from tests.database import CellDb

LEDGER = ("ledger_leaf", "ledger_member", "ledger_fact", "ledger_tile", "ledger_head")
ENVELOPES = (
    ("passenger", "birth_date"),
    ("travel_document", "number"),
    ("payment_card", "number"),
    ("payment_card", "expiry"),
    ("payment_card", "holder"),
    ("bank_account", "iban"),
    ("document_scan", "content"),
    ("bank_account", "bic"),
)
MASKS = {"document_mask": "passport.number", "card_mask": "card.number", "iban_mask": "iban"}
DENIED = asyncpg.InsufficientPrivilegeError


async def denied(db: CellDb, role: str, sql: str, *, acting: str | None = None) -> None:
    """Run a statement as a login role, in a role of a unit of work if one is named; it must be refused."""
    connection = await asyncpg.connect(db.dsn(role))
    try:
        async with connection.transaction():
            if acting:
                await connection.execute("select set_config('role', $1, true)", acting)
            with pytest.raises(DENIED):
                await connection.execute(sql)
            raise asyncpg.PostgresError  # roll back
    except asyncpg.PostgresError:
        pass
    finally:
        await connection.close()


@pytest.mark.parametrize("role", ["wx_web", "wx_worker"])
async def test_keyless_roles_reach_no_key_store(cell_db: CellDb, role: str) -> None:
    """Web and worker cannot even connect to the key store."""
    with pytest.raises(asyncpg.PostgresError):
        await asyncpg.connect(cell_db.keys_dsn(role))


async def test_web_by_itself_sees_no_client(cell_db: CellDb) -> None:
    """Before it takes a role, web can read no client table at all."""
    for table in ("passenger", "travel_document", "document_mask", "member", "organisation", "trip", "leg"):
        await denied(cell_db, "wx_web", f"select * from {table}")


@pytest.mark.parametrize("role", ROLES)
async def test_no_role_reads_an_envelope(cell_db: CellDb, role: str) -> None:
    """No role of a unit of work can read a sealed column, not even its length."""
    for table, column in ENVELOPES:
        await denied(cell_db, "wx_web", f"select length({column}) from {table}", acting=f"wx_as_{role}")


@pytest.mark.parametrize("role", ROLES)
async def test_masks_follow_the_matrix(cell_db: CellDb, role: str) -> None:
    """A role reads a table of masks if and only if the matrix shows it that mask."""
    connection = await asyncpg.connect(cell_db.dsn("wx_web"))
    try:
        for table, field in MASKS.items():
            may = await connection.fetchval(
                "select has_table_privilege($1, $2, 'select')", f"wx_as_{role}", table
            )
            assert may == (MATRIX.rule(role, field).tier == "masked"), (role, table)
    finally:
        await connection.close()


@pytest.mark.parametrize("role", ["wx_web", "wx_worker", "wx_keeper", "wx_admin"])
async def test_nobody_changes_a_leaf(cell_db: CellDb, role: str) -> None:
    """Nobody can change, delete or truncate what is in the ledger: not even a superuser while the triggers stand."""
    admin = await asyncpg.connect(cell_db.dsn("wx_admin"))
    await admin.execute(
        "insert into ledger_leaf values (0, '{}', decode(repeat('00', 32), 'hex'), now(), 'a', 'allow', 'w', 'r')"
    )
    await admin.close()
    connection = await asyncpg.connect(cell_db.dsn(role))
    try:
        for sql in ("update ledger_leaf set leaf = 'x'", "delete from ledger_leaf", "truncate ledger_leaf"):
            for replica in ("origin", "replica") if role == "wx_admin" else ("origin",):
                with pytest.raises(asyncpg.PostgresError):
                    async with connection.transaction():
                        await connection.execute(
                            f"set local session_replication_role = {replica}"
                            if role == "wx_admin"
                            else "select 1"
                        )
                        await connection.execute(sql)
    finally:
        await connection.close()


async def test_web_cannot_write_the_gate(cell_db: CellDb) -> None:
    """Whoever holds web's credentials can neither write himself a session nor read a credential."""
    for sql in (
        "insert into gate.session (id) values (gen_random_uuid())",
        "select password_hash from gate.account",
        "select token_hash from gate.session",
        "update gate.account set role = 'compliance'",
        "insert into gate.step_up (id) values (gen_random_uuid())",
    ):
        await denied(cell_db, "wx_web", sql)
        await denied(cell_db, "wx_web", sql, acting="wx_as_administrator")
        await denied(cell_db, "wx_worker", sql)


@pytest.mark.parametrize("role", ["wx_web", "wx_worker"])
async def test_nobody_but_the_keeper_approves(cell_db: CellDb, role: str) -> None:
    """With web's or the worker's credentials nobody makes a request, an approval, a client's rule or a use of one."""
    acting = ["wx_as_worker"] if role == "wx_worker" else [f"wx_as_{one}" for one in ROLES]
    for sql in (
        "insert into gate.approval_request (id) values (gen_random_uuid())",
        "update gate.approval_request set state = 'approved'",
        "insert into gate.approval_vote (id) values (gen_random_uuid())",
        "update gate.approval_item set opened_at = null",
        "insert into gate.client_rule (org_id) values (gen_random_uuid())",
        "delete from gate.client_rule",
        "select reason, salt from gate.approval_request",
        "select ticket_hash from gate.grant_ticket",
    ):
        await denied(cell_db, role, sql)
        for one in acting:
            await denied(cell_db, role, sql, acting=one)


@pytest.mark.parametrize("role", ROLES)
async def test_web_cannot_present_a_grant(cell_db: CellDb, role: str) -> None:
    """Only the worker can put the ticket without which the keeper opens no grant."""
    sql = "insert into gate.grant_ticket (request_id, ticket_hash) values (gen_random_uuid(), '')"
    await denied(cell_db, "wx_web", sql)
    await denied(cell_db, "wx_web", sql, acting=f"wx_as_{role}")


async def test_web_cannot_invent_a_reveal(cell_db: CellDb) -> None:
    """An entry of a kind that is the keeper's alone is refused by the database to every other process."""
    sql = (
        "insert into ledger_pending (kind, decision, who, role, request)"
        " values ('passengers:passport:revealed', 'allow', 'w', 'r', gen_random_uuid())"
    )
    for role in ("wx_web", "wx_worker"):
        connection = await asyncpg.connect(cell_db.dsn(role))
        try:
            with pytest.raises(asyncpg.PostgresError) as refused:
                await connection.execute(sql)
            assert refused.value.sqlstate == "WX001"
        finally:
            await connection.close()


async def test_facts_cannot_lie_about_origin_or_time(cell_db: CellDb) -> None:
    """The database sets id, time and origin of what waits, whatever the writer says; and nobody reads it back."""
    connection = await asyncpg.connect(cell_db.dsn("wx_web"))
    try:
        await connection.execute(
            "insert into ledger_pending (id, at, origin, kind, decision, who, role, request)"
            " values (1, '2001-01-01', 'wx_keeper', 'trips:list:viewed', 'allow', 'w', 'r', gen_random_uuid())"
        )
    finally:
        await connection.close()
    admin = await asyncpg.connect(cell_db.dsn("wx_admin"))
    row = await admin.fetchrow("select origin, at > now() - interval '1 minute' as fresh from ledger_pending")
    await admin.close()
    assert (row["origin"], row["fresh"]) == ("wx_web", True)
    for role in ("wx_web", "wx_worker"):
        await denied(cell_db, role, "select * from ledger_pending")


async def test_keeper_sees_no_name(cell_db: CellDb) -> None:
    """The keeper opens values but cannot read names, contacts or trips: only what its views show."""
    for table in ("passenger", "member", "organisation", "trip", "leg", "travel_document"):
        await denied(cell_db, "wx_keeper", f"select * from {table}")


async def test_login_roles_are_small(cell_db: CellDb) -> None:
    """No login role is superuser, may bypass row-level security, owns a table, or inherits what it may become."""
    admin = await asyncpg.connect(cell_db.dsn("wx_admin"))
    rows = await admin.fetch(
        "select rolname, rolsuper, rolbypassrls, rolinherit, rolcreaterole, rolcreatedb from pg_roles"
        " where rolname in ('wx_web', 'wx_worker', 'wx_keeper')"
    )
    owned = await admin.fetchval(
        "select count(*) from pg_class c join pg_roles r on r.oid = c.relowner"
        " where r.rolname in ('wx_web', 'wx_worker', 'wx_keeper', 'wx_backup')"
    )
    await admin.close()
    assert len(rows) == 3
    assert not [row for row in rows if any(list(row.values())[1:])]
    assert owned == 0


@pytest.mark.parametrize("role", ["wx_web", "wx_worker"])
async def test_only_the_keeper_writes_cosignatures(cell_db: CellDb, role: str) -> None:
    """Neither web nor worker can say that a witness cosigned, whatever role they take."""
    sql = "insert into ledger_cosignature values ('w', 'o', 1, 'n', 'l', now())"
    await denied(cell_db, role, sql)
    acting = "wx_as_auditor" if role == "wx_web" else "wx_as_worker"
    await denied(cell_db, role, sql, acting=acting)
    await denied(cell_db, role, "delete from ledger_generation", acting=acting)
