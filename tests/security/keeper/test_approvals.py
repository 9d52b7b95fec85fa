"""A second person: asked, approved by somebody else, used once, and every step an entry."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from audit.entry import reason_commitment
from security.keeper.client import ApprovalItem, KeeperRefused
from security.vault.door import DOOR
from tests.security.keeper.agreeing import again, ask, checked, colleague
from tests.security.keeper.stage import PASSPORT, PASSWORD, Stage, add_leg, request


async def refused(call: Any) -> tuple[str, int]:
    with pytest.raises(KeeperRefused) as caught:
        await call
    return caught.value.code, caught.value.status


async def approved(stage: Stage) -> tuple[str, str, UUID]:
    """Have compliance ask and a colleague approve: the asker's and the approver's tokens, the request."""
    await stage.on_file("passport.number", PASSPORT)
    asker, approver = await stage.stepped_up("compliance"), await colleague(stage, "compliance")
    made = await ask(stage, asker)
    assert (await stage.client.approve(approver, request(), made.id, "approve")).state == "approved"
    return asker, approver, made.id


async def test_a_second_person_opens_the_way_once(stage: Stage) -> None:
    """After a colleague's approval the value opens for whoever asked, once, and its entry names the approval."""
    asker, _, approval = await approved(stage)
    opened = await checked(stage, asker)
    assert opened.value.reveal_to(DOOR) == PASSPORT
    assert await refused(checked(stage, asker)) == ("passengers:second_person_required", 403)
    (leaf,) = [one for one in await stage.leaves("passengers:passport:revealed") if one["dec"] == "allow"]
    assert leaf["via"] == f"eu_{approval}"
    (made,) = await stage.leaves("approvals:request:made")
    (agreed,) = await stage.leaves("approvals:request:approved")
    assert made["via"] == agreed["via"] == leaf["via"]
    assert (made["role"], agreed["role"], agreed["why"]) == ("compliance", "compliance", "identity_check")
    assert made["who"] != agreed["who"]
    assert made["sub"] == agreed["sub"] == leaf["sub"]


async def test_the_reason_is_kept_and_can_be_checked(stage: Stage) -> None:
    """The words stand with the request and not in the ledger; with the kept salt they match both commitments."""
    asker, _, approval = await approved(stage)
    await checked(stage, asker)
    kept = await stage.owner.fetchrow(
        "select reason, salt from gate.approval_request where id = $1", approval
    )
    commitment = reason_commitment(kept["salt"], kept["reason"])
    (made,) = await stage.leaves("approvals:request:made")
    leaves = await stage.leaves("passengers:passport:revealed")
    assert made["rc"] == leaves[-1]["rc"] == commitment
    assert "Chur" not in await stage.owner.fetchval("select string_agg(leaf, '') from ledger_leaf")


async def test_nobody_approves_the_own_request(stage: Stage) -> None:
    """Whoever asked cannot approve, not in another session either; that is refused, and an entry."""
    await stage.on_file("passport.number", PASSPORT)
    asker = await stage.stepped_up("compliance")
    made = await ask(stage, asker)
    for token in (asker, await stage.stepped_up("compliance")):
        decided = stage.client.approve(token, request(), made.id, "approve")
        assert await refused(decided) == ("approvals:own_request", 403)
    leaves = await stage.leaves("approvals:request:approved")
    assert [(leaf["dec"], leaf["document"]["refusal"]) for leaf in leaves] == [
        ("deny", "approvals:own_request")
    ] * 2
    assert await refused(checked(stage, asker)) == ("passengers:second_person_required", 403)


async def test_only_the_entitled_approve(stage: Stage) -> None:
    """A role that the matrix does not entitle to the same is told of no such request."""
    await stage.on_file("passport.number", PASSPORT)
    made = await ask(stage, await stage.stepped_up("compliance"))
    for role in ("operations", "finance", "client_admin", "auditor", "administrator"):
        decided = stage.client.approve(await stage.stepped_up(role), request(), made.id, "approve")
        assert await refused(decided) == ("approvals:not_found", 404), role


