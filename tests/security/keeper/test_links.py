"""One-time links: bound to a passenger and a leg, made by who may edit, used once; no deed without its entry."""

import asyncio
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
import uuid_utils.compat as uuids

from security.keeper.client import KeeperRefused, LinkMade, SealItem
from security.settings import Limits
from tests.database import CellDb
from tests.security.keeper.stage import NOON, Stage, add_leg, request, staged

ADDRESS = "192.0.2.9"
NUMBER = "XR7T4PB21"


async def leg_of(stage: Stage, trip: UUID | None = None) -> UUID:
    """Give the one leg of a trip."""
    found: UUID = await stage.owner.fetchval("select id from leg where trip_id = $1", trip or stage.trip)
    return found


async def made(stage: Stage, role: str = "booker", **other: UUID) -> LinkMade:
    """Have a link made for the first passenger's leg, or for what is named instead."""
    token = await stage.sign_in(role)
    about = {"subject": stage.mei, "trip": stage.trip, "leg": await leg_of(stage)} | other
    return await stage.client.make_link(token, request(), locale="ar", **about)


async def issued(stage: Stage) -> str:
    """Have a link made and a token issued for its mail."""
    return await stage.client.issue_link(request(), (await made(stage)).link, keep=False)


async def submitted(stage: Stage, token: str, field: str = "passport.number", **other: UUID) -> UUID:
    """Submit one value under a link; gives the claim."""
    item = SealItem(field, other.get("row", uuids.uuid7()), NUMBER)
    return (await stage.client.seal_by_link(token, request(), ADDRESS, [item])).claim


async def completed(stage: Stage, claim: UUID) -> bool:
    """Complete a submission, as the transaction that stores it does."""
    return bool(await stage.owner.fetchval("select gate.complete_entry_link($1, $2)", claim, stage.clock()))


async def refused(stage: Stage, token: str) -> tuple[str, int]:
    """Say with what a link is refused."""
    with pytest.raises(KeeperRefused) as said:
        await stage.client.read_link(token, request(), ADDRESS)
    return said.value.code, said.value.status


NOT_VALID = ("links:not_valid", 404)


async def test_a_link_seals_documents_of_its_passenger(stage: Stage) -> None:
    """Who holds a link that a booker had made enters a document, and each step is an entry about the passenger."""
    token = await issued(stage)
    seen = await stage.client.read_link(token, request(), ADDRESS)
    assert (seen.subject, seen.org, seen.trip, seen.locale, seen.opened) == (
        stage.mei,
        stage.org,
        stage.trip,
        "ar",
        False,
    )
    assert (await stage.client.open_link(token, request(), ADDRESS)).link == seen.link
    assert (await stage.client.open_link(token, request(), ADDRESS)).opened
    row = uuids.uuid7()
    item = SealItem("passport.number", row, NUMBER)
    sealed = await stage.client.seal_by_link(token, request(), ADDRESS, [item])
    assert (sealed.items[0].row, sealed.items[0].mask) == (row, "••••••B21")
    for deed in ("made", "issued", "opened"):
        (leaf,) = await stage.leaves(f"links:link:{deed}")
        assert leaf["case"] == f"eu_{stage.trip}"
    (leaf,) = await stage.leaves("passengers:passport:sealed")
    assert (leaf["who"], leaf["role"], leaf["via"], leaf["case"]) == (
        "link",
        "traveller",
        "link",
        f"eu_{stage.trip}",
    )


async def test_only_who_may_edit_has_links_made(stage: Stage) -> None:
    """Every other role, and anybody for another organisation's passenger, is refused, and that is an entry."""
    for role in ("traveller", "service_agent", "operations", "compliance", "administrator"):
        with pytest.raises(KeeperRefused) as said:
            await made(stage, role)
        assert said.value.code == "passengers:not_yours"
    with pytest.raises(KeeperRefused) as said:
        await made(stage, "client_admin", subject=stage.stranger)
    assert said.value.code == "passengers:not_yours"
    leaves = await stage.leaves("links:link:made")
    assert [leaf["dec"] for leaf in leaves] == ["deny"] * 6


