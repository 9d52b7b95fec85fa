"""What web's credentials are worth to whoever steals them: `security/README.md` lists it, and here each line is tried.

The thief has web's login role in the database, its socket to the keeper, and nobody's session.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import uuid_utils.compat as uuids

from security.keeper.client import KeeperRefused, SealItem
from security.sign_in.tokens import token_hash
from security.vault.door import DOOR
from tests.database import CellDb
from tests.security.keeper.agreeing import ask, name_members
from tests.security.keeper.stage import PASSPORT, Stage, request, staged

ROOT = Path(__file__).resolve().parents[2]
ROLES = (
    "traveller",
    "booker",
    "client_admin",
    "sales",
    "service_agent",
    "operations",
    "finance",
    "compliance",
)
ROLES += ("auditor", "administrator")
NO_PRIVILEGE, FOREIGN_KIND = "42501", "WX001"
Deed = Callable[["Thief"], Awaitable[Any]]


class Thief:
    """Somebody with web's password and web's socket."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    async def sql(self, statement: str, *values: Any, acting: str | None = None, keep: bool = False) -> Any:
        """Run a statement as web, in a role of a unit of work if one is named, for whatever organisation."""
        connection = await asyncpg.connect(self.stage.db.dsn("wx_web"))
        try:
            transaction = connection.transaction()
            await transaction.start()
            if acting:
                await connection.execute("select set_config('role', $1, true)", f"wx_as_{acting}")
                await connection.execute("select set_config('wx.org', $1, true)", str(self.stage.org))
            found = await connection.fetch(statement, *values)
            await (transaction.commit() if keep else transaction.rollback())
            return found
        finally:
            await connection.close()


async def _reads_masks(thief: Thief) -> None:
    await thief.stage.on_file("passport.number", PASSPORT)
    assert len(await thief.sql("select given_name, email from passenger", acting="operations")) == 2
    await thief.sql("select mask from document_mask", acting="compliance")


async def _changes_clients(thief: Thief) -> None:
    changed = await thief.sql(
        "update passenger set given_name = 'x' where id = $1 returning id", thief.stage.mei, acting="booker"
    )
    assert changed


async def _destroys(thief: Thief) -> None:
    await thief.stage.on_file("passport.number", PASSPORT)
    await thief.sql("update travel_document set number = 'nonsense'", acting="booker", keep=True)
    with pytest.raises(KeeperRefused) as refused:
        await thief.stage.reveal(await thief.stage.stepped_up("operations"))
    assert refused.value.code == "security:envelope_refused"


async def _claims_views(thief: Thief) -> None:
    await thief.sql(
        "insert into ledger_pending (kind, decision, who, role, request)"
        " values ('trips:list:viewed', 'allow', 's_somebody', 'sales', gen_random_uuid())",
        keep=True,
    )


async def _guesses(thief: Thief) -> None:
    codes = []
    for _ in range(7):
        with pytest.raises(KeeperRefused) as refused:
            await thief.stage.client.sign_in("sales@example.test", "a guess", "x", "192.0.2.9")
        codes.append(refused.value.code)
    assert codes[0] == "security:wrong_credentials"
    assert codes[-1] == "security:too_many_attempts"


async def _asks_status(thief: Thief) -> None:
    assert (await thief.stage.client.status()).ready
    assert (await thief.stage.client.witnesses()) is not None


async def _reads_requests(thief: Thief) -> None:
    await thief.stage.on_file("passport.number", PASSPORT)
    await ask(thief.stage, await thief.stage.sign_in("compliance"), reason="a letter came")
    await name_members(thief.stage)
    rows = await thief.sql("select reason from gate.approval_list", acting="compliance")
    assert [row["reason"] for row in rows] == ["a letter came"]


async def _uses_a_session(thief: Thief) -> None:
    await thief.stage.on_file("passport.number", PASSPORT)
    token = await thief.stage.stepped_up(
        "operations"
    )  # overheard on its way through web, and the password with it
    opened = await thief.stage.reveal(token)
    assert opened.value.reveal_to(DOOR) == PASSPORT
    assert [leaf["dec"] for leaf in await thief.stage.leaves("passengers:passport:revealed")] == ["allow"]


