"""The auditor's workspace: filters as chips, timeline, hours of the week, top lists, periods, days, saved searches."""

import re
from datetime import date
from typing import Any

import asyncpg
import pytest

from audit.piecing import add_piece
from portal.oversight.charts import columns_folder
from portal.oversight.spans import before, midnight
from security.policy.alarm_rules import ALARM_RULES
from tests.portal.house import House
from tests.portal.ledger.test_auditors import accepted, entered, invited
from tests.portal.page import Visitor
from tests.portal.test_oversight import settled

BASE = "/api/v1/ledger"


async def worked_in(house: House) -> None:
    """Let a list be looked at, and a page refused."""
    operations = await house.api("operations")
    await operations.get("/api/v1/passengers")
    await operations.get(f"{BASE}/entries")
    await settled(house, "security:access:refused")
    await settled(house, "passengers:list:viewed")


async def test_filters_stand_as_chips_that_come_off(house: House) -> None:
    """Each filter of the address is a chip, and its link leads to the same page without it."""
    await worked_in(house)
    visitor = await house.browser("auditor")
    await visitor.open("/ledger?role=operations&decision=deny&when=7d&kind=security:access:refused")
    assert "Page refused to a role" in visitor.words()
    off = _off(visitor, "Decision")
    assert len(off) == 1
    assert "role=operations" in off[0]
    assert "decision" not in off[0]
    await visitor.open(off[0].removeprefix("/en").replace("&amp;", "&"))
    assert len(_off(visitor, "Role")) == 1
    assert _off(visitor, "Decision") == []


def _off(visitor: Visitor, name: str) -> list[str]:
    """Give the addresses that take a filter off."""
    text = re.sub("[\u2066-\u2069]", "", visitor.answer.text)
    return re.findall(rf'href="([^"]+)" aria-label="Remove the filter {name}"', text)


BAD = (
    ("role=king", "role"),
    ("kind=no:such:kind", "kind"),
    ("field=shoe.size", "field"),
    ("purpose=curiosity", "purpose"),
    ("decision=maybe", "decision"),
    ("when=whenever", "when"),
    ("from=yesterday", "from"),
    ("from=2026-03-02&to=2026-03-01", "to"),
    ("to=9999-12-31", "to"),
    ("subject=Mei", "subject"),
    ("region=xx", "region"),
    ("region=cn", "region"),
    ("actor=a%20b", "actor"),
)


async def test_a_bad_filter_is_named(house: House) -> None:
    """A filter that cannot be meant is refused by name, for programs and on the page."""
    auditor, visitor = await house.api("auditor"), await house.browser("auditor")
    for query, field in BAD:
        for where in ("entries", "counts", "heat", "top"):
            refused = await auditor.get(f"{BASE}/{where}?{query}")
            assert (refused.status_code, [e["field"] for e in refused.json()["errors"]]) == (422, [field]), (
                query
            )
        await visitor.open(f"/ledger?{query}", expect=422)
        assert f'href="#f-{field}"' in visitor.answer.text, query


async def test_counts_by_time_hour_and_name(house: House) -> None:
    """Over time, over the hours of the week, by name and beside another period: the same entries are counted."""
    await worked_in(house)
    auditor = await house.api("auditor")
    where = "role=operations&from=2026-03-01&to=2026-03-31"
    entries = (await _got(auditor, f"{BASE}/entries?{where}&limit=200"))["items"]
    denied = [item for item in entries if item["parts"]["dec"] == "deny"]
    assert entries
    assert denied
    for unit in ("hour", "day", "week"):
        counts = await _got(auditor, f"{BASE}/counts?{where}&unit={unit}")
        assert counts["unit"] == unit
        assert sum(item["allowed"] + item["denied"] for item in counts["items"]) == len(entries)
        assert sum(item["denied"] for item in counts["items"]) == len(denied)
    for clock in ("own", "utc"):
        heat = (await _got(auditor, f"{BASE}/heat?{where}&clock={clock}"))["items"]
        assert len(heat) == 7 * 24
        assert sum(item["allowed"] + item["denied"] for item in heat) == len(entries)
    kinds = (await _got(auditor, f"{BASE}/top?{where}&by=kind"))["items"]
    assert {k["name"]: k["allowed"] + k["denied"] for k in kinds} == _counted(entries, "act")
    refusals = (await _got(auditor, f"{BASE}/top?{where}&by=refusal"))["items"]
    assert sum(item["denied"] for item in refusals) == len(denied)
    beside = await _got(auditor, f"{BASE}/comparison?{where}&by=kind")
    assert beside["now"]["allowed"] + beside["now"]["denied"] == len(entries)
    assert beside["then"]["allowed"] == 0
    assert {c["name"]: c["difference"] for c in beside["items"]} == _counted(entries, "act")


