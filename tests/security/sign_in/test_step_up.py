"""Stepping up: the password once more, for this session, a few minutes and a few uses."""

from datetime import timedelta

import pytest

from security.keeper.client import KeeperRefused
from tests.security.keeper.stage import PASSWORD, Stage, request


async def test_a_step_up_says_how_long_and_how_often(stage: Stage) -> None:
    """It lasts 300 seconds and ten uses, and is an entry."""
    stepped = await stage.client.step_up(await stage.sign_in("operations"), request(), PASSWORD)
    assert stepped.expires_at == stage.clock.at + timedelta(seconds=300)
    assert stepped.uses_left == 10
    (leaf,) = await stage.leaves("security:step-up:passed")
    assert (leaf["role"], leaf["dec"]) == ("operations", "allow")


async def test_uses_do_not_add_up(stage: Stage) -> None:
    """A second step-up takes the place of the first: uses do not add up."""
    token = await stage.sign_in("operations")
    for _ in range(2):
        await stage.client.step_up(token, request(), PASSWORD)
    assert await stage.owner.fetchval("select sum(max_uses) from gate.step_up") == 10


async def test_a_wrong_password_is_an_entry_and_five_hold_back(stage: Stage) -> None:
    """Five wrong passwords are refused and recorded; the sixth attempt must wait though it is right."""
    token = await stage.sign_in("operations")
    for _ in range(5):
        with pytest.raises(KeeperRefused) as refused:
            await stage.client.step_up(token, request(), "wrong")
        assert (refused.value.code, refused.value.status) == ("security:wrong_password", 403)
    for _ in range(3):
        with pytest.raises(KeeperRefused) as refused:
            await stage.client.step_up(token, request(), PASSWORD)
        assert refused.value.code == "security:too_many_attempts"
        assert refused.value.fields == {"retry_after": 900}
    assert len(await stage.leaves("security:step-up:refused")) == 6
    assert await stage.owner.fetchval("select count(*) from gate.step_up") == 0
    stage.clock.pass_by(seconds=900)
    await stage.client.step_up(token, request(), PASSWORD)


async def test_a_step_up_is_of_one_session_only(stage: Stage) -> None:
    """Another session of the same person is not stepped up by it."""
    await stage.on_file("passport.number", "X4RTBPFW4")
    await stage.stepped_up("operations")
    with pytest.raises(KeeperRefused, match="passengers:step_up_required"):
        await stage.reveal(await stage.sign_in("operations"))


async def test_without_a_session_nobody_steps_up(stage: Stage) -> None:
    """An unknown token is refused before any password is looked at."""
    with pytest.raises(KeeperRefused, match="security:not_signed_in"):
        await stage.client.step_up("no such token", request(), PASSWORD)