CAN: dict[str, Deed] = {
    "read names, contact data, trips and masks of every organisation": _reads_masks,
    "change and remove what clients may change and remove": _changes_clients,
    "destroy a sealed value by overwriting it; what was overwritten does not open": _destroys,
    "claim in the ledger that somebody looked at a list": _claims_views,
    "guess passwords, five times a name in a quarter of an hour": _guesses,
    "ask how keeper and witnesses are": _asks_status,
    "read which requests wait for others, and the reasons in them": _reads_requests,
    "use the session of somebody who is at work meanwhile, one entry for each value": _uses_a_session,
}


def refused_sql(*statements: str, everybody: bool = False) -> Deed:
    """Try statements as web and, if told so, in every role it may take; each must be refused."""

    async def tried(thief: Thief) -> None:
        for statement in statements:
            for acting in (None, *(ROLES if everybody else ())):
                with pytest.raises(asyncpg.PostgresError) as refused:
                    await thief.sql(statement, acting=acting)
                assert refused.value.sqlstate in {NO_PRIVILEGE, FOREIGN_KIND}, (statement, refused.value)

    return tried


async def _no_key_store(thief: Thief) -> None:
    with pytest.raises(asyncpg.PostgresError):
        await asyncpg.connect(thief.stage.db.keys_dsn("wx_web"))


async def _no_session_made(thief: Thief) -> None:
    await refused_sql(
        "insert into gate.session (id) values (gen_random_uuid())",
        "update gate.account set role = 'compliance'",
        "insert into gate.step_up (id) values (gen_random_uuid())",
        "select token_hash from gate.session",
        "select password_hash from gate.account",
        everybody=True,
    )(thief)
    hashed = token_hash(await thief.stage.sign_in("finance"))
    found = await thief.sql("select * from gate.session_of($1, now())", hashed[:-1] + b"?")
    assert found == []


async def _nothing_without_a_session(thief: Thief) -> None:
    await thief.stage.on_file("passport.number", PASSPORT)
    client, stage = thief.stage.client, thief.stage
    for token in ("", "x" * 43, str(stage.mei)):
        item = SealItem("passport.number", uuids.uuid7(), PASSPORT, "NLD")
        for asked in (
            stage.reveal(token),
            client.find(token, request(), "passport.number", PASSPORT, "NLD", "border_filing"),
            client.seal(token, request(), stage.mei, stage.org, [item]),
            client.trail(token, request(), None, 10),
            client.step_up(token, request(), "x"),
        ):
            with pytest.raises(KeeperRefused) as refused:
                await asked
            assert refused.value.code == "security:not_signed_in"


async def _no_approval(thief: Thief) -> None:
    await refused_sql(
        "insert into gate.approval_request (id) values (gen_random_uuid())",
        "update gate.approval_request set state = 'approved'",
        "insert into gate.approval_vote (id) values (gen_random_uuid())",
        "update gate.approval_item set opened_at = null",
        "insert into gate.client_rule (org_id) values (gen_random_uuid())",
        "delete from gate.client_rule",
        everybody=True,
    )(thief)
    client, made = thief.stage.client, request()
    for token in ("", "x" * 43):
        for asked in (
            ask(thief.stage, token),
            client.approve(token, request(), made, "approve"),
            client.withdraw_approval(token, request(), made),
            client.set_client_rule(token, request(), [], []),
        ):
            with pytest.raises(KeeperRefused) as refused:
                await asked
            assert refused.value.code == "security:not_signed_in"


async def _no_grant(thief: Thief) -> None:
    stage = thief.stage
    await stage.on_file("passport.number", PASSPORT)
    wanted = {"kind": "export", "purpose": "border_filing", "layout": "xlsx"}
    made = await ask(stage, await stage.stepped_up("operations"), **wanted)
    await stage.client.approve(await stage.stepped_up("compliance"), request(), made.id, "approve")
    await refused_sql(
        f"insert into gate.grant_ticket (request_id, ticket_hash) values ('{made.id}', sha256('mine'))",
        "select ticket_hash from gate.grant_ticket",
        everybody=True,
    )(thief)
    for ticket in ("", "mine", made.password):
        with pytest.raises(KeeperRefused) as refused:
            await stage.client.present_grant(request(), made.id, ticket)
        assert refused.value.code == "approvals:no_grant"