async def test_a_link_needs_a_leg_ahead_that_carries_the_passenger(stage: Stage) -> None:
    """A leg that has left, that is cancelled, or of which the passenger is no part, gets no link."""
    gone, cancelled = uuids.uuid7(), uuids.uuid7()
    await add_leg(stage.owner, gone, stage.org, stage.mei, departs=NOON - timedelta(hours=1))
    await add_leg(stage.owner, cancelled, stage.org, stage.mei, state="cancelled")
    for trip, leg in (
        (gone, await leg_of(stage, gone)),
        (cancelled, await leg_of(stage, cancelled)),
        (stage.trip, uuids.uuid7()),
        (gone, await leg_of(stage)),
    ):
        with pytest.raises(KeeperRefused) as said:
            await made(stage, trip=trip, leg=leg)
        assert said.value.code == "links:no_such_leg"


async def test_what_does_not_work_looks_the_same(stage: Stage) -> None:
    """A wrong, withdrawn, replaced or completed link, and one of a leg left, are told apart by nobody."""
    assert await refused(stage, "a guess") == NOT_VALID
    withdrawn = await made(stage)
    first = await stage.client.issue_link(request(), withdrawn.link, keep=False)
    await stage.client.withdraw_link(await stage.sign_in("client_admin"), request(), withdrawn.link)
    assert await refused(stage, first) == NOT_VALID
    replaced = await issued(stage)
    token = await issued(stage)
    assert await refused(stage, replaced) == NOT_VALID
    assert await completed(stage, await submitted(stage, token))
    assert await refused(stage, token) == NOT_VALID
    with pytest.raises(KeeperRefused):
        await submitted(stage, token)
    left = await issued(stage)
    await stage.owner.execute("delete from leg_passenger where passenger_id = $1", stage.mei)
    assert await refused(stage, left) == NOT_VALID


async def test_a_link_ends_with_its_days_and_with_its_leg(stage: Stage) -> None:
    """A link works until its leg leaves, and never longer than the days of the setting; its end is stated once."""
    link = await made(stage)
    token = await stage.client.issue_link(request(), link.link, keep=False)
    assert link.expires_at == NOON + timedelta(days=3)
    stage.clock.pass_by(days=3, seconds=-1)
    await stage.client.read_link(token, request(), ADDRESS)
    assert await stage.client.expire_links() == 0
    stage.clock.pass_by(seconds=1)
    assert await refused(stage, token) == NOT_VALID
    assert [await stage.client.expire_links(), await stage.client.expire_links()] == [1, 0]
    (leaf,) = await stage.leaves("links:link:expired")
    assert leaf["case"] == f"eu_{stage.trip}"


async def test_a_setting_shortens_links(cell_db: CellDb) -> None:
    """The number of seconds a link lives is a setting."""
    async with staged(cell_db, limits=Limits(link_seconds=60)) as stage:
        assert (await made(stage)).expires_at == NOON + timedelta(minutes=1)


async def test_of_many_submissions_one_wins(stage: Stage) -> None:
    """Of submissions at the same moment exactly one is let through, whichever, and it completes the link once."""
    token = await issued(stage)
    answers = await asyncio.gather(*(submitted(stage, token) for _ in range(6)), return_exceptions=True)
    claims = [answer for answer in answers if isinstance(answer, UUID)]
    assert len(claims) == 1
    assert {answer.code for answer in answers if isinstance(answer, KeeperRefused)} == {"links:not_valid"}
    assert [await completed(stage, claims[0]), await completed(stage, claims[0])] == [True, False]


async def test_a_submission_that_was_not_stored_may_be_made_again(stage: Stage) -> None:
    """When web dies before it has stored, the link works again after half a minute, and the old claim does not."""
    token = await issued(stage)
    lost = await submitted(stage, token)
    with pytest.raises(KeeperRefused):
        await submitted(stage, token)
    stage.clock.pass_by(seconds=31)
    again = await submitted(stage, token)
    assert [await completed(stage, lost), await completed(stage, again)] == [False, True]


async def test_a_withdrawn_link_is_not_completed(stage: Stage) -> None:
    """A link withdrawn between sealing and storing stores nothing."""
    link = await made(stage)
    claim = await submitted(stage, await stage.client.issue_link(request(), link.link, keep=False))
    await stage.client.withdraw_link(await stage.sign_in("booker"), request(), link.link)
    assert not await completed(stage, claim)


@pytest.mark.parametrize("field", ["card.number", "iban", "no.such"])
async def test_a_link_is_for_documents(stage: Stage, field: str) -> None:
    """A payment field or an unknown one is refused under a link, and the link is as it was."""
    token = await issued(stage)
    with pytest.raises(KeeperRefused):
        await submitted(stage, token, field)
    assert await submitted(stage, token)


