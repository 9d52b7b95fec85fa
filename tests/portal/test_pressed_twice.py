"""A button pressed twice: the deed happens once, and both answers lead to the same place."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx

from portal.web.idempotency import LOST
from security.vault.custody import Custody
from tests.portal.house import House
from tests.security.keeper.stage import PASSWORD

FINDING = {"title": "Night access", "severity": "high", "words": "Opened at night.", "entries": "1"}


async def _form(visitor: Any, path: str, action: str, fields: dict[str, str]) -> dict[str, str]:
    """Give what a browser would send for a form of a page: its hidden fields, and these."""
    await visitor.open(path)
    number = next(i for i, form in enumerate(visitor.page.forms, 1) if form.get("action") == f"/en{action}")
    mine = [one for one in visitor.page.inputs if one["form"] == str(number) and one.get("type") == "hidden"]
    return {one["name"]: one.get("value", "") for one in mine} | fields


async def _press(visitor: Any, action: str, fields: dict[str, str]) -> httpx.Response:
    return await visitor.client.post(f"/en{action}", data=fields, headers={"origin": visitor.origin})


async def _findings(house: House) -> int:
    count: int = await house.stage.owner.fetchval("select count(*) from finding")
    return count


def _finding(house: House) -> dict[str, str]:
    due = (house.stage.clock() + timedelta(days=7)).date().isoformat()
    return FINDING | {"due_on": due}


async def test_a_form_pressed_twice_is_done_once(house: House) -> None:
    """One after the other or at the same time: one finding is opened, and every answer leads to it."""
    visitor = await house.browser("auditor")
    form = await _form(visitor, "/findings", "/findings", _finding(house))
    answers = [await _press(visitor, "/findings", form)]
    answers += await asyncio.gather(*(_press(visitor, "/findings", form) for _ in range(3)))
    assert {one.status_code for one in answers} == {303}
    assert len({one.headers["location"] for one in answers}) == 1
    assert await _findings(house) == 1


async def test_other_words_or_a_page_opened_anew_are_another_deed(house: House) -> None:
    """Whoever goes back and writes something else, or fills in the form again, is not taken for pressing twice."""
    visitor = await house.browser("auditor")
    form = await _form(visitor, "/findings", "/findings", _finding(house))
    again = await _form(visitor, "/findings", "/findings", _finding(house))
    places = {
        (await _press(visitor, "/findings", one)).headers["location"]
        for one in (form, form | {"words": "Opened at night, twice."}, again)
    }
    assert (len(places), await _findings(house)) == (3, 3)


async def test_what_was_refused_may_be_pressed_again(house: House) -> None:
    """A refusal keeps nothing: the same button works as soon as what was wrong is right."""
    visitor = await house.browser("auditor")
    form = await _form(visitor, "/findings", "/findings", _finding(house))
    await house.stage.owner.execute("alter table finding add constraint never check (false) not valid")
    assert (await _press(visitor, "/findings", form)).status_code >= 400
    await house.stage.owner.execute("alter table finding drop constraint never")
    assert (await _press(visitor, "/findings", form)).status_code == 303
    assert await _findings(house) == 1


async def test_a_deed_of_the_keeper_pressed_twice_is_done_once(house: House) -> None:
    """Two presses of "new epoch" make one epoch, even at the same time; a wrong password spends nothing."""
    visitor = await house.browser("administrator")
    action = "/keys/deeds/rotate"
    form = await _form(visitor, action, action, {"password": "not this one at all"})
    assert (await _press(visitor, action, form)).status_code >= 400
    form = await _form(visitor, action, action, {"password": PASSWORD})
    answers = await asyncio.gather(*(_press(visitor, action, form) for _ in range(3)))
    assert [one.status_code for one in answers] == [303, 303, 303]
    assert Custody.open(house.stage.settings.custodian, "eu").epoch == 2


async def test_a_press_that_broke_off_does_not_block_the_next(house: House) -> None:
    """A press whose answer was never known counts as lost after half a minute, and the deed can be done."""
    visitor = await house.browser("administrator")
    action = "/keys/deeds/rotate"
    form = await _form(visitor, action, action, {"password": PASSWORD})
    assert (await _press(visitor, action, form)).status_code == 303
    await house.stage.owner.execute("update idempotency set status = 0, location = null")
    house.stage.clock.pass_by(seconds=LOST.seconds + 1)
    assert (await _press(visitor, action, form)).status_code == 303


async def test_a_form_that_cannot_be_read_gives_its_sentences_back(house: House) -> None:
    """Words with a character that cannot be stored are on the page that refuses; numbers and passwords never."""
    visitor = await house.browser("auditor")
    secrets = {"again": "not to be told", "number": "4111 1111 1111 1111", "mrz": "P<UTO ERIKSSON"}
    words = {"words": "夜间\x07打开。", **secrets}
    form = await _form(visitor, "/findings", "/findings", _finding(house) | words)
    refused = await _press(visitor, "/findings", form)
    assert refused.status_code == 422
    assert "夜间打开。</textarea>" in refused.text
    assert not any(secret in refused.text for secret in ("not to be told", "4111", "ERIKSSON"))
    assert await _findings(house) == 0
