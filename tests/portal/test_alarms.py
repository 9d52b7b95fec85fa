"""Alarms and decoys on compliance's pages: planted, alarmed, closed; and not there for anybody else."""

import asyncio

from security.policy.rates import ALARMS
from tests.portal.house import House
from tests.portal.page import Visitor
from tests.security.keeper.stage import PASSWORD
from tests.security.keeper.test_alarms import refused, watched


async def alarmed(visitor: Visitor, words: str) -> None:
    """Open the page of alarms until it says something."""
    async with asyncio.timeout(10):
        while words not in visitor.words():
            await asyncio.sleep(0.1)
            await visitor.open("/alarms")


async def test_a_decoy_is_planted_and_alarms(house: House) -> None:
    """Compliance plants a decoy with the password; a colleague who looks at it raises an alarm and notices nothing."""
    await watched(house.stage)
    compliance = await house.browser("compliance")
    await compliance.open("/decoys")
    assert "No decoys yet" in compliance.words()
    await compliance.submit("/decoys", expect=403, deed="plant", passenger=house.mei, password="wrong")
    await compliance.submit("/decoys", expect=422, deed="plant", passenger="nobody", password=PASSWORD)
    await compliance.submit("/decoys", deed="plant", passenger=house.mei, password=PASSWORD)
    assert house.mei in compliance.words()
    await compliance.submit("/decoys", expect=409, deed="plant", passenger=house.mei)
    for deed in ({"deed": "evil"}, {"deed": ""}):
        await compliance.open("/decoys")
        await compliance.submit("/decoys", expect=422, passenger=house.mei, **deed)
    await compliance.open("/decoys")
    assert house.mei in compliance.words()
    agent = await house.browser("service_agent")
    await agent.open(f"/passengers/{house.mei}")
    assert "ecoy" not in agent.words()
    await alarmed(compliance, "A decoy was looked at")
    assert "service_agent@example.test" in compliance.words()
    await compliance.open("/decoys")
    await compliance.submit("/decoys", deed="lift", passenger=house.mei, password=PASSWORD)
    assert "No decoys yet" in compliance.words()
    await compliance.submit("/decoys", expect=409, deed="lift", passenger=house.mei, password=PASSWORD)


async def test_an_alarm_is_closed_with_a_finding(house: House) -> None:
    """An open alarm is closed with words, which then stand beside it; without words it stays open."""
    await watched(house.stage)
    token = await house.stage.sign_in("sales")
    for _ in range(ALARMS.refusals):
        await refused(house.stage.reveal(token))
    visitor = await house.browser("compliance", "en")
    await visitor.open("/alarms")
    await alarmed(visitor, "Refused again and again")
    (action,) = [form["action"] for form in visitor.page.forms if form.get("action", "").endswith("/closing")]
    where = action.removeprefix("/en")
    await visitor.submit(where, expect=422, finding="  ")
    assert "Say in a few words what was found." in visitor.words()
    await visitor.submit(where, finding="a new colleague")
    assert "No alarm is open" in visitor.words()
    assert "a new colleague" in visitor.words()


async def test_nobody_else_finds_these_pages(house: House) -> None:
    """Every other role is refused the pages of alarms and decoys."""
    for role in ("operations", "auditor", "administrator", "booker", "traveller"):
        client = await house.api(role)
        for path in ("/en/alarms", "/en/decoys"):
            assert (await client.get(path)).status_code == 403, (role, path)
