"""Opening a value: what is given, to whom, and what is written down first."""

import asyncio
import json
from datetime import date, timedelta

import pytest

from audit.entry import dek_pseudonym, subject_pseudonym
from security.keeper.client import KeeperRefused
from security.policy.rates import RATES
from security.settings import Limits
from security.vault.custody import Custody
from security.vault.door import DOOR
from security.vault.envelope import dek_id_of
from tests.database import CellDb
from tests.security.keeper.stage import PASSPORT, PASSWORD, Stage, request, staged


async def test_operations_opens_a_passport_in_the_window(stage: Stage) -> None:
    """A sealed passport opens for a border filing, for sixty seconds, with the entry that says so."""
    await stage.on_file("passport.number", PASSPORT)
    opened = await stage.reveal(await stage.stepped_up("operations"))
    assert opened.value.reveal_to(DOOR) == PASSPORT
    assert opened.expires_at == stage.clock.at + timedelta(seconds=60)
    assert opened.proof.startswith("c2sp.org/tlog-proof@v1\n")
    stored = await stage.owner.fetchval("select leaf from ledger_leaf where index = $1", opened.index)
    assert stored == opened.leaf


async def test_the_entry_says_who_what_why_and_no_value(stage: Stage) -> None:
    """The leaf names who, what, why and by which key, and only commits to the reason."""
    sealed = await stage.on_file("passport.number", PASSPORT)
    opened = await stage.reveal(await stage.stepped_up("operations"))
    leaf = json.loads(opened.leaf)
    custody = Custody.open(stage.settings.custodian, "eu")
    assert leaf["act"] == "passengers:passport:revealed"
    assert leaf["dec"] == "allow"
    assert leaf["who"].startswith("st_")
    assert (leaf["role"], leaf["res"], leaf["tier"]) == ("operations", "passport.number", "clear")
    assert (leaf["why"], leaf["case"]) == ("border_filing", f"eu_{stage.trip}")
    assert leaf["sub"] == subject_pseudonym(custody.link_key, stage.mei)
    assert leaf["dek"] == dek_pseudonym(custody.link_key, dek_id_of(sealed.envelope))
    assert len(leaf["rc"]) == 43
    assert "Netherlands" not in opened.leaf
    assert PASSPORT not in opened.leaf


async def test_a_traveller_opens_the_own_record(stage: Stage) -> None:
    """The own passport opens for own_record with the own passenger as reference, in no window."""
    await stage.on_file("passport.number", PASSPORT)
    token = await stage.stepped_up("traveller")
    stage.clock.pass_by(seconds=1)
    opened = await stage.reveal(token, purpose="own_record", reference=f"eu_{stage.mei}")
    assert opened.value.reveal_to(DOOR) == PASSPORT


async def test_finance_opens_a_card_for_a_refund(stage: Stage) -> None:
    """A payment field opens for finance by a trip of the passenger, window or not."""
    await stage.on_file("card.number", "4111111111111111")
    token = await stage.stepped_up("finance")
    opened = await stage.reveal(token, field="card.number", purpose="refund")
    assert opened.value.reveal_to(DOOR) == "4111111111111111"


async def test_the_document_valid_longest_at_arrival_is_chosen(stage: Stage) -> None:
    """Without a row the passport opens that outlives the leg the longest, else one without expiry."""
    for number, expires in (
        ("OLD00001", date(2026, 3, 2)),
        ("NONE0001", None),
        ("LONG0001", date(2031, 1, 1)),
    ):
        await stage.on_file("passport.number", number, expires)
    await stage.on_file("visa.number", "VISA0001", date(2040, 1, 1))
    token = await stage.stepped_up("operations")
    assert (await stage.reveal(token)).value.reveal_to(DOOR) == "LONG0001"
    await stage.owner.execute(
        "delete from travel_document where expires_on > '2030-01-01' and kind = 'passport'"
    )
    assert (await stage.reveal(token)).value.reveal_to(DOOR) == "NONE0001"


