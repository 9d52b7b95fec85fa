"""Broken glass, the client's own approval, and grants, in the keeper."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg

from security.keeper.client import ApprovalItem
from security.sign_in.tokens import new_token, token_hash
from security.vault.door import DOOR
from tests.security.keeper.agreeing import ask, colleague, name_members
from tests.security.keeper.stage import NOON, PASSPORT, Stage, add_leg, request
from tests.security.keeper.test_approvals import refused

GLASS = {"kind": "break_glass", "purpose": "ground_handling", "reason": "medical evacuation"}
EXPORT: dict[str, Any] = {"kind": "export", "purpose": "border_filing", "layout": "xlsx"}


async def past_trip(stage: Stage) -> str:
    """Give a trip that carries the first passenger and whose window has closed."""
    trip = request()
    await add_leg(stage.owner, trip, stage.org, stage.mei, state="flown", departs=NOON - timedelta(days=30))
    return f"eu_{trip}"


async def granted(stage: Stage, *, decision: str = "approve", **asked: Any) -> Any:
    """Have operations ask for a file of the first passenger's passport, and a colleague decide."""
    await stage.on_file("passport.number", PASSPORT)
    made = await ask(stage, await stage.stepped_up("operations"), **(EXPORT | asked))
    await stage.client.approve(await colleague(stage, "operations"), request(), made.id, decision)
    return made


async def ticket_for(stage: Stage, grant: Any) -> str:
    """Put a ticket where only a worker can."""
    ticket = new_token()
    connection = await asyncpg.connect(stage.db.dsn("wx_worker"))
    try:
        async with connection.transaction():
            await connection.execute("select set_config('role', 'wx_as_worker', true)")
            await connection.execute(
                "insert into gate.grant_ticket (request_id, ticket_hash) values ($1, $2)",
                grant,
                token_hash(ticket),
            )
    finally:
        await connection.close()
    return ticket


async def test_glass_breaks_with_a_second_person(stage: Stage) -> None:
    """Outside the window an emergency opens one value, once, after a colleague's approval."""
    await stage.on_file("passport.number", PASSPORT)
    trip, approver = await past_trip(stage), await colleague(stage, "compliance")
    wanted = {"purpose": "ground_handling", "reference": trip}
    grants = []
    for role in ("operations", "service_agent"):
        asker = await stage.stepped_up(role)
        made = await ask(stage, asker, **(GLASS | {"reference": trip}))
        assert (await refused(stage.reveal(asker, **wanted)))[1] == 403
        await stage.client.approve(approver, request(), made.id, "approve")
        opened = await stage.reveal(asker, **wanted)
        assert opened.value.reveal_to(DOOR) == PASSPORT
        assert (await refused(stage.reveal(asker, **wanted)))[1] == 403
        grants.append(f"eu_{made.id}")
    leaves = await stage.leaves("passengers:passport:revealed")
    assert [leaf.get("via") for leaf in leaves if leaf["dec"] == "allow"] == grants


async def test_broken_glass_needs_a_step_up_and_a_known_reference(stage: Stage) -> None:
    """An approved emergency opens nothing without the password, and none is asked for another's trip."""
    await stage.on_file("passport.number", PASSPORT)
    trip, asker = await past_trip(stage), await stage.sign_in("service_agent")
    made = await ask(stage, asker, **(GLASS | {"reference": trip}))
    await stage.client.approve(await colleague(stage, "operations"), request(), made.id, "approve")
    wanted = {"purpose": "ground_handling", "reference": trip}
    assert await refused(stage.reveal(asker, **wanted)) == ("passengers:step_up_required", 403)
    foreign = ask(stage, asker, **(GLASS | {"reference": f"eu_{request()}"}))
    assert await refused(foreign) == ("passengers:outside_window", 403)
    card = ask(stage, asker, **(GLASS | {"items": [ApprovalItem(stage.mei, "card.number")]}))
    assert await refused(card) == ("passengers:purpose_not_allowed", 403)


