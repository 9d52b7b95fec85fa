"""Every table has a home, and every table with client data is under forced row-level security."""

import importlib

import asyncpg
from piccolo.table import Table

from security.fields import SEALED_COLUMNS
from tests.database import CellDb

# Where each table of the main database belongs: client data (row-level security forced) …
CLIENT = frozenset(
    {
        "organisation",
        "member",
        "passenger",
        "travel_document",
        "payment_card",
        "bank_account",
        "document_mask",
        "card_mask",
        "iban_mask",
        "document_scan",
        "trip",
        "leg",
        "leg_passenger",
        "quote",
        "quote_step",
        "quote_leg",
        "quote_passenger",
        "quote_option",
        "quote_option_leg",
        "quote_price",
        "quote_acceptance",
        "calendar_feed",
        "idempotency",
        "recent_view",
        "ledger_export",
        "ledger_search",
        "desk_case",
        "case_step",
        "outbox",
        "delivery",
        "itinerary_change",
        "notice_recipient",
        "notice",
        "notice_answer",
        "notice_link",
        "bulk_export",
        "break_glass_review",
        "trail_wish",
        "trail_digest",
        "trail_leave",
        "access_owner",
        "access_review",
        "access_line",
        "security_report",
        "security_report_file",
        "ledger_leaf",
        "ledger_member",
        "ledger_fact",
        "ledger_extract",
        "report_schedule",
        "finding",
        "finding_step",
        "ledger_note",
    }
)
# … or the cell's own control data, which names nobody.
CONTROL = frozenset(
    {
        "home",
        "ledger_kind",
        "ledger_pending",
        "ledger_tile",
        "ledger_head",
        "ledger_cosignature",
        "ledger_handover",
        "ledger_generation",
        "ledger_closed_leaf",
        "ledger_closed_member",
        "ledger_closed_fact",
        "ledger_closed_head",
        "migration",
        "desk_queue",
        "desk_world",
        "index_pending",
    }
)
ROOMS = ("accounts", "passengers", "trips", "desk")


async def test_every_table_has_a_home(cell_db: CellDb) -> None:
    """A new table must be placed here before it can be merged; client data is under forced row-level security."""
    admin = await asyncpg.connect(cell_db.dsn("wx_admin"))
    rows = await admin.fetch(
        "select relname, relrowsecurity and relforcerowsecurity as forced from pg_class"
        " where relkind = 'r' and relnamespace = 'public'::regnamespace"
    )
    policies = {row["tablename"] for row in await admin.fetch("select distinct tablename from pg_policies")}
    await admin.close()
    forced = {row["relname"]: row["forced"] for row in rows}
    assert set(forced) == CLIENT | CONTROL
    assert {name for name, is_forced in forced.items() if is_forced} == set(CLIENT)
    assert policies == set(CLIENT)


async def test_sealed_columns_are_the_matrix(cell_db: CellDb) -> None:
    """The bytea columns of client tables are the sealed columns of the matrix, beside sort keys and digests."""
    admin = await asyncpg.connect(cell_db.dsn("wx_admin"))
    rows = await admin.fetch(
        "select table_name, column_name from information_schema.columns where table_schema = 'public'"
        " and data_type = 'bytea' and table_name = any($1)",
        list(CLIENT),
    )
    await admin.close()
    plain = {
        ("passenger", "sort_key"),
        ("idempotency", "id"),
        ("idempotency", "body_hash"),
        ("recent_view", "digest"),
        ("quote_acceptance", "paper"),
        ("calendar_feed", "token_hash"),
        ("notice_link", "token_hash"),
        ("trail_leave", "token_hash"),
        ("security_report_file", "content"),
        ("ledger_leaf", "hash"),
        ("ledger_member", "nonce"),
    }
    assert {tuple(row) for row in rows} - plain == set(SEALED_COLUMNS)


async def test_piccolo_tables_match_the_database(cell_db: CellDb) -> None:
    """Each column a Piccolo table names exists, so that a renamed one is found before a person finds it."""
    admin = await asyncpg.connect(cell_db.dsn("wx_admin"))
    rows = await admin.fetch(
        "select table_name, column_name from information_schema.columns where table_schema = 'public'"
    )
    await admin.close()
    there = {tuple(row) for row in rows}
    for room in ROOMS:
        module = importlib.import_module(f"portal.{room}.tables")
        for table in vars(module).values():
            if isinstance(table, type) and issubclass(table, Table) and table is not Table:
                named = {
                    (table._meta.tablename, column._meta.db_column_name) for column in table._meta.columns
                }
                assert named <= there, table