async def test_a_link_does_not_seal_into_another_row(stage: Stage) -> None:
    """The row of another passenger's document is refused under a link."""
    token = await issued(stage)
    row = uuids.uuid7()
    await stage.owner.execute(
        "insert into travel_document (id, passenger_id, org_id, kind, issuing_state, number)"
        " values ($1, $2, $3, 'passport', 'NLD', 'x')",
        row,
        stage.stranger,
        stage.other_org,
    )
    with pytest.raises(KeeperRefused) as said:
        await submitted(stage, token, row=row)
    assert said.value.code == "passengers:not_yours"


async def test_guessing_is_held_back(cell_db: CellDb) -> None:
    """After so many wrong tokens an address waits, even with a right one; the ledger has one entry a minute."""
    async with staged(cell_db, limits=Limits(failures_per_address=4)) as stage:
        token = await issued(stage)
        for number in range(4):
            assert await refused(stage, f"guess {number}") == NOT_VALID
        assert await refused(stage, token) == ("security:too_many_attempts", 429)
        assert len(await stage.leaves("links:link:refused")) == 1
        assert (await stage.client.read_link(token, request(), "192.0.2.10")).subject == stage.mei


async def test_tokens_are_issued_for_links_somebody_had_made(stage: Stage) -> None:
    """No token is made for a link nobody ordered, nor a sixth kept; what certainly did not leave is forgotten."""
    with pytest.raises(KeeperRefused) as said:
        await stage.client.issue_link(request(), uuids.uuid7(), keep=False)
    assert said.value.code == "links:not_valid"
    link = (await made(stage)).link
    tokens = [await stage.client.issue_link(request(), link, keep=True) for _ in range(5)]
    with pytest.raises(KeeperRefused):
        await stage.client.issue_link(request(), link, keep=True)
    assert {(await stage.client.read_link(one, request(), ADDRESS)).link for one in tokens} == {link}
    newest = await stage.client.issue_link(request(), link, keep=False)
    assert [await refused(stage, one) for one in tokens] == [NOT_VALID] * 5
    assert (await stage.client.read_link(newest, request(), ADDRESS)).link == link


async def test_others_cannot_withdraw_a_link(stage: Stage) -> None:
    """Neither the desk nor an ended link's own booker withdraws one."""
    link = (await made(stage)).link
    with pytest.raises(KeeperRefused) as said:
        await stage.client.withdraw_link(await stage.sign_in("service_agent"), request(), link)
    assert said.value.code == "passengers:not_yours"
    booker = await stage.sign_in("booker")
    await stage.client.withdraw_link(booker, request(), link)
    with pytest.raises(KeeperRefused) as said:
        await stage.client.withdraw_link(booker, request(), link)
    assert (said.value.code, said.value.status) == ("links:ended", 409)
    assert len(await stage.leaves("links:link:withdrawn")) == 1


async def test_web_and_worker_forge_no_link(stage: Stage) -> None:
    """With credentials of web or worker nobody writes a link, reads a hash, or completes what he did not seal."""
    await issued(stage)
    tries = (
        "insert into gate.entry_link_token (token_hash, link_id, issued_at) values ('', gen_random_uuid(), now())",
        "insert into gate.entry_link (id) values (gen_random_uuid())",
        "update gate.entry_link set withdrawn_at = null",
        "select token_hash from gate.entry_link_token",
        "select claim from gate.entry_link",
    )
    for role, acting in (("wx_web", "none"), ("wx_web", "wx_as_booker"), ("wx_worker", "wx_as_worker")):
        connection = await asyncpg.connect(stage.db.dsn(role))
        try:
            await connection.execute("select set_config('role', $1, false)", acting)
            for sql in tries:
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.execute(sql)
        finally:
            await connection.close()
    assert not await completed(stage, uuids.uuid7())


async def test_only_hashes_are_kept(stage: Stage) -> None:
    """A token stands nowhere in the database, only its SHA-256."""
    token = await issued(stage)
    rows = await stage.owner.fetch(
        "select l::text || t::text as said from gate.entry_link l, gate.entry_link_token t"
    )
    assert len(rows) == 1
    assert token not in rows[0]["said"]
