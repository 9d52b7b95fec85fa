"""Reports on a rhythm: made on time, once after a downtime, told of by mail, paused and deleted."""

from datetime import UTC, datetime
from typing import Any

from portal.extracts.schedules import compose, run_schedules
from tests.portal.house import House
from tests.portal.ledger.test_extracts import Works, settled

BASE = "/api/v1/schedules"
BODY: dict[str, Any] = {
    "title": "Refusals",
    "layout": "csv",
    "rhythm": "weekly",
    "day": 0,
    "hour": 7,
    "filters": {"decision": "deny"},
}


async def test_a_report_is_made_on_time(house: House) -> None:
    """On its Monday at seven in Amsterdam one report is made, after three weeks of downtime one, paused none."""
    auditor = await house.api("auditor")
    made = await auditor.post(BASE, json=BODY)
    assert made.status_code == 201, made.text
    assert made.json()["next_at"] == "2026-03-02T06:00:00Z"
    async with Works(house) as works:
        assert not await works.make()
        house.stage.clock.at = datetime(2026, 3, 2, 6, 0, 1, tzinfo=UTC)
        assert await works.make()
        assert not await works.make()
        auditor = await house.api("auditor")
        shown = (await auditor.get(BASE)).json()["items"][0]
        assert (shown["last_state"], shown["next_at"]) == ("ready", "2026-03-09T06:00:00Z")
        (one,) = (await auditor.get("/api/v1/extracts")).json()["items"]
        assert one["filters"] == {
            "decision": "deny",
            "from": "2026-02-23T06:00:00.000000Z",
            "to": "2026-03-02T06:00:00.000000Z",
        }
        promised = await house.stage.owner.fetchval(
            "select count(*) from outbox where topic = 'report-ready'"
        )
        assert promised == 1
        house.stage.clock.at = datetime(2026, 3, 31, 12, tzinfo=UTC)
        assert await works.make()
        assert not await works.make()
        auditor = await house.api("auditor")
        shown = (await auditor.get(BASE)).json()["items"][0]
        assert shown["next_at"] == "2026-04-06T05:00:00Z"  # summer time has come
        where = f"{BASE}/{shown['id']}"
        assert (await auditor.post(f"{where}/pauses")).status_code == 200
        house.stage.clock.at = datetime(2026, 4, 14, 12, tzinfo=UTC)
        assert not await works.make()
        auditor = await house.api("auditor")
        assert (await auditor.post(f"{where}/resumptions")).json()["next_at"] == "2026-04-20T05:00:00Z"
        assert (await auditor.delete(where)).status_code == 204
        house.stage.clock.at = datetime(2026, 4, 28, 12, tzinfo=UTC)
        assert not await works.make()
    await settled(house, "extracts:report:begun", 2)
    await settled(house, "extracts:schedule:removed")


async def test_whoever_may_read_no_more_gets_no_report(house: House) -> None:
    """A report whose owner's account was closed is not made."""
    auditor = await house.api("auditor")
    await auditor.post(BASE, json=BODY)
    await house.stage.owner.execute("update gate.account set disabled_at = now() where role = 'auditor'")
    house.stage.clock.at = datetime(2026, 3, 2, 7, tzinfo=UTC)
    async with Works(house) as works:
        async with works.worker._work() as connection:
            assert await run_schedules(connection, "eu", house.stage.clock()) == 1
        assert not await works.make()


async def test_bad_schedules_are_refused_by_field(house: House) -> None:
    """Each wrong part is named; another person sees and changes nothing of it."""
    auditor = await house.api("auditor")
    for wrong, field in (
        ({"title": ""}, "title"),
        ({"rhythm": "daily"}, "rhythm"),
        ({"day": 7}, "day"),
        ({"hour": 24}, "hour"),
        ({"time_zone": "Mars"}, "time_zone"),
        ({"filters": {"role": "king"}}, "role"),
    ):
        answer = await auditor.post(BASE, json=BODY | wrong)
        assert field in [error["field"] for error in answer.json()["errors"]], answer.text
    made = (await auditor.post(BASE, json=BODY)).json()["id"]
    compliance = await house.api("compliance")
    assert (await compliance.get(BASE)).json()["items"] == []
    assert (await compliance.delete(f"{BASE}/{made}")).status_code == 404
    for _ in range(9):
        await auditor.post(BASE, json=BODY)
    assert (await auditor.post(BASE, json=BODY)).json()["code"] == "extracts:too_many_schedules"


async def test_pages_schedule_and_ask(house: House) -> None:
    """The page takes an extract and a schedule, shows mistakes, pauses and deletes."""
    visitor = await house.browser("auditor", "zh-Hans")
    await visitor.open("/extracts?kind=trips:trip:viewed")
    await visitor.submit("/extracts", expect=422, layout="exe")
    await visitor.submit("/extracts", layout="csv", kind="trips:trip:viewed")
    fields = {
        "title": "R",
        "rhythm": "monthly",
        "weekday": "0",
        "month_day": "3",
        "hour": "9",
        "time_zone": "UTC",
        "layout": "xlsx",
    }
    await visitor.submit("/extracts/schedules", expect=422, **(fields | {"title": ""}))
    await visitor.submit("/extracts/schedules", **fields)
    made = await house.stage.owner.fetchval("select id from report_schedule")
    await visitor.submit(f"/extracts/schedules/eu_{made}/pause")
    await visitor.submit(f"/extracts/schedules/eu_{made}/remove")
    clerk = await house.browser("compliance", "ar")
    await clerk.open("/extracts")


def test_the_mail_names_nothing_of_the_report() -> None:
    """The mail has a link and the reader's language, and no word of the filter."""
    mail = compose("reader@example.test", "ar", "http://eu.waxwing.test/ar/extracts")
    assert "http://eu.waxwing.test/ar/extracts" in mail.text
    assert 'dir="rtl"' in mail.html
