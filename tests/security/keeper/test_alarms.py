"""Compliance is told: of refusals that repeat, of rates, of decoys; and nobody else can tell what or whom."""

import asyncio

import asyncpg
import pytest
import uuid_utils.compat as uuids

from security.keeper.client import AlarmSeen, KeeperRefused
from security.policy.alarm_rules import ALARM_RULES
from security.policy.rates import RATES
from tests.security.keeper.stage import PASSPORT, Stage, request

REFUSALS = ALARM_RULES.rules["refused_again"].threshold


async def alarms(stage: Stage, count: int) -> list[AlarmSeen]:
    """Wait until compliance sees so many alarms."""
    token = await stage.sign_in("compliance")
    async with asyncio.timeout(10):
        while len(seen := await stage.client.alarms(token, request())) < count:
            await asyncio.sleep(0.05)
    return seen


async def watched(stage: Stage) -> None:
    """Wait until the keeper has looked at everything the ledger holds now."""
    size = await stage.owner.fetchval("select size from ledger_head")
    async with asyncio.timeout(10):
        while (await stage.owner.fetchval("select next from gate.watch") or 0) < size:
            await asyncio.sleep(0.05)


async def refused(awaited) -> tuple[str, int]:
    """Name how something was refused."""
    with pytest.raises(KeeperRefused) as caught:
        await awaited
    return caught.value.code, caught.value.status


async def planted(stage: Stage) -> None:
    """Make the first passenger a decoy."""
    await watched(stage)
    token = await stage.stepped_up("compliance")
    await stage.client.plant_decoy(token, request(), stage.mei, plant=True)


async def test_repeated_refusals_are_told_once(stage: Stage) -> None:
    """A person who is refused again and again is an alarm, one for an hour, with an entry that names nobody."""
    await watched(stage)
    token = await stage.sign_in("sales")
    for _ in range(REFUSALS + 1):
        await refused(stage.reveal(token))
    (alarm,) = await alarms(stage, 1)
    assert (alarm.kind, alarm.role, alarm.email) == ("refused_again", "sales", "sales@example.test")
    assert (alarm.count, alarm.subject) == (REFUSALS, None)
    await watched(stage)
    (leaf,) = await stage.leaves("security:alarm:raised")
    assert (leaf["case"], leaf["who"]) == (str(alarm.id), "keeper")
    assert "sub" not in leaf
    assert leaf["document"] == {}


async def test_fewer_refusals_are_none(stage: Stage) -> None:
    """One refusal less than the number, and those of different people, raise nothing."""
    await watched(stage)
    for role in ("sales", "service_agent"):
        token = await stage.sign_in(role)
        for _ in range(REFUSALS - 1):
            await refused(stage.reveal(token))
    await watched(stage)
    assert await alarms(stage, 0) == []


async def test_a_rate_that_is_reached_is_told(stage: Stage) -> None:
    """Whoever is held back for asking too often is an alarm."""
    await watched(stage)
    token = await stage.sign_in("operations")
    for _ in range(RATES["operations"].person_minute + 1):
        await refused(stage.reveal(token))
    assert "rate_reached" in {alarm.kind for alarm in await alarms(stage, 2)}


async def test_a_decoy_alarms_and_its_viewer_sees_nothing_of_it(stage: Stage) -> None:
    """A decoy opens as any other passenger does, with the same entry; compliance hears of it, with its entry."""
    await stage.on_file("passport.number", PASSPORT)
    await planted(stage)
    operations = await stage.stepped_up("operations")
    opened = await stage.reveal(operations)
    (alarm,) = await alarms(stage, 1)
    assert (alarm.kind, alarm.subject, alarm.entry) == ("decoy_opened", stage.mei, opened.index)
    await refused(stage.reveal(await stage.sign_in("sales")))
    assert {one.kind for one in await alarms(stage, 2)} == {"decoy_opened"}
    keys = {
        frozenset(leaf)
        for leaf in await stage.leaves("passengers:passport:revealed")
        if leaf["dec"] == "allow"
    }
    assert keys == {frozenset(leaf) for leaf in [await _plain_reveal(stage, operations)]}


async def _plain_reveal(stage: Stage, token: str) -> dict:
    """Open the same value once it is no decoy any more; give the entry's leaf."""
    await stage.client.plant_decoy(await stage.stepped_up("compliance"), request(), stage.mei, plant=False)
    index = (await stage.reveal(token)).index
    return next(leaf for leaf in (await stage.leaves("passengers:passport:revealed"))[-1:] if index)


async def test_a_search_that_finds_a_decoy_alarms_and_a_long_list_does_not(stage: Stage) -> None:
    """A list of few with a decoy on it was a search for it; one of many shows it as it shows everybody."""
    await planted(stage)
    many = [stage.mei, *(uuids.uuid7() for _ in range(ALARM_RULES.lists.narrow))]
    sql = (
        "insert into ledger_pending (kind, decision, who, role, request, members, field, tier)"
        " values ('passengers:list:viewed', 'allow', 'st_9', 'operations', gen_random_uuid(), $1, 'passenger',"
        " 'masked')"
    )
    await _as_web(stage, sql, many)
    await watched(stage)
    assert await alarms(stage, 0) == []
    await _as_web(stage, sql, [stage.mei])
    (alarm,) = await alarms(stage, 1)
    assert (alarm.kind, alarm.who, alarm.subject) == ("decoy_searched", "st_9", stage.mei)


