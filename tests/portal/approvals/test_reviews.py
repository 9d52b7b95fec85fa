"""Broken glass: told at once, reviewed by somebody else within a day, closed by a finding."""

import asyncio
from datetime import timedelta
from typing import Any

from aiosmtpd.smtp import SMTP

from portal.approvals.work import KEPT, open_reviews
from portal.outbox.work import Workplace, keep_due
from tests.portal.approvals.people import (
    asked,
    decided,
    on_file,
    second,
    second_browser,
    stepped_up,
    worker_of,
)
from tests.portal.house import House
from tests.portal.notices.scene import Catcher
from tests.security.keeper.stage import NOON, PASSPORT, PASSWORD, add_leg, request

GLASS = {"kind": "break_glass", "purpose": "ground_handling", "reason": "evacuation of Hôpital Nord"}


async def broken(house: House) -> dict[str, Any]:
    """Have the service agent ask in an emergency and operations approve; gives the request."""
    await on_file(house)
    trip = request()
    stage = house.stage
    await add_leg(stage.owner, trip, stage.org, stage.mei, state="flown", departs=NOON - timedelta(days=40))
    made = await asked(house, await stepped_up(house, "service_agent"), reference=f"eu_{trip}", **GLASS)
    assert (await decided(await stepped_up(house, "operations"), made)).json()["state"] == "approved"
    return made


async def test_compliance_is_told_at_once_in_each_ones_language(house: House) -> None:
    """As soon as the glass may break a review is open, due in 24 hours, and each of compliance has one mail."""
    made = await broken(house)
    await second(house, "compliance")
    await house.stage.owner.execute(
        "update member set locale = 'ar' where email = 'second.compliance@example.test'"
    )
    catcher = Catcher()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(catcher), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    mailing = {"smtp_url": f"smtp://127.0.0.1:{port}", "mail_from": "notices@waxwing.test"}
    async with worker_of(house, **mailing) as (settings, pool, work):
        for _ in range(2):  # again and again: one review, one mail each
            async with work() as connection:
                await open_reviews(connection, "eu", house.stage.clock())
            await keep_due(Workplace(settings, pool, house.stage.clock), KEPT)
    server.close()
    assert len(catcher.caught) == 2
    (english,) = catcher.to("compliance@example.test")
    (arabic,) = catcher.to("second.compliance@example.test")
    assert (english["Content-Language"], arabic["Content-Language"]) == ("en", "ar")
    text = str(english.get_body(("plain",)).get_content())  # type: ignore[union-attr]
    assert "/en/approvals/reviews" in text
    for private in ("mei", "Nord", "Person", PASSPORT, made["id"]):
        assert private not in text
    row = await house.stage.owner.fetchrow("select * from break_glass_review")
    assert row["due_at"] - row["opened_at"] == timedelta(hours=24)
    assert row["told_at"]
    async with asyncio.timeout(10):
        while not await house.stage.leaves("approvals:review:opened"):
            await asyncio.sleep(0.02)


async def test_a_review_closes_only_with_a_finding_of_somebody_else(house: House) -> None:
    """Neither an empty finding nor whoever approved closes it; a colleague's finding does, once, and is an entry."""
    await on_file(house)
    trip, stage = request(), house.stage
    await add_leg(stage.owner, trip, stage.org, stage.mei, state="flown", departs=NOON - timedelta(days=40))
    made = await asked(house, await stepped_up(house, "operations"), reference=f"eu_{trip}", **GLASS)
    await decided(await stepped_up(house, "compliance"), made)
    async with worker_of(house) as (_, _, work), work() as connection:
        assert await open_reviews(connection, "eu", stage.clock()) == 1
    approver, reviewer = await house.browser("compliance"), await second_browser(house, "compliance")
    await approver.open("/approvals/reviews")
    assert "Somebody else reviews this" in approver.words()
    await reviewer.open("/approvals/reviews")
    assert "Hôpital Nord" in reviewer.words()
    assert "23" in reviewer.words() or "24" in reviewer.words()
    where = f"/approvals/reviews/{made['id']}"
    await reviewer.submit(where, expect=422, finding="justified", words="")
    await reviewer.submit(where, expect=422, finding="fine", words="looked")
    answer = await approver.client.post(
        f"/en{where}",
        data={"csrf": token_of(approver), "finding": "justified", "words": "mine"},
        headers={"origin": approver.origin},
    )
    assert answer.status_code == 403
    await reviewer.submit(where, finding="unused", words="nothing was opened")
    assert "Approved, but nothing was opened" in reviewer.words()
    again = await reviewer.client.post(
        f"/en{where}",
        data={"csrf": token_of(reviewer), "finding": "justified", "words": "later"},
        headers={"origin": reviewer.origin},
    )
    assert again.status_code == 409
    async with asyncio.timeout(10):
        while not (closed := await stage.leaves("approvals:review:closed")):
            await asyncio.sleep(0.02)
    assert [leaf["document"] for leaf in closed] == [{"finding": "unused"}]
    assert closed[0]["via"] == made["id"]


def token_of(visitor: Any) -> str:
    """Give the page token that the visitor's page carries."""
    return next(field["value"] for field in visitor.page.inputs if field.get("name") == "csrf")


async def test_glass_breaks_on_the_pages(house: House) -> None:
    """A service agent asks on the page, operations approves, the value opens outside every window, once."""
    row = await on_file(house)
    trip, stage = request(), house.stage
    await add_leg(stage.owner, trip, stage.org, stage.mei, state="flown", departs=NOON - timedelta(days=40))
    agent = await house.browser("service_agent")
    await agent.open(f"/passengers/{house.mei}/reveals/new?field=passport.number&row={row}", expect=403)
    assert "/approvals/new?" in agent.answer.text
    await agent.open(f"/approvals/new?passenger={house.mei}&field=passport.number&row={row}")
    assert "Breaking the glass is for emergencies" in agent.words()
    await agent.submit("/approvals", purpose="ground_handling", reference=f"eu_{trip}", reason="evacuation")
    path = agent.answer.url.path.removeprefix("/en")
    made = {"id": path.rpartition("/")[2]}
    assert (await decided(await stepped_up(house, "operations"), made)).status_code == 201
    await agent.open(path)
    await agent.submit(f"/passengers/{house.mei}/reveals", password=PASSWORD)
    assert PASSPORT in agent.answer.text
    await agent.open(path)
    assert "Used" in agent.words()