async def test_glass_stays_open_for_a_quarter_of_an_hour(stage: Stage) -> None:
    """What was not used within fifteen minutes is closed again."""
    await stage.on_file("passport.number", PASSPORT)
    trip = await past_trip(stage)
    made = await ask(stage, await stage.sign_in("operations"), **(GLASS | {"reference": trip}))
    await stage.client.approve(await colleague(stage, "compliance"), request(), made.id, "approve")
    stage.clock.pass_by(minutes=15)
    late = stage.reveal(await stage.stepped_up("operations"), purpose="ground_handling", reference=trip)
    assert await refused(late) == ("passengers:outside_window", 403)


async def set_rule(
    stage: Stage, *, roles: Any = ("operations",), purposes: Any = ("ground_handling",)
) -> Any:
    return await stage.client.set_client_rule(
        await stage.stepped_up("client_admin"), request(), roles, purposes
    )


async def test_a_client_is_asked_before_its_people_are_opened(stage: Stage) -> None:
    """While an organisation wants it, a reveal waits for its administrator, and opens after his approval, once."""
    await stage.on_file("passport.number", PASSPORT)
    asker = await stage.stepped_up("operations")
    await set_rule(stage)
    wanted = {"purpose": "ground_handling"}
    assert await refused(stage.reveal(asker, **wanted)) == ("passengers:client_approval_required", 403)
    made = await ask(stage, asker, purpose="ground_handling")
    assert made.needs == ["client"]
    await stage.client.approve(await stage.stepped_up("client_admin"), request(), made.id, "approve")
    assert (await stage.reveal(asker, **wanted)).value.reveal_to(DOOR) == PASSPORT
    assert (await refused(stage.reveal(asker, **wanted)))[0] == "passengers:client_approval_required"
    (changed,) = await stage.leaves("approvals:client-rule:changed")
    assert changed["document"] == {"purposes": "ground_handling", "roles": "operations"}


async def test_what_the_law_asks_is_not_the_clients(stage: Stage) -> None:
    """A border filing opens without the client, and neither it nor a role outside the list can be put in a rule."""
    await stage.on_file("passport.number", PASSPORT)
    await set_rule(stage)
    assert (await stage.reveal(await stage.stepped_up("operations"))).value.reveal_to(DOOR) == PASSPORT
    for rule in ({"purposes": ["border_filing"]}, {"roles": ["traveller"]}, {"purposes": []}):
        assert await refused(set_rule(stage, **rule)) == ("approvals:bad_rule", 422)


async def test_a_client_switches_it_off(stage: Stage) -> None:
    """Without roles and purposes nobody is asked any more."""
    await stage.on_file("passport.number", PASSPORT)
    await set_rule(stage)
    assert (await set_rule(stage, roles=(), purposes=())).state == "silent"
    opened = await stage.reveal(await stage.stepped_up("operations"), purpose="ground_handling")
    assert opened.value.reveal_to(DOOR) == PASSPORT


async def test_the_rule_is_the_organisations_own(stage: Stage) -> None:
    """Another organisation's administrator approves nothing, only an administrator changes the rule, stepped up."""
    await stage.on_file("passport.number", PASSPORT)
    await set_rule(stage)
    made = await ask(stage, await stage.stepped_up("operations"), purpose="ground_handling")
    foreign = await colleague(stage, "client_admin", "foreign", stage.other_org)
    decided = stage.client.approve(foreign, request(), made.id, "approve")
    assert await refused(decided) == ("approvals:not_found", 404)
    change = stage.client.set_client_rule(await stage.stepped_up("booker"), request(), [], [])
    assert await refused(change) == ("approvals:not_for_this_role", 403)
    quick = stage.client.set_client_rule(await stage.sign_in("client_admin"), request(), [], [])
    assert await refused(quick) == ("passengers:step_up_required", 403)
    await stage.client.set_client_rule(foreign, request(), ["operations"], ["refund"])
    assert await stage.owner.fetchval("select count(*) from gate.client_rule") == 2


