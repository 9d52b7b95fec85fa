"""The loaded cell: what was sealed opens again, the ledger verifies, nothing personal lies in the open."""

import json
from uuid import UUID

import asyncpg

from audit.catalogue import KINDS
from audit.ledger import export
from audit.note import parse_vkey
from audit.verify import Trust, verify_bundle
from portal.demo.canaries import sealed_of
from portal.demo.load import QUIET
from security.fields import FIELDS
from security.keeper.subject_keys import SubjectKey
from security.sign_in.tokens import token_hash
from security.vault.custody import Custody
from security.vault.door import DOOR
from security.vault.envelope import Context, dek_id_of, open_envelope
from tests.people import ACCOUNTS, ORGANISATIONS
from tests.portal.demo.conftest import AT
from tests.security.keeper.stage import request

SEALED = sealed_of("eu")
ABOARD = """
select p.id as passenger, t.id as trip, a.email from gate.account a join passenger p on p.id = a.passenger_id
join leg_passenger lp on lp.passenger_id = p.id join leg l on l.id = lp.leg_id join trip t on t.id = lp.trip_id
where t.state = 'confirmed' and l.departs_at between $1 and $1 + interval '14 days'
"""


async def test_it_counts_what_it_loaded(demo):
    """At least 300 passengers, 60 trips and 5,000 entries stand in the tables, as many as were announced."""
    counts = [
        await demo.admin.fetchval(f"select count(*) from {table}")
        for table in ("organisation", "passenger", "trip", "gate.account")
    ]
    said = demo.loaded
    assert counts == [said.organisations, said.passengers, said.trips, said.accounts]
    said_first = "select count(*) from ledger_leaf where index < $1"  # a keeper may have added some since
    assert await demo.admin.fetchval(said_first, said.entries) == said.entries
    assert said.organisations == len(ORGANISATIONS) == 4
    assert said.passengers >= 300
    assert said.trips >= 60
    assert said.entries >= 5000


async def test_the_sheet_lets_everybody_in(demo):
    """demo.json is the owner's alone and has a working token for every account, with its organisation."""
    sheet = demo.sheet
    assert (demo.folder / "demo.json").stat().st_mode & 0o777 == 0o600
    assert (sheet["front"], sheet["regions"], sheet["mail"]) == (
        "http://localhost:8080",
        {"eu": "http://localhost:8081"},
        None,
    )
    assert [(a["email"], a["password"]) for a in sheet["accounts"]] == [
        (a.email, a.password) for a in ACCOUNTS
    ]
    for account in sheet["accounts"]:
        row = await demo.admin.fetchrow(
            "select * from gate.session_of($1, $2)", token_hash(account["token"]), AT
        )
        assert (row["email"], row["role"], row["locale"]) == (
            account["email"],
            account["role"],
            account["locale"],
        )
        assert account["org"] == (f"eu_{row['org_id']}" if row["org_id"] else None)


async def test_every_envelope_opens_with_the_key_store(demo):
    """Each sealed value opens with its subject's key, for its own place, and the canaries are among them."""
    custody = Custody.open(demo.settings.custodian, "eu")
    keys = await asyncpg.connect(demo.db.keys_dsn("wx_admin"))
    held = {(row["id"], row["subject_id"]): row for row in await keys.fetch("select * from subject_key")}
    owners = {row["id"]: row["subject_id"] for row in await keys.fetch("select * from sealed_row")}
    await keys.close()
    opened = set()
    rows = await demo.admin.fetch(
        "select * from gate_sealed where envelope is not null and field <> 'document.scan'"
    )
    for row in rows:
        field = FIELDS[row["field"]]
        key = held[dek_id_of(row["envelope"]), row["subject_id"]]
        assert key["class"] == field.key_class
        assert owners[row["row_id"]] == row["subject_id"]
        dek = SubjectKey(key["id"], key["kek_id"], key["dek"]).unwrap(custody)
        place = Context("eu", field.table, field.column, row["row_id"])
        opened.add(open_envelope(row["envelope"], dek=dek, context=place).decode())
    assert len(rows) > 1500
    assert set(SEALED) <= opened


async def test_the_keeper_opens_a_value(demo, served):
    """Operations steps up and opens a traveller's passport for the trip ahead; the proof covers it."""
    row = (await demo.admin.fetch(ABOARD, AT))[0]
    who = demo.account("operations")
    await served.step_up(who["token"], request(), who["password"])
    found = await served.reveal(
        who["token"],
        request(),
        row["passenger"],
        "passport.number",
        None,
        "border_filing",
        f"eu_{row['trip']}",
        "",
    )
    mask = await demo.admin.fetchval(
        "select mask from document_mask m join travel_document d using (id)"
        " where d.passenger_id = $1 and kind = 'passport'",
        row["passenger"],
    )
    assert found.value.reveal_to(DOOR)[-3:] == mask[-3:]
    assert found.index >= demo.loaded.entries


async def test_every_traveller_with_an_account_flies_soon_and_has_a_trail(demo, served):
    """Each can read who looked at the own data: lists, trips, and opened numbers."""
    assert {row["email"] for row in await demo.admin.fetch(ABOARD, AT)} == {
        a.email for a in ACCOUNTS if a.role == "traveller"
    }
    for account in (a for a in demo.sheet["accounts"] if a["role"] == "traveller"):
        trail = await served.trail(account["token"], request(), None, 100)
        kinds = {json.loads(item.leaf)["act"] for item in trail.items}
        assert {"passengers:list:viewed", "trips:trip:viewed", "passengers:passport:revealed"} <= kinds