async def _as_web(stage: Stage, sql: str, members: list) -> None:
    """State a view as web does, and wait until it is an entry."""
    connection = await asyncpg.connect(stage.db.dsn("wx_web"))
    try:
        before = len(await stage.leaves("passengers:list:viewed"))
        await connection.execute(sql, members)
    finally:
        await connection.close()
    async with asyncio.timeout(10):
        while len(await stage.leaves("passengers:list:viewed")) == before:
            await asyncio.sleep(0.02)


async def test_the_database_does_not_tell_which_they_are(stage: Stage) -> None:
    """No column of a decoy or an alarm holds the passenger's id, and web cannot read a row of either."""
    await planted(stage)
    await refused(stage.reveal(await stage.sign_in("sales")))
    await alarms(stage, 1)
    for table in ("decoy", "alarm"):
        text = await stage.owner.fetchval(f"select string_agg(t::text, ' ') from gate.{table} t")
        assert stage.mei.hex not in text
        assert str(stage.mei) not in text
        assert "decoy_" not in text
    assert (await stage.owner.fetchval("select id from gate.decoy")).version == 4
    held = await stage.owner.fetchval(
        "select bool_or(has_any_column_privilege(r.rolname, 'gate.' || t, 'select')) from pg_roles r,"
        " unnest(array['decoy', 'alarm', 'watch']) t where r.rolname like 'wx_as_%'"
        " or r.rolname in ('wx_web', 'wx_worker')"
    )
    assert held is False


async def test_alarms_and_decoys_are_for_compliance_only(stage: Stage) -> None:
    """Every other role is refused both, and that is an entry; planting needs a step-up and a passenger who is there."""
    for role in ("operations", "auditor", "administrator", "traveller"):
        token = await stage.sign_in(role)
        assert await refused(stage.client.alarms(token, request())) == ("alarms:not_yours", 403)
        assert await refused(stage.client.decoys(token, request())) == ("alarms:not_yours", 403)
        plant = stage.client.plant_decoy(token, request(), stage.mei, plant=True)
        assert await refused(plant) == ("alarms:not_yours", 403)
    denied = [leaf for leaf in await stage.leaves("security:alarms:viewed") if leaf["dec"] == "deny"]
    assert len(denied) == 12
    token = await stage.sign_in("compliance")
    plain = stage.client.plant_decoy(token, request(), stage.mei, plant=True)
    assert await refused(plain) == ("passengers:step_up_required", 403)
    nobody = stage.client.plant_decoy(token, request(), uuids.uuid7(), plant=True)
    assert await refused(nobody) == ("passengers:not_found", 404)
    await planted(stage)
    assert await stage.client.decoys(token, request()) == [stage.mei]
    (leaf,) = await stage.leaves("security:decoy:planted")
    assert "sub" not in leaf


async def test_an_alarm_is_closed_once_with_a_finding(stage: Stage) -> None:
    """Closing is an entry, keeps who closed it and what was found, and happens once."""
    await watched(stage)
    sales = await stage.sign_in("sales")
    for _ in range(REFUSALS):
        await refused(stage.reveal(sales))
    (alarm,) = await alarms(stage, 1)
    token = await stage.sign_in("compliance")
    await stage.client.close_alarm(token, request(), alarm.id, "a new colleague, instructed", "confirmed")
    again = stage.client.close_alarm(token, request(), alarm.id, "twice", "confirmed")
    assert await refused(again) == ("alarms:closed_already", 409)
    gone = stage.client.close_alarm(token, request(), uuids.uuid7(), "none", "confirmed")
    assert await refused(gone) == ("alarms:no_such_alarm", 404)
    (seen,) = await alarms(stage, 1)
    assert seen.finding == "a new colleague, instructed"
    assert seen.closed_at is not None
    assert len(await stage.leaves("security:alarm:closed")) == 1


async def test_nobody_closes_an_alarm_about_himself(stage: Stage) -> None:
    """Compliance's own refusals are an alarm too, which that person cannot close."""
    await watched(stage)
    token = await stage.sign_in("compliance")
    for _ in range(REFUSALS):
        await refused(stage.reveal(token, purpose="refund"))
    (alarm,) = await alarms(stage, 1)
    own = stage.client.close_alarm(token, request(), alarm.id, "that was me", "false_positive")
    assert await refused(own) == ("alarms:about_you", 403)


async def test_a_row_of_another_hand_blinds_nobody(stage: Stage) -> None:
    """A decoy or alarm that somebody wrote or moved in the database is passed over, and the true ones still count."""
    await planted(stage)
    await stage.owner.execute(
        "insert into gate.decoy select sha256(tag), gen_random_uuid(), sealed from gate.decoy"
    )
    await stage.owner.execute(
        "insert into gate.alarm (id, raised_at, details)"
        " select gen_random_uuid(), now(), sealed from gate.decoy limit 1"
    )
    await refused(stage.reveal(await stage.sign_in("sales")))
    (alarm,) = await alarms(stage, 1)
    assert (alarm.kind, alarm.subject) == ("decoy_opened", stage.mei)