async def _no_other_row(thief: Thief) -> None:
    sealed = await thief.stage.on_file("passport.number", PASSPORT)
    booker = await thief.stage.sign_in("booker")
    item = SealItem("passport.number", sealed.row, "STOLEN1", "NLD")
    with pytest.raises(KeeperRefused) as refused:
        await thief.stage.client.seal(booker, request(), uuids.uuid7(), thief.stage.org, [item])
    assert refused.value.code == "passengers:not_yours"


async def _no_moved_value(thief: Thief) -> None:
    await thief.stage.on_file("passport.number", PASSPORT)
    await refused_sql(
        "update travel_document set number = (select number from travel_document limit 1)",
        "insert into payment_card (id, passenger_id, org_id, number)"
        " select gen_random_uuid(), passenger_id, org_id, number from travel_document",
        "update travel_document set number = number || '\\x00'",
        everybody=True,
    )(thief)


CANNOT: dict[str, Deed] = {
    "open the key store": _no_key_store,
    "read an envelope, a tag of a blind index, or which rows wait for one": refused_sql(
        "select number from travel_document",
        "select iban from bank_account",
        "select * from gate_sealed",
        "select * from gate_indexed",
        "select * from index_pending",
        everybody=True,
    ),
    "write a session, a step-up or a role, or read a credential": _no_session_made,
    "ask the keeper for anything about anybody without a live session": _nothing_without_a_session,
    "ask others to agree, give their approval, use it up, or change what a client wants to be asked": _no_approval,
    "present a grant, even one that was approved": _no_grant,
    "seal into a row of somebody else": _no_other_row,
    "copy a sealed value into another row": _no_moved_value,
    "state in the ledger that a value was opened, sealed or searched for": refused_sql(
        *(
            f"insert into ledger_pending (kind, decision, who, role, request)"
            f" values ('{kind}', 'allow', 'w', 'r', gen_random_uuid())"
            for kind in (
                "passengers:passport:revealed",
                "passengers:iban:sealed",
                "passengers:index:searched",
            )
        ),
        everybody=True,
    ),
    "change, remove or read back what waits for the ledger, or what is in it": refused_sql(
        "select * from ledger_pending",
        "delete from ledger_pending",
        "update ledger_leaf set leaf = 'x'",
        "delete from ledger_leaf",
        "truncate ledger_leaf",
        "update ledger_head set size = 0",
        everybody=True,
    ),
    "become another login role, or step around row-level security": refused_sql(
        "set role wx_keeper",
        "set role wx_owner",
        "set session authorization wx_keeper",
        "select * from passenger",
        "alter table passenger disable row level security",
        "alter role wx_web superuser",
    ),
    "make a table, a function, a file or a connection of its own": refused_sql(
        "create table public.mine (a text)",
        "create function public.mine() returns int language sql as 'select 1'",
        "copy (select 1) to '/tmp/x'",
        "copy (select 1) to program 'true'",
        "select pg_read_file('PG_VERSION')",
    ),
}


@pytest.mark.parametrize("line", list(CAN))
async def test_the_thief_can(cell_db: CellDb, line: str) -> None:
    """What the list says that stolen credentials of web allow, they do allow: the list hides nothing."""
    async with staged(cell_db) as stage:
        await CAN[line](Thief(stage))


async def test_the_thief_cannot(cell_db: CellDb) -> None:
    """What the list says that stolen credentials of web do not allow is refused by database or keeper, line by line."""
    async with staged(cell_db) as stage:
        for tried in CANNOT.values():
            await tried(Thief(stage))


def test_the_list_stands_in_the_document() -> None:
    """Each line that is tried here is one of `security/README.md`, word for word, and none there is untried."""
    text = " ".join((ROOT / "security" / "README.md").read_text().split())
    section = text.partition("## Web’s credentials in a thief’s hands")[2].partition(" ## ")[0]
    lines = section.replace(" He cannot", "").split(" - ")[1:]
    stated = [line.strip().rstrip(".") for line in lines]
    assert [line.partition(" (")[0] for line in stated] == [*CAN, *CANNOT]
