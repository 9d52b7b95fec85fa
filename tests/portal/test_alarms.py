"""Alarms and decoys on compliance's pages: planted, alarmed, closed; and not there for anybody else."""

import asyncio
import re

from tests.portal.house import House
from tests.portal.page import Visitor
from tests.security.keeper.stage import PASSWORD
from tests.security.keeper.test_alarms import REFUSALS, refused, watched


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


async def _raised(house: House) -> tuple[Visitor, str]:
    """Have sales refused until it is an alarm; give compliance, on the page of that alarm, and its path."""
    await watched(house.stage)
    token = await house.stage.sign_in("sales")
    for _ in range(REFUSALS):
        await refused(house.stage.reveal(token))
    visitor = await house.browser("compliance", "en")
    await visitor.open("/alarms")
    await alarmed(visitor, "Refused again and again")
    (where,) = set(re.findall(r'href="/en(/alarms/eu_[0-9a-f-]{36})"', visitor.answer.text))
    await visitor.open(where)
    return visitor, where


async def test_an_alarm_is_a_case_with_reasons_and_clocks(house: House) -> None:
    """An alarm says why it fired and with which entries, stands in compliance's open work, is taken and noted."""
    visitor, here = await _raised(house)
    words = visitor.words()
    assert f"{REFUSALS} entries were counted within" in words
    assert "sales@example.test" in words
    assert words.count("№") == REFUSALS
    await visitor.submit(f"{here}/steps", step="take")
    await visitor.open(here)
    await visitor.submit(f"{here}/steps", expect=422, step="note", words=" ")
    await visitor.submit(f"{here}/steps", step="note", words="called the person")
    assert "called the person" in visitor.words()
    await visitor.open("/desk")
    assert "Alarm" in visitor.words()
    assert "Yours" in visitor.words()
    operations = await house.api("operations")
    assert (await operations.get("/api/v1/work?source=alarm&team=compliance")).json()["items"] == []


async def test_a_false_positive_counts_and_keeps_silence(house: House) -> None:
    """Closing needs words and a verdict; a false positive counts in the rule's rate and keeps it silent for a while."""
    visitor, here = await _raised(house)
    await visitor.submit(f"{here}/closing", expect=422, finding="  ", verdict="", mute_days="0")
    assert "Say in a few words what was found." in visitor.words()
    assert "Say whether it was one, or a false positive." in visitor.words()
    await visitor.submit(f"{here}/closing", expect=422, finding="x", verdict="confirmed", mute_days="7")
    await visitor.submit(
        f"{here}/closing", finding="a new colleague", verdict="false_positive", mute_days="7"
    )
    assert "This rule keeps silent about this person until" in visitor.words()
    await visitor.open("/alarms")
    assert "No alarm is open" in visitor.words()
    assert "a new colleague" in visitor.words()
    house.stage.clock.pass_by(hours=2)
    token = await house.stage.sign_in("sales")
    for _ in range(REFUSALS + 1):
        await refused(house.stage.reveal(token))
    await watched(house.stage)
    compliance = await house.api("compliance")
    rules = {
        one["rule"]["code"]: one for one in (await compliance.get("/api/v1/alarm-rules")).json()["items"]
    }
    of = rules["refused_again"]
    assert (of["rule"]["raised"], of["false_rate"], of["rule"]["muted"]) == (1, 1.0, 1)
    assert of["rule"]["held_back"] == 1
    await visitor.open(here)
    await visitor.submit(f"{here}/unmuting")
    assert "keeps silent about this person until" not in visitor.words()
    assert len(await house.stage.leaves("security:alarm:muted")) == 1
    assert len(await house.stage.leaves("security:alarm:unmuted")) == 1


async def test_numbers_are_set_with_the_password_and_count_at_once(house: House) -> None:
    """A region sets a rule's numbers; the entry says from and to; the next entries are judged by them."""
    await watched(house.stage)
    visitor = await house.browser("compliance", "en")
    await visitor.open("/alarms/rules")
    rule = "/alarms/rules/refused_again"
    numbers = {"threshold": "2", "window_minutes": "5"}
    await visitor.submit(rule, expect=403, password="wrong", **numbers)
    await visitor.submit(rule, expect=422, password=PASSWORD, threshold="0", window_minutes="5")
    await visitor.submit(rule, password=PASSWORD, **numbers)
    assert "Set otherwise by" in visitor.words()
    (leaf,) = await house.stage.leaves("security:alarm-rule:changed")
    assert leaf["document"]["threshold_from"] == str(REFUSALS)
    assert leaf["document"]["threshold"] == "2"
    token = await house.stage.sign_in("finance")
    for _ in range(2):
        await refused(house.stage.reveal(token))
    await alarmed(visitor, "Refused again and again")
    compliance = await house.api("compliance")
    back = await compliance.post("/api/v1/alarm-rules/refused_again", json={})
    assert back.json()["code"] == "passengers:step_up_required"
    unknown = await compliance.post("/api/v1/alarm-rules/nothing", json={})
    assert unknown.status_code == 404


async def test_the_api_tells_and_closes_alarms(house: House) -> None:
    """A program of compliance reads alarms with reasons and entries, and closes one with a verdict."""
    await _raised(house)
    compliance = await house.api("compliance")
    (alarm,) = (await compliance.get("/api/v1/alarms")).json()["items"]
    one = (await compliance.get(f"/api/v1/alarms/{alarm['id']}")).json()
    assert [line["index"] for line in one["lines"]] == alarm["entries"]
    assert one["reasons"]
    where = f"/api/v1/alarms/{alarm['id']}/steps"
    assert (await compliance.post(where, json={"step": "close", "finding": "x"})).status_code == 422
    closed = await compliance.post(where, json={"step": "close", "finding": "x", "verdict": "confirmed"})
    assert (closed.status_code, closed.json()["verdict"]) == (201, "confirmed")
    assert (await compliance.post(where, json={"step": "take"})).json()["code"] == "alarms:closed_already"
    gone = await compliance.get("/api/v1/alarms/eu_00000000-0000-7000-8000-000000000000")
    assert gone.json()["code"] == "alarms:no_such_alarm"


async def test_vips_are_marked_with_the_password(house: House) -> None:
    """Compliance marks a passenger as well known and takes the mark away; the entry names nobody."""
    compliance = await house.browser("compliance")
    await compliance.open("/vips")
    await compliance.submit("/vips", expect=403, deed="plant", passenger=house.mei, password="wrong")
    await compliance.submit("/vips", deed="plant", passenger=house.mei, password=PASSWORD)
    assert house.mei in compliance.words()
    await compliance.submit("/vips", expect=409, deed="plant", passenger=house.mei)
    await compliance.submit("/vips", deed="lift", passenger=house.mei)
    assert "Nobody is marked yet" in compliance.words()
    (leaf,) = await house.stage.leaves("security:vip:marked")
    assert "sub" not in leaf


async def test_nobody_else_finds_these_pages(house: House) -> None:
    """Every other role is refused the pages of alarms and decoys."""
    for role in ("operations", "auditor", "administrator", "booker", "traveller"):
        client = await house.api(role)
        for path in (
            "/en/alarms",
            "/en/alarms/rules",
            "/en/decoys",
            "/en/vips",
            "/api/v1/alarms",
            "/api/v1/alarm-rules",
        ):
            assert (await client.get(path)).status_code == 403, (role, path)
