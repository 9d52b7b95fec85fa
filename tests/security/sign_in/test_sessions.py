"""Sessions end: this one, another of one's own, all of them, and by themselves."""

import pytest
import uuid_utils.compat as uuids

from security.keeper.client import KeeperRefused
from tests.security.keeper.stage import Stage, request


async def is_live(stage: Stage, token: str) -> bool:
    """Ask something that any session may ask."""
    try:
        await stage.client.trail(token, request(), None, 1)
    except KeeperRefused as refused:
        return refused.code != "security:not_signed_in"
    return True


async def test_signing_out_ends_this_session_alone(stage: Stage) -> None:
    """After signing out the token is nobody's, another session of the person lives, and it is an entry."""
    here, there = await stage.sign_in("sales"), await stage.sign_in("sales")
    await stage.client.sign_out(here, request())
    assert [await is_live(stage, token) for token in (here, there)] == [False, True]
    assert len(await stage.leaves("security:session:closed")) == 1
    with pytest.raises(KeeperRefused, match="security:not_signed_in"):
        await stage.client.sign_out(here, request())


async def test_one_can_end_another_session_of_ones_own(stage: Stage) -> None:
    """A session chosen from one's own list ends, and cannot be ended twice."""
    here = await stage.sign_in("sales")
    there = await stage.client.sign_in(
        "sales@example.test", "a long enough invented sentence", "Phone", "192.0.2.7"
    )
    other = await stage.owner.fetchval("select id from gate.session where device = 'Phone'")
    await stage.client.end_session(here, request(), other)
    assert [await is_live(stage, token) for token in (here, there.token)] == [True, False]
    with pytest.raises(KeeperRefused, match="security:session_not_found"):
        await stage.client.end_session(here, request(), other)


async def test_nobody_ends_somebody_elses_session(stage: Stage) -> None:
    """Another person's session and one that is nowhere are equally not found, and live on."""
    token, other = await stage.sign_in("sales"), await stage.sign_in("finance")
    theirs = await stage.owner.fetchval(
        "select s.id from gate.session s join gate.account a on a.id = s.account_id where a.role = 'finance'"
    )
    for session in (theirs, uuids.uuid7()):
        with pytest.raises(KeeperRefused) as refused:
            await stage.client.end_session(token, request(), session)
        assert (refused.value.code, refused.value.status) == ("security:session_not_found", 404)
    assert await is_live(stage, other)


async def test_signing_out_everywhere_ends_all_of_ones_own(stage: Stage) -> None:
    """All three sessions end, nobody else's does, and one entry says how many."""
    tokens = [await stage.sign_in("sales") for _ in range(3)]
    other = await stage.sign_in("finance")
    await stage.client.sign_out_everywhere(tokens[1], request())
    assert [await is_live(stage, token) for token in (*tokens, other)] == [False, False, False, True]
    (leaf,) = await stage.leaves("security:sessions:closed")
    assert leaf["document"] == {"count": "3"}


async def test_a_session_ends_by_itself(stage: Stage) -> None:
    """A session lives for twelve hours and not one second more."""
    token = await stage.sign_in("sales")
    stage.clock.pass_by(hours=12, seconds=-1)
    assert await is_live(stage, token)
    stage.clock.pass_by(seconds=1)
    assert not await is_live(stage, token)