async def _got(client: Any, where: str) -> Any:
    answer = await client.get(where)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _counted(entries: list[Any], part: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for item in entries:
        found[item["parts"][part]] = found.get(item["parts"][part], 0) + 1
    return found


async def test_hours_are_those_of_whoever_acted(house: House) -> None:
    """The same act stands at another hour on the actor's own clock than in UTC, by his zone and no other."""
    await worked_in(house)
    await house.stage.owner.execute(
        "update member set time_zone = 'Asia/Kolkata' where email = 'operations@example.test'"
    )
    auditor = await house.api("auditor")
    found = {}
    for clock in ("own", "utc"):
        heat = (await _got(auditor, f"{BASE}/heat?kind=passengers:list:viewed&clock={clock}"))["items"]
        found[clock] = next((i["weekday"], i["hour"]) for i in heat if i["allowed"])
    at = house.stage.clock()
    minutes = at.hour * 60 + at.minute
    assert found["utc"] == (at.isoweekday(), at.hour)
    assert found["own"][1] == (minutes + 330) // 60 % 24


async def test_pages_of_the_workspace(house: House) -> None:
    """Patterns, comparison and a person's day open in each language, and lead to each other with the filters."""
    await worked_in(house)
    listed = await _got(await house.api("auditor"), f"{BASE}/entries?kind=passengers:list:viewed")
    who = listed["items"][0]["parts"]["who"]
    for tag in ("en", "zh-Hans", "ar"):
        visitor = await house.browser("auditor", tag)
        await visitor.open("/ledger?role=operations")
        assert "/ledger/patterns?role=operations" in visitor.answer.text
        await visitor.open("/ledger/patterns?clock=utc")
        await visitor.open("/ledger/compare?by=actor&against_from=2026-01-01&against_to=2026-01-31")
        await visitor.open(f"/ledger/actors/{who}")
        assert f"/{tag}/ledger/entries/{listed['items'][0]['index']}" in visitor.answer.text
        await visitor.open(f"/ledger/actors/{who}?day=2020-01-01")
        assert f"/{tag}/ledger/entries/" not in visitor.answer.text
    await visitor.open("/ledger/compare?by=shoe&against_from=2026-01-01", expect=422)
    await visitor.open("/ledger/actors/nobody-known", expect=404)


async def test_saved_searches_are_kept_shared_and_nobody_elses_to_change(house: House) -> None:
    """A search opens with its filters; a colleague sees it once it is shared, and may not rename or delete it."""
    visitor = await house.browser("auditor")
    await visitor.open("/ledger/searches?role=operations&decision=deny")
    await visitor.submit("/ledger/searches", name="", expect=422)
    await visitor.submit("/ledger/searches", name="Refused at <night>")
    auditor = await house.api("auditor")
    kept = (await _got(auditor, f"{BASE}/searches"))["items"]
    assert [(one["name"], one["filters"], one["shared"]) for one in kept] == [
        ("Refused at <night>", {"role": "operations", "decision": "deny"}, False)
    ]
    where = f"{BASE}/searches/{kept[0]['id']}"
    await visitor.open(f"/ledger/searches/{kept[0]['id']}")
    assert str(visitor.answer.url).endswith("/ledger?role=operations&decision=deny")
    colleague = await _second_auditor(house)
    assert (await _got(colleague, f"{BASE}/searches"))["items"] == []
    assert (await colleague.get(where)).status_code == 404
    stale = (await auditor.get(where)).headers["etag"]
    changed = await auditor.patch(where, json={"name": "Refused", "shared": True})
    assert (changed.status_code, changed.json()["name"]) == (200, "Refused")
    assert (await auditor.patch(where, json={}, headers={"if-match": stale})).status_code == 412
    seen = (await _got(colleague, f"{BASE}/searches"))["items"]
    assert [(one["name"], one["own"]) for one in seen] == [("Refused", False)]
    for refused in (await colleague.patch(where, json={"name": "Mine"}), await colleague.delete(where)):
        assert (refused.status_code, refused.json()["code"]) == (403, "oversight:not_your_search")
    assert (await auditor.delete(where)).status_code == 204
    assert (await auditor.get(where)).status_code == 404
    await settled(house, "oversight:search:deleted")
    leaves = [
        leaf
        for kind in ("saved", "changed", "deleted")
        for leaf in await house.stage.leaves(f"oversight:search:{kind}")
    ]
    assert len(leaves) == 3
    assert "Refused" not in str(leaves)


async def _second_auditor(house: House) -> Any:
    """Give a client for another auditor of the same cell: the administrator, in that role from now on."""
    await house.stage.owner.execute(
        "update gate.account set role = 'auditor' where email = 'administrator@example.test'"
    )
    return await house.api("administrator")


async def test_a_search_takes_filters_only(house: House) -> None:
    """What is no filter, or no value of one, is refused by name and not kept."""
    auditor = await house.api("auditor")
    for filters, field in (
        ({"name": "Mei"}, "name"),
        ({"role": "king"}, "role"),
        ({"subject": "Mei"}, "subject"),
    ):
        refused = await auditor.post(f"{BASE}/searches", json={"name": "x", "filters": filters})
        assert (refused.status_code, [e["field"] for e in refused.json()["errors"]]) == (422, [field])
    long = await auditor.post(f"{BASE}/searches", json={"name": "x" * 81})
    assert (long.status_code, long.json()["errors"][0]["field"]) == (422, "name")
    assert (await _got(auditor, f"{BASE}/searches"))["items"] == []


async def test_nobody_else_enters_the_workspace(house: House) -> None:
    """No other role counts, searches or reads a saved search; staff's clocks are told to auditors alone."""
    for role in ("compliance", "administrator", "operations", "traveller"):
        client = await house.api(role)
        for where in ("entries", "counts", "heat", "top", "comparison", "searches"):
            assert (await client.get(f"{BASE}/{where}")).status_code == 403, (role, where)


async def test_columns_tell_an_auditor_from_outside_nothing_beyond_his_scope(house: House) -> None:
    """With the whole ledger in columns, which know no scope, an auditor from outside counts what he may see alone."""
    await worked_in(house)
    folder = columns_folder(house.app.state.settings)
    async with asyncpg.create_pool(house.stage.db.dsn("wx_keeper"), min_size=1, max_size=1) as pool:
        while await add_piece(pool, folder, size=1):
            pass
    _, auditor = await invited(house)
    await accepted(house, auditor)
    mine, whole = await entered(house), await house.api("auditor")
    for where in ("top?by=kind", "comparison?by=kind&from=2026-01-01&to=2026-12-31", "top?by=refusal"):
        seen = (await _got(mine, f"{BASE}/{where}"))["items"]
        assert {item["name"].split(":")[0] for item in seen} <= {"passengers"}, where
        assert len((await _got(whole, f"{BASE}/{where}"))["items"]) > len(seen), where
    heat = (await _got(mine, f"{BASE}/heat"))["items"]
    entries = (await _got(mine, f"{BASE}/entries?limit=200"))["items"]
    assert sum(item["allowed"] + item["denied"] for item in heat) == len(entries) > 0
    for path in ("/ledger", "/ledger/patterns", "/ledger/compare", "/ledger/searches"):
        assert (await mine.get(f"/en{path}")).status_code == 200, path
    kept = await mine.post(f"{BASE}/searches", json={"name": "x"})
    assert kept.status_code == 403


async def test_days_far_from_any_calendar_are_refused(house: House) -> None:
    """Days before the year 2000 and after 2199 are a field's error on pages and API, in every chart."""
    visitor, client = await house.browser("auditor"), await house.api("auditor")
    for day in ("0001-01-01", "1999-12-31", "9999-12-31"):
        for page in ("/ledger", "/ledger/patterns", "/ledger/compare"):
            await visitor.open(f"{page}?from={day}", expect=422)
        for way in ("entries", "counts", "heat?by=utc", "comparison?by=kind"):
            joint = "&" if "?" in way else "?"
            answer = await client.get(f"{BASE}/{way}{joint}from={day}")
            assert answer.status_code == 422, (way, answer.text)


async def test_the_day_of_an_actor_shows_the_hours_of_the_role_and_survives_any_day(house: House) -> None:
    """Working hours are those the alarms go by; a day far from any calendar shows the last one instead."""
    await worked_in(house)
    visitor = await house.browser("auditor")
    found = (await (await house.api("auditor")).get(f"{BASE}/entries?role=operations")).json()["items"]
    actor = found[0]["parts"]["who"]
    for day in ("0001-01-01", "9999-12-31", "garbage"):
        await visitor.open(f"/ledger/actors/{actor}?day={day}")
        shift = ALARM_RULES.shifts["operations"]
        assert f"{shift.since}–{shift.to}" in visitor.words()


async def test_an_entry_is_told_in_words_and_leads_on(house: House) -> None:
    """Codes have their words beside them; actor, finding and note are a link away."""
    await worked_in(house)
    api = await house.api("auditor")
    found = (await api.get(f"{BASE}/entries?kind=security:access:refused")).json()["items"][0]
    visitor = await house.browser("auditor")
    await visitor.open(f"/ledger/entries/{found['index']}")
    assert {"Denied", "deny", "Operations", "operations"} <= set(visitor.words().split())
    for link in (f"/en/ledger/actors/{found['parts']['who']}", "/en/findings?entries=", "/en/notes?entry="):
        assert f'href="{link}' in visitor.answer.text


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "UTC", "America/New_York"])
def test_the_period_before_has_as_many_days(zone: str) -> None:
    """Thirty days up to a midnight are compared with the thirty before, though a clock was set in one of them."""
    since, until = midnight(date(2026, 10, 29), zone), midnight(date(2026, 11, 28), zone)
    assert before(since, until, zone) == (midnight(date(2026, 9, 29), zone), since)