async def test_approving_needs_a_step_up(stage: Stage) -> None:
    """Without the password again nobody approves or declines."""
    await stage.on_file("passport.number", PASSPORT)
    made = await ask(stage, await stage.stepped_up("compliance"))
    await colleague(stage, "compliance")
    signed = await stage.client.sign_in("second.compliance@example.test", PASSWORD, "Firefox", "192.0.2.8")
    for decision in ("approve", "decline"):
        decided = stage.client.approve(signed.token, request(), made.id, decision)
        assert await refused(decided) == ("passengers:step_up_required", 403)


async def test_two_approve_at_once(stage: Stage) -> None:
    """Of two colleagues who approve at the same time one does, and the other is told that it is settled."""
    await stage.on_file("passport.number", PASSPORT)
    made = await ask(stage, await stage.stepped_up("compliance"))
    tokens = [await colleague(stage, "compliance", name) for name in ("second", "third")]
    answers = await asyncio.gather(
        *(stage.client.approve(token, request(), made.id, "approve") for token in tokens),
        return_exceptions=True,
    )
    codes = [answer.code if isinstance(answer, KeeperRefused) else "approved" for answer in answers]
    assert sorted(codes) == ["approvals:closed", "approved"]
    assert await stage.owner.fetchval("select count(*) from gate.approval_vote") == 1


async def test_an_approval_used_twice_at_once_opens_once(stage: Stage) -> None:
    """Ten reveals at the same moment with one approval open one value."""
    asker, _, _ = await approved(stage)
    answers = await asyncio.gather(*(checked(stage, asker) for _ in range(10)), return_exceptions=True)
    opened = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert len(opened) == 1
    assert {answer.code for answer in answers if isinstance(answer, KeeperRefused)} <= {
        "approvals:used_up",
        "passengers:second_person_required",
        "passengers:step_up_required",
    }
    leaves = await stage.leaves("passengers:passport:revealed")
    assert sum(leaf["dec"] == "allow" for leaf in leaves) == 1


async def test_a_request_waits_a_day(stage: Stage) -> None:
    """After a day nobody approves it any more."""
    await stage.on_file("passport.number", PASSPORT)
    made = await ask(stage, await stage.stepped_up("compliance"))
    await colleague(stage, "compliance")
    stage.clock.pass_by(hours=24)
    token = await again(stage, "compliance")
    decided = stage.client.approve(token, request(), made.id, "approve")
    assert await refused(decided) == ("approvals:expired", 409)


async def test_an_approval_ends_after_half_an_hour(stage: Stage) -> None:
    """An approval that was not used in its time opens nothing."""
    await approved(stage)
    stage.clock.pass_by(minutes=30)
    late = await stage.stepped_up("compliance")
    assert await refused(checked(stage, late)) == ("passengers:second_person_required", 403)


@pytest.mark.parametrize(
    "change",
    ["update gate.account set disabled_at = now()", "update gate.account set role = 'finance'"],
)
async def test_an_approver_who_lost_the_role_has_not_approved(stage: Stage, change: str) -> None:
    """An approval stands as long as the person who gave it is what he was."""
    asker, _, _ = await approved(stage)
    await stage.owner.execute(f"{change} where email = 'second.compliance@example.test'")
    assert await refused(checked(stage, asker)) == ("passengers:second_person_required", 403)


async def test_an_approval_is_for_exactly_this(stage: Stage) -> None:
    """Another purpose, reference, document, field or person is not what was approved."""
    asker, approver, _ = await approved(stage)
    other = await stage.on_file("passport.number", "Y5RTBPFW5")
    await stage.on_file("visa.number", "V1234567")
    trip = request()
    await add_leg(stage.owner, trip, stage.org, stage.mei)
    for changed in (
        {"purpose": "legal_hold"},
        {"reference": f"eu_{trip}"},
        {"row": other.row},
        {"field": "visa.number"},
    ):
        assert await refused(checked(stage, asker, **changed)) == ("passengers:second_person_required", 403)
    assert await refused(checked(stage, approver)) == ("passengers:second_person_required", 403)


