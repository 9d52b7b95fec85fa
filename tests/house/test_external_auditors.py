"""The database role of an auditor from outside holds exactly this: what later rooms make is closed to it."""

import asyncpg

from tests.database import CellDb

ROLE = "wx_as_external_auditor"
# The ledger, each row of it within the scope; the hash tiles, head and witnesses that proofs need …
LEDGER = {
    "ledger_leaf",
    "ledger_member",
    "ledger_fact",
    "ledger_tile",
    "ledger_head",
    "ledger_cosignature",
    "ledger_generation",
    "ledger_handover",
}
# … the person's own rows …
OWN = {
    "member",
    "idempotency",
    "recent_view",
    "ledger_export",
    "ledger_extract",
    "report_schedule",
    "finding",
    "finding_step",
    "ledger_note",
    "ledger_search",
    "session_list",
    "external_auditor_list",
}
# … and the matrix, which is no secret of anybody's.
OPEN = {"matrix_head", "matrix_version", "matrix_history", "matrix_proposals"}


async def test_the_role_holds_exactly_this(cell_db: CellDb) -> None:
    """It reads these tables and no other, and every table of the ledger that it reads hides rows from it."""
    admin = await asyncpg.connect(cell_db.dsn("wx_admin"))
    held = await admin.fetch(
        "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
        " where n.nspname in ('public', 'gate') and c.relkind in ('r', 'v')"
        " and has_any_column_privilege($1, c.oid, 'select')",
        ROLE,
    )
    scoped = await admin.fetch("select tablename, qual from pg_policies where $1 = any (roles)", ROLE)
    members = await admin.fetchval("select count(*) from pg_auth_members where member = $1::regrole", ROLE)
    await admin.close()
    assert {row["relname"] for row in held} == LEDGER | OWN | OPEN
    quals = {row["tablename"]: row["qual"] for row in scoped}
    assert "ledger_scope" in quals["ledger_leaf"]
    assert "ledger_leaf" in quals["ledger_member"]
    assert "ledger_leaf" in quals["ledger_fact"]
    assert all(
        "wx.account" in quals[name]
        for name in OWN - {"session_list", "external_auditor_list", "finding_step"}
    )
    assert members == 0


async def test_without_a_name_there_is_no_ledger(cell_db: CellDb) -> None:
    """A statement in this role that names nobody, or somebody who is no external auditor, sees no row."""
    admin = await asyncpg.connect(cell_db.dsn("wx_admin"))
    try:
        await admin.execute(
            "insert into ledger_leaf values"
            " (0, '{}', decode(repeat('00', 32), 'hex'), now(), 'a:b:c', 'allow', 'w', 'r')"
        )
        for account in ("", "01a219c8-2551-70b2-814e-2d631b94d7b4"):
            async with admin.transaction():
                await admin.execute(
                    "select set_config('wx.account', $1, true), set_config('role', $2, true)", account, ROLE
                )
                assert await admin.fetchval("select count(*) from ledger_leaf") == 0
        async with admin.transaction():
            await admin.execute(
                "select set_config('wx.account', $1, true), set_config('role', 'wx_as_worker', true)", account
            )
            assert await admin.fetchval("select count(*) from ledger_leaf") == 0
        assert await admin.fetchval("select count(*) from ledger_leaf") == 1
    finally:
        await admin.close()
