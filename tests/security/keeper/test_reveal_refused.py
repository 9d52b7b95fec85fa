"""What is refused, in which order, and that every refusal is an entry."""

from datetime import timedelta

import pytest
import uuid_utils.compat as uuids

from security.keeper.client import KeeperRefused
from security.vault.door import DOOR
from tests.security.keeper.stage import HOUR, NOON, PASSPORT, Stage, add_leg

WEEKS = timedelta(days=14)


async def refusal(stage: Stage, token: str, **asked: object) -> tuple[str, int]:
    """Ask for what must be refused."""
    with pytest.raises(KeeperRefused) as refused:
        await stage.reveal(token, **asked)
    return refused.value.code, refused.value.status


async def test_refusals_come_in_the_order_of_the_matrix(stage: Stage) -> None:
    """Each hurdle is named only once those before it are passed: purpose, window, step-up, stored."""
    token = await stage.sign_in("operations")
    nowhere = str(uuids.uuid7())
    assert await refusal(stage, token, purpose="refund", reference=nowhere) == (
        "passengers:purpose_not_allowed",
        403,
    )
    assert await refusal(stage, token, reference=nowhere) == ("passengers:outside_window", 403)
    assert await refusal(stage, token) == ("passengers:step_up_required", 403)
    stepped_up = await stage.stepped_up("operations")
    assert await refusal(stage, stepped_up) == ("passengers:nothing_on_file", 404)


async def test_compliance_needs_a_second_person(stage: Stage) -> None:
    """With a known reference compliance is asked for a second person, even after stepping up."""
    await stage.on_file("passport.number", PASSPORT)
    token = await stage.stepped_up("compliance")
    nowhere = str(uuids.uuid7())
    assert await refusal(stage, token, purpose="legal_hold", reference=nowhere) == (
        "passengers:outside_window",
        403,
    )
    assert await refusal(stage, token, purpose="legal_hold") == ("passengers:second_person_required", 403)


async def test_a_refusal_is_an_entry_of_the_same_kind(stage: Stage) -> None:
    """The ledger keeps who was refused what, for which purpose and with which code; no key, no tier."""
    code, _ = await refusal(stage, await stage.sign_in("sales"))
    (leaf,) = await stage.leaves("passengers:passport:revealed")
    assert (leaf["dec"], leaf["role"], leaf["why"]) == ("deny", "sales", "border_filing")
    assert leaf["document"] == {"refusal": code}
    assert "dek" not in leaf
    assert "tier" not in leaf


async def test_a_role_without_a_purpose_is_refused(stage: Stage) -> None:
    """Nobody whom the matrix gives no purpose opens a stored passport."""
    await stage.on_file("passport.number", PASSPORT)
    for role in ("sales", "service_agent", "finance", "auditor", "administrator", "booker", "client_admin"):
        token = await stage.stepped_up(role)
        assert await refusal(stage, token) == ("passengers:purpose_not_allowed", 403)


async def test_another_organisations_passenger_is_not_found(stage: Stage) -> None:
    """To a client another organisation's passenger and one that is nowhere look the same."""
    for role in ("traveller", "booker", "client_admin"):
        token = await stage.stepped_up(role)
        for subject in (stage.stranger, uuids.uuid7()):
            answer = await refusal(
                stage, token, subject=subject, purpose="own_record", reference=str(subject)
            )
            assert answer == ("passengers:not_found", 404)


async def test_nobody_learns_of_passengers_by_a_role_without_them(stage: Stage) -> None:
    """An auditor is told the same of a passenger that exists and one that does not."""
    token = await stage.sign_in("auditor")
    for subject in (stage.mei, uuids.uuid7()):
        assert await refusal(stage, token, subject=subject) == ("passengers:purpose_not_allowed", 403)


async def test_an_unknown_passenger_is_not_found_by_a_desk(stage: Stage) -> None:
    """An entitled desk role gets 404 for a passenger that is nowhere."""
    token = await stage.stepped_up("operations")
    assert await refusal(stage, token, subject=uuids.uuid7()) == ("passengers:not_found", 404)


async def test_an_unknown_field_or_purpose_is_no_entry(stage: Stage) -> None:
    """What is not in the closed lists is 422 and leaves no trace of what was typed, a NUL included."""
    token = await stage.sign_in("operations")
    assert await refusal(stage, token, field="passport\0") == ("passengers:unknown_field", 422)
    assert await refusal(stage, token, purpose="curiosity") == ("passengers:unknown_purpose", 422)
    assert await stage.leaves("passengers:passport:revealed") == []


async def test_the_window_is_exact(stage: Stage) -> None:
    """It opens 14 x 24 h before departure to 48 h after arrival, inclusive, of a confirmed or flown leg."""
    await stage.on_file("passport.number", PASSPORT)
    token = await stage.stepped_up("operations")
    second = timedelta(seconds=1)
    for departs, state, opens in (
        (NOON + WEEKS, "confirmed", True),
        (NOON + WEEKS + second, "confirmed", False),
        (NOON - 50 * HOUR, "flown", True),
        (NOON - 50 * HOUR - second, "flown", False),
        (NOON + HOUR, "draft", False),
        (NOON + HOUR, "cancelled", False),
    ):
        trip = uuids.uuid7()
        await add_leg(stage.owner, trip, stage.org, stage.mei, state=state, departs=departs)
        if opens:
            assert (await stage.reveal(token, reference=f"eu_{trip}")).value.reveal_to(DOOR) == PASSPORT
        else:
            answer = await refusal(stage, token, reference=f"eu_{trip}")
            assert answer == ("passengers:outside_window", 403)


async def test_a_trip_of_somebody_else_is_no_reference(stage: Stage) -> None:
    """A trip that does not carry this passenger opens nothing; nor does an odd spelling of one that does."""
    await stage.on_file("passport.number", PASSPORT)
    trip = uuids.uuid7()
    await add_leg(stage.owner, trip, stage.other_org, stage.stranger)
    token = await stage.stepped_up("operations")
    for reference in (
        f"eu_{trip}",
        f"cn_{stage.trip}",
        f"{{{stage.trip}}}",
        str(stage.trip).upper(),
        "\0",
        "",
    ):
        assert await refusal(stage, token, reference=reference) == ("passengers:outside_window", 403)


async def test_a_moved_or_foreign_envelope_does_not_open(stage: Stage) -> None:
    """An envelope moved to another row, or to another passenger's, gives an error and no value."""
    sealed = await stage.on_file("passport.number", PASSPORT)
    await stage.owner.execute("update travel_document set id = $1", uuids.uuid7())
    token = await stage.stepped_up("operations")
    assert await refusal(stage, token) == ("security:envelope_refused", 500)
    await stage.owner.execute(
        "update travel_document set id = $1, passenger_id = $2, org_id = $3",
        sealed.row,
        stage.stranger,
        stage.other_org,
    )
    trip = uuids.uuid7()
    await add_leg(stage.owner, trip, stage.other_org, stage.stranger)
    answer = await refusal(stage, token, subject=stage.stranger, reference=str(trip))
    assert answer == ("security:envelope_refused", 500)


async def test_an_ended_session_opens_nothing(stage: Stage) -> None:
    """After signing out, or when the account is disabled, a stepped-up token is nobody's."""
    await stage.on_file("passport.number", PASSPORT)
    token = await stage.stepped_up("operations")
    await stage.owner.execute("update gate.account set disabled_at = now() where role = 'operations'")
    assert await refusal(stage, token) == ("security:not_signed_in", 401)