async def test_declined_is_final(stage: Stage) -> None:
    """What a colleague declined opens nothing and cannot be approved afterwards; his words stay with the request."""
    await stage.on_file("passport.number", PASSPORT)
    asker, approver = await stage.stepped_up("compliance"), await colleague(stage, "compliance")
    made = await ask(stage, asker)
    answer = await stage.client.approve(approver, request(), made.id, "decline", "no such letter came")
    assert answer.state == "declined"
    decided = stage.client.approve(approver, request(), made.id, "approve")
    assert await refused(decided) == ("approvals:closed", 409)
    assert await refused(checked(stage, asker)) == ("passengers:second_person_required", 403)
    assert await stage.owner.fetchval("select words from gate.approval_vote") == "no such letter came"


async def test_withdrawn_opens_nothing(stage: Stage) -> None:
    """Whoever asked can take it back, before and after the approval; nobody else can."""
    asker, approver, approval = await approved(stage)
    taken = stage.client.withdraw_approval(approver, request(), approval)
    assert await refused(taken) == ("approvals:not_found", 404)
    assert (await stage.client.withdraw_approval(asker, request(), approval)).state == "withdrawn"
    assert await refused(checked(stage, asker)) == ("passengers:second_person_required", 403)


async def test_asking_is_refused_in_the_order_of_the_matrix(stage: Stage) -> None:
    """Nobody gets others to approve what his role could not open with their approval; each refusal is an entry."""
    await stage.on_file("passport.number", PASSPORT)
    compliance, operations = await stage.sign_in("compliance"), await stage.sign_in("operations")
    flight = {"purpose": "border_filing"}
    glass = {"kind": "break_glass", "purpose": "border_filing"}
    cases: list[tuple[str, dict[str, Any], str]] = [
        (compliance, flight, "passengers:purpose_not_allowed"),
        (compliance, {"reference": f"eu_{stage.mei}"}, "passengers:outside_window"),
        (
            compliance,
            {"items": [ApprovalItem(stage.mei, "visa.number")]},
            "passengers:nothing_on_file",
        ),
        (compliance, {"items": [ApprovalItem(request(), "passport.number")]}, "passengers:not_found"),
        (operations, flight, "approvals:not_needed"),
        (operations, glass, "approvals:not_needed"),
        (compliance, glass, "passengers:purpose_not_allowed"),
        (await stage.sign_in("traveller"), {"purpose": "own_record"}, "passengers:outside_window"),
        (await stage.sign_in("auditor"), {}, "passengers:purpose_not_allowed"),
    ]
    for token, asked, code in cases:
        assert (await refused(ask(stage, token, **asked)))[0] == code
    leaves = await stage.leaves("approvals:request:made")
    assert [leaf["document"]["refusal"] for leaf in leaves] == [code for _, _, code in cases]
    assert await stage.owner.fetchval("select count(*) from gate.approval_request") == 0


async def test_what_no_form_sends_is_refused(stage: Stage) -> None:
    """A kind, purpose or layout of no list, no item, or no reason is 422 and writes nothing down."""
    token = await stage.sign_in("compliance")
    cases: list[dict[str, Any]] = [
        {"kind": "shortcut"},
        {"reason": "  "},
        {"layout": "xlsx"},
        {"kind": "export", "layout": "pdf"},
        {"purpose": "curiosity"},
        {"items": []},
    ]
    for asked in cases:
        assert (await refused(ask(stage, token, **asked)))[1] == 422, asked
    assert await stage.leaves("approvals:request:made") == []


async def test_open_requests_are_bounded(stage: Stage) -> None:
    """One person has at most twenty requests waiting."""
    await stage.on_file("passport.number", PASSPORT)
    asker = await stage.sign_in("compliance")
    await asyncio.gather(*(ask(stage, asker) for _ in range(20)))
    assert await refused(ask(stage, asker)) == ("approvals:too_many_open", 429)
