"""Work of other rooms on the desk's list: notices that nobody has acknowledged, one line a trip."""

from tests.portal.desk.test_world import World, world
from tests.portal.house import House
from tests.security.keeper.stage import request

__all__ = ["world"]


async def told(house: House, people: int = 2) -> None:
    """Put sent notices of the trip into the database, as if so many recipients had been told."""
    owner, org, trip = house.stage.owner, house.stage.org, house.stage.trip
    leg, change = await owner.fetchval("select id from leg where trip_id = $1", trip), request()
    account = await owner.fetchval("select id from member where email = 'operations@example.test'")
    at = house.stage.clock()
    await owner.execute(
        "insert into itinerary_change (id, org_id, trip_id, leg_id, leg_version, made_by, made_at, grade, diff)"
        " values ($1, $2, $3, $4, 2, $5, $6, 'material', '[]')",
        *(change, org, trip, leg, account, at),
    )
    members = await owner.fetch("select id from member where org_id = $1 limit $2", org, people)
    for row in members:
        recipient = request()
        await owner.execute(
            "insert into notice_recipient (id, org_id, trip_id, member_id, known, known_at)"
            " values ($1, $2, $3, $4, '[]', $5)",
            *(recipient, org, trip, row["id"], at),
        )
        await owner.execute(
            "insert into notice (id, org_id, trip_id, recipient_id, member_id, change_id, kind, grade, state, before,"
            " after, content_hash, created_at, due_at, sent_at)"
            " values ($1, $2, $3, $4, $5, $6, 'change', 'material', 'sent', '[]', '[]', repeat('0', 64), $7, $7, $7)",
            *(request(), org, trip, recipient, row["id"], change, at),
        )


async def test_notices_not_acknowledged_are_one_line_a_trip(world: World) -> None:
    """Two notices of one trip are one item, owed within four hours, for operations and service; sales sees none."""
    house = world.house
    await told(house)
    listed = (await (await house.api("operations")).get("/api/v1/work")).json()["items"]
    assert [(i["source"], i["id"], i["state"], i["due_at"]) for i in listed] == [
        ("notice", house.trip, "told", "2026-03-01T16:00:00Z")
    ]
    assert (await (await house.api("sales")).get("/api/v1/work")).json()["items"] == []
    agent = await house.browser("operations", "ar")
    await agent.open("/desk")
    assert f"/ar/notices?trip={house.trip}" in agent.answer.text
    await world.tell()
    assert [(item["kind"], item["team"]) for item in await world.items()] == [("notice", "operations")]


async def test_an_acknowledged_trip_is_off_the_list(world: World) -> None:
    """Once everybody told has acknowledged, nothing of it is open, here or in the world."""
    await told(world.house)
    await world.tell()
    await world.house.stage.owner.execute("update notice set state = 'acknowledged'")
    await world.tell()
    assert await world.items() == []
    listed = await (await world.house.api("operations")).get("/api/v1/work")
    assert listed.json()["items"] == []