async def test_a_named_row_is_the_one_that_opens(stage: Stage) -> None:
    """With a row that document opens, though another is valid longer; another field's is not on file."""
    first = await stage.on_file("passport.number", "FIRST001", date(2027, 1, 1))
    await stage.on_file("passport.number", "SECOND01", date(2031, 1, 1))
    visa = await stage.on_file("visa.number", "VISA0001", date(2031, 1, 1))
    token = await stage.stepped_up("operations")
    assert (await stage.reveal(token, row=first.row)).value.reveal_to(DOOR) == "FIRST001"
    with pytest.raises(KeeperRefused, match="passengers:nothing_on_file"):
        await stage.reveal(token, row=visa.row)


async def test_a_step_up_is_good_for_ten_reveals(stage: Stage) -> None:
    """The eleventh reveal asks for a new step-up, also when all are asked at once."""
    await stage.on_file("passport.number", PASSPORT)
    token = await stage.stepped_up("operations")
    answers = await asyncio.gather(*(stage.reveal(token) for _ in range(14)), return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, KeeperRefused)]
    assert len(answers) - len(refused) == 10
    assert {refusal.code for refusal in refused} == {"passengers:step_up_required"}
    assert len(await stage.leaves("passengers:passport:revealed")) == 14


async def test_a_step_up_ends_after_five_minutes(stage: Stage) -> None:
    """Four minutes and 59 seconds after stepping up a value opens, a second later none does."""
    await stage.on_file("passport.number", PASSPORT)
    token = await stage.stepped_up("operations")
    stage.clock.pass_by(seconds=299)
    await stage.reveal(token)
    stage.clock.pass_by(seconds=1)
    with pytest.raises(KeeperRefused, match="passengers:step_up_required"):
        await stage.reveal(token)


async def test_thirty_two_at_once_each_get_their_own_value(cell_db: CellDb) -> None:
    """Thirty-two reveals at once over shared connections are each answered with the value asked for."""
    async with staged(cell_db, limits=Limits(step_up_uses=64, reveals_per_minute=64)) as stage:
        numbers = [f"NUMBER{n:03}" for n in range(32)]
        rows = [(await stage.on_file("passport.number", number)).row for number in numbers]
        token = await stage.stepped_up("operations")
        opened = await asyncio.gather(*(stage.reveal(token, row=row) for row in rows))
    assert [one.value.reveal_to(DOOR) for one in opened] == numbers
    assert len({one.index for one in opened}) == 32


async def test_reveals_of_a_person_are_counted_by_the_minute(stage: Stage) -> None:
    """One reveal more than the role's number in a minute must wait, and that is one entry, not many."""
    token = await stage.sign_in("sales")
    for _ in range(RATES["sales"].person_minute):
        with pytest.raises(KeeperRefused, match="passengers:purpose_not_allowed"):
            await stage.reveal(token)
    for _ in range(3):
        with pytest.raises(KeeperRefused) as refused:
            await stage.reveal(token)
    assert (refused.value.code, refused.value.status) == ("security:too_many_reveals", 429)
    assert refused.value.fields == {"retry_after": 60}
    refusals = [leaf["document"]["refusal"] for leaf in await stage.leaves("passengers:passport:revealed")]
    assert refusals.count("security:too_many_reveals") == 1
    stage.clock.pass_by(seconds=60)
    with pytest.raises(KeeperRefused, match="passengers:purpose_not_allowed"):
        await stage.reveal(token)


async def test_a_value_prints_nowhere(stage: Stage, capfd: pytest.CaptureFixture[str]) -> None:
    """Neither what the client gives nor what the keeper logs shows value, password or token."""
    await stage.on_file("passport.number", PASSPORT)
    token = await stage.stepped_up("operations")
    opened = await stage.reveal(token)
    with pytest.raises(KeeperRefused) as refused:
        await stage.reveal(token, purpose="refund")
    out, err = capfd.readouterr()
    printed = out + err + repr(opened) + str(opened) + f"{opened.value}" + repr(refused.value)
    assert not any(secret in printed for secret in (PASSPORT, PASSWORD, token))


async def test_a_reveal_needs_a_session(stage: Stage) -> None:
    """Without a live session nothing is said, not even whether the field or the passenger exists."""
    for asked in ({}, {"field": "shoe_size"}, {"subject": request()}):
        with pytest.raises(KeeperRefused) as refused:
            await stage.reveal("no such token", **asked)
        assert (refused.value.code, refused.value.status) == ("security:not_signed_in", 401)
    assert await stage.leaves("passengers:passport:revealed") == []