async def test_second_person_and_client_both_agree(stage: Stage) -> None:
    """Where the matrix wants a second person and the client wants to be asked, either alone is not enough."""
    await stage.on_file("passport.number", PASSPORT)
    await set_rule(stage, roles=["compliance"], purposes=["identity_check"])
    asker = await stage.stepped_up("compliance")
    made = await ask(stage, asker)
    assert made.needs == ["second_person", "client"]
    second = await colleague(stage, "compliance")
    wanted = {"purpose": "identity_check"}
    assert (await stage.client.approve(second, request(), made.id, "approve")).state == "waiting"
    assert (await refused(stage.reveal(asker, **wanted)))[0] == "passengers:second_person_required"
    again = stage.client.approve(second, request(), made.id, "approve")
    assert await refused(again) == ("approvals:not_yours", 403)
    admin = await stage.stepped_up("client_admin")
    assert (await stage.client.approve(admin, request(), made.id, "approve")).state == "approved"
    assert (await stage.reveal(asker, **wanted)).value.reveal_to(DOOR) == PASSPORT


async def test_a_grant_opens_its_list_in_the_approvers_name(stage: Stage) -> None:
    """A worker opens exactly what was approved, once; each value is an entry of the approver, `via` the grant."""
    made = await granted(stage)
    await name_members(stage)
    opened = await stage.client.present_grant(request(), made.id, await ticket_for(stage, made.id))
    assert [value.reveal_to(DOOR) for value in opened.values.values()] == [PASSPORT]
    assert opened.password == made.password
    (leaf,) = await stage.leaves("passengers:passport:revealed")
    (agreed,) = await stage.leaves("approvals:request:approved")
    assert (leaf["who"], leaf["via"], leaf["why"]) == (agreed["who"], f"eu_{made.id}", "border_filing")
    again = stage.client.present_grant(request(), made.id, await ticket_for(stage, made.id))
    assert await refused(again) == ("approvals:no_grant", 403)


async def test_there_is_no_system_reveal_without_a_grant(stage: Stage) -> None:
    """Without a grant, with one that waits or was declined, without a ticket or with a used one, nothing opens."""
    await stage.on_file("passport.number", PASSPORT)
    waiting = await ask(stage, await stage.stepped_up("operations"), **EXPORT)
    declined = await granted(stage, decision="decline")
    for grant in (request(), waiting.id, declined.id):
        presented = stage.client.present_grant(request(), grant, await ticket_for(stage, grant))
        assert await refused(presented) == ("approvals:no_grant", 403)
    await stage.client.approve(await stage.stepped_up("compliance"), request(), waiting.id, "approve")
    for ticket in ("", new_token(), await ticket_for(stage, request())):
        presented = stage.client.present_grant(request(), waiting.id, ticket)
        assert await refused(presented) == ("approvals:no_grant", 403)
    assert await stage.leaves("passengers:passport:revealed") == []
    assert len(await stage.leaves("approvals:grant:refused")) == 1


async def test_a_grant_presented_twice_at_once_opens_once(stage: Stage) -> None:
    """Two workers with a ticket each share one opening."""
    made = await granted(stage)
    tickets = [await ticket_for(stage, made.id) for _ in range(2)]
    answers = await asyncio.gather(
        *(stage.client.present_grant(request(), made.id, ticket) for ticket in tickets),
        return_exceptions=True,
    )
    assert sum(not isinstance(answer, BaseException) for answer in answers) == 1


async def test_a_grant_ends_with_its_time_and_with_the_window(stage: Stage) -> None:
    """An approval of half an hour ago makes no file, nor one whose leg has moved out of its window."""
    made = await granted(stage)
    await stage.owner.execute(
        "update leg set departs_at = departs_at + interval '1 year',"
        " arrives_at = arrives_at + interval '1 year'"
    )
    moved = stage.client.present_grant(request(), made.id, await ticket_for(stage, made.id))
    assert await refused(moved) == ("approvals:no_grant", 403)
    stage.clock.pass_by(minutes=30)
    late = stage.client.present_grant(request(), made.id, await ticket_for(stage, made.id))
    assert await refused(late) == ("approvals:no_grant", 403)


async def test_a_grant_is_no_reveal(stage: Stage) -> None:
    """What was approved to leave in a file does not open on a page; a client's rule holds a file up too."""
    await set_rule(stage, purposes=["ground_handling", "carrier_check_in"])
    made = await granted(stage, purpose="carrier_check_in")
    assert made.needs == ["second_person", "client"]
    token = await stage.stepped_up("operations")
    shown = stage.reveal(token, purpose="carrier_check_in")
    assert await refused(shown) == ("passengers:client_approval_required", 403)