async def test_the_ledger_verifies(demo, tmp_path):
    """An export of the loaded log is whole, under the key of the region."""
    head = await demo.admin.fetchrow("select origin, note from ledger_head")
    opened = json.loads(await demo.admin.fetchval("select document from ledger_fact where index = 0"))
    async with demo.admin.transaction(isolation="repeatable_read"):
        await export(demo.admin, tmp_path / "bundle.zip")
    report = verify_bundle(tmp_path / "bundle.zip", Trust(keys=(parse_vkey(opened["vkey"]),)))
    assert not report.findings
    assert report.keys_checked
    assert head["origin"] == "waxwing.example/audit/eu"


async def test_what_is_published_is_the_log(demo):
    """The blob store holds the first tiles and a checkpoint; nothing waits, nothing was refused."""
    assert (demo.folder / "blobs" / "checkpoint").read_text().startswith("waxwing.example/audit/eu\n")
    for path in ("tile/0/000", "tile/entries/000", "tile/0/010"):
        assert (demo.folder / "blobs" / path).is_file()
    assert await demo.admin.fetchval("select count(*) from ledger_pending") == 0
    assert (
        await demo.admin.fetchval("select count(*) from ledger_leaf where act = 'audit:origin:refused'") == 0
    )


async def test_two_months_of_work_are_told(demo):
    """Entries are spread over 60 days, of every role, allowed and denied, of nearly half of all kinds; none ahead."""
    rows = await demo.admin.fetch("select act, dec, role, ts, leaf from ledger_leaf where ts <= $1", AT)
    assert {row["role"] for row in rows} >= {account.role for account in ACCOUNTS}
    assert len({row["ts"].date() for row in rows}) >= 58
    assert max(row["ts"] for row in rows) == AT
    assert len([row for row in rows if AT - QUIET < row["ts"] < AT]) == 0
    denied = {json.loads(row["leaf"])["act"] for row in rows if row["dec"] == "deny"}
    assert denied >= {"passengers:passport:revealed", "security:session:refused", "security:step-up:refused"}
    assert len({row["act"] for row in rows}) > len(KINDS) * 0.45


async def test_reveals_name_purpose_reference_and_key(demo):
    """Each allowed reveal has a purpose, a reference and a key; each refusal says which in its document."""
    rows = await demo.admin.fetch(
        "select leaf, document from ledger_leaf left join ledger_fact using (index)"
        " where act like 'passengers:%:revealed'"
    )
    refusals = set()
    for row in rows:
        leaf = json.loads(row["leaf"])
        assert {"sub", "res", "why", "case"} <= leaf.keys()
        if leaf["dec"] == "allow":
            assert leaf["tier"] == "clear"
            assert "dek" in leaf
        else:
            refusals.add(json.loads(row["document"])["refusal"])
    assert refusals >= {"passengers:purpose_not_allowed", "passengers:outside_window"}
    assert len(rows) > 300


async def test_no_canary_lies_in_the_open(demo):
    """No canary stands in a leaf, a side document, a mask, or any other readable column of either database."""
    for dsn in (demo.db.dsn("wx_admin"), demo.db.keys_dsn("wx_admin")):
        connection = await asyncpg.connect(dsn)
        tables = await connection.fetch(
            "select format('%I.%I', schemaname, tablename) from pg_tables"
            " where schemaname in ('public', 'gate')"
        )
        for (table,) in tables:
            text = "\n".join(row[0] for row in await connection.fetch(f"select t::text from {table} t"))
            assert not [value for value in SEALED if value in text], table
            hexed = [value for value in SEALED if value.encode().hex() in text]
            assert not hexed, table
        await connection.close()
    blobs = b"".join(path.read_bytes() for path in (demo.folder / "blobs").rglob("*") if path.is_file())
    assert not [value for value in SEALED if value.encode() in blobs]


async def test_no_name_lies_in_the_ledger(demo):
    """No name, e-mail address or phone of a passenger or account stands in a leaf or side document."""
    text = "\n".join(
        row[0]
        for row in await demo.admin.fetch(
            "select leaf from ledger_leaf union all select document from ledger_fact"
        )
    )
    for row in await demo.admin.fetch("select family_name, native_name, email, phone, id from passenger"):
        for value in (row["native_name"], row["email"], row["phone"]):
            assert not value or value not in text
        assert str(row["id"]) not in text.replace(f"eu_{row['id']}", "")  # one's own record is its reference
    assert not [account for account in ACCOUNTS if account.email in text or account.name in text]


async def test_masks_show_no_more_than_their_tail(demo):
    """A document's mask shows three characters, a card's and an account's four."""
    masks = await demo.admin.fetch("select mask from document_mask")
    assert {len(row["mask"].lstrip("•")) for row in masks} == {3}
    for table in ("card_mask", "iban_mask"):
        rows = await demo.admin.fetch(f"select mask from {table}")
        assert {(len(row["mask"]), len(row["mask"].lstrip("•"))) for row in rows} == {(8, 4)}


async def test_a_session_is_of_its_account_alone(demo):
    """Every account has exactly one session from the load, and its ledger name is nobody's e-mail."""
    rows = await demo.admin.fetch("select account_id, count(*) from gate.session group by 1")
    assert len(rows) == len(ACCOUNTS)
    codes = await demo.admin.fetch("select code, id from gate.account")
    assert all(row["code"].startswith(("m_", "st_")) and isinstance(row["id"], UUID) for row in codes)
