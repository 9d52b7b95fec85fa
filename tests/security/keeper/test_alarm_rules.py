"""The rules at work behind a real ledger: what staff do becomes alarms, once, also when the keeper ends between."""

from datetime import timedelta

import asyncpg
import uuid_utils.compat as uuids

from security.policy.alarm_rules import ALARM_RULES
from tests.security.keeper.stage import NOON, PASSPORT, Stage, add_leg, keeper, ready, request
from tests.security.keeper.test_alarms import REFUSALS, alarms, refused, watched

RULES = ALARM_RULES.rules


async def looked(stage: Stage, *subjects, who: str) -> None:
    """Have somebody of operations look at profiles, as web states it, and wait until the keeper has looked."""
    connection = await asyncpg.connect(stage.db.dsn("wx_web"))
    size = await stage.owner.fetchval("select size from ledger_head")
    try:
        for subject in subjects:
            await connection.execute(
                "insert into ledger_pending (kind, decision, who, role, request, subject, field, tier)"
                " values ('passengers:profile:viewed', 'allow', $1, 'operations', gen_random_uuid(), $2,"
                " 'passenger', 'masked')",
                who,
                subject,
            )
    finally:
        await connection.close()
    while await stage.owner.fetchval("select size from ledger_head") < size + len(subjects):
        await stage.client.status()
    await watched(stage)


async def code_of(stage: Stage, role: str) -> str:
    """Give the code of the person of a role."""
    return await stage.owner.fetchval("select code from gate.account where role = $1", role)


async def test_own_records_vips_and_nights_are_told(stage: Stage) -> None:
    """Staff at night in their own zone, at their own record, at well-known people: three alarms with reasons."""
    who = await code_of(stage, "operations")
    await stage.owner.execute(
        "insert into member (id, name, email, locale, time_zone)"
        " select id, 'x', email, 'en', 'Pacific/Auckland' from gate.account where role = 'operations'"
    )
    others = [uuids.uuid7() for _ in range(RULES["vip"].threshold)]
    await stage.owner.executemany(
        "insert into passenger (id, org_id, given_name, sort_key) values ($1, $2, 'n', '')",
        [(one, stage.other_org) for one in others],
    )
    await stage.owner.execute(
        "update passenger set email = 'Operations@example.test' where id = $1", stage.mei
    )
    compliance = await stage.stepped_up("compliance")
    for one in others:
        await stage.client.mark_vip(compliance, request(), one, mark=True)
    await watched(stage)
    stage.clock.pass_by(minutes=2)
    await looked(stage, stage.mei, who=who)
    (own,) = await alarms(stage, 1)
    assert (own.kind, own.who, own.told) == ("own_record", who, {"own": "self"})
    await looked(stage, *others, who=who)
    seen = {alarm.kind: alarm for alarm in await alarms(stage, 3)}
    assert set(seen) == {"own_record", "off_shift", "vip"}
    assert seen["off_shift"].told["local"] == "01:02"
    assert seen["off_shift"].told["zone"] == "Pacific/Auckland"
    assert (seen["vip"].count, len(seen["vip"].entries)) == (len(others), len(others))
    assert all(alarm.solve_by > alarm.respond_by > alarm.raised_at for alarm in seen.values())


async def test_values_of_no_use_are_told_after_their_time(stage: Stage) -> None:
    """Values opened for a trip on which nothing follows within the hours are an alarm when the time is over."""
    await stage.on_file("passport.number", PASSPORT)
    await watched(stage)
    rule = RULES["unused_reveal"]
    token = await stage.stepped_up("operations")
    for _ in range(rule.threshold):
        await stage.reveal(token)
    await watched(stage)
    assert await alarms(stage, 0) == []
    stage.clock.pass_by(hours=ALARM_RULES.use.hours, minutes=1)
    (idle,) = await alarms(stage, 1)
    assert (idle.kind, idle.count) == ("unused_reveal", rule.threshold)
    assert idle.fact_at == NOON


async def test_clients_of_an_unusual_country_are_told(stage: Stage) -> None:
    """Who opened values of one country's clients only, and then of another's, is an alarm that names both."""
    await stage.on_file("passport.number", PASSPORT)
    abroad = uuids.uuid7()
    await stage.owner.execute("update organisation set country = 'AE' where id = $1", stage.other_org)
    await add_leg(stage.owner, abroad, stage.other_org, stage.mei)
    await watched(stage)
    token = await stage.stepped_up("operations")
    for _ in range(ALARM_RULES.usual.known_after):
        await stage.reveal(token)
    stage.clock.pass_by(hours=25)
    token = await stage.stepped_up("operations")
    for _ in range(RULES["unusual_region"].threshold):
        await stage.reveal(token, reference=f"eu_{abroad}")
    (alarm,) = [one for one in await alarms(stage, 1) if one.kind == "unusual_region"]
    assert alarm.told == {"area": "AE", "usual": "NL"}
    assert len(alarm.entries) == RULES["unusual_region"].threshold


async def test_a_restart_counts_on_and_says_nothing_twice(stage: Stage) -> None:
    """Half of what it needs before the keeper ends and half after is an alarm, raised once whatever ends later."""
    await watched(stage)
    token = await stage.sign_in("sales")
    for _ in range(REFUSALS - 1):
        await refused(stage.reveal(token))
    await stage.ended()
    for more in (1, 2):
        async with keeper(stage.settings, stage.clock) as (client, stop):
            await ready(client)
            stage.client = client
            stage.clock.pass_by(minutes=1)
            for _ in range(more):
                await refused(stage.reveal(token))
            (alarm,) = await alarms(stage, 1)
            await watched(stage)
            assert (alarm.kind, alarm.count) == ("refused_again", REFUSALS)
            stop.set()
    assert len(await stage.leaves("security:alarm:raised")) == 1
    assert stage.clock() - NOON == timedelta(minutes=2)
