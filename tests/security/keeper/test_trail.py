"""Who looked at me: what a passenger can read of the ledger."""

import asyncio
import json
from typing import Any

import asyncpg
import pytest
import uuid_utils.compat as uuids

from security.keeper.client import KeeperRefused
from tests.security.keeper.stage import PASSPORT, Stage, request


async def acts(stage: Stage, token: str, **asked: Any) -> list[str]:
    """Read the kinds of the entries that the caller sees, newest first."""
    usual = {"request": request(), "before": None, "limit": 50}
    return [
        json.loads(item.leaf)["act"] for item in (await stage.client.trail(token, **(usual | asked))).items
    ]


async def test_a_traveller_sees_entries_and_list_views_of_the_own_passenger(stage: Stage) -> None:
    """Seals, refused reveals and lists with the passenger on them are shown, newest first; no others."""
    await stage.on_file("passport.number", PASSPORT)
    with pytest.raises(KeeperRefused):
        await stage.reveal(await stage.sign_in("sales"))
    with pytest.raises(KeeperRefused):
        await stage.reveal(await stage.sign_in("sales"), subject=stage.stranger)
    web = await asyncpg.connect(stage.db.dsn("wx_web"))
    try:
        for members in ([stage.stranger, stage.mei], [stage.stranger]):
            await web.execute(
                "insert into ledger_pending (kind, decision, who, role, request, members)"
                " values ('passengers:list:viewed', 'allow', 'st_1', 'sales', $1, $2)",
                request(),
                members,
            )
        async with asyncio.timeout(10):
            while await stage.owner.fetchval("select count(*) from ledger_pending"):
                await stage.client.status()
    finally:
        await web.close()
    seen = await acts(stage, await stage.sign_in("traveller"))
    assert seen == [
        "trail:own:viewed",
        "passengers:list:viewed",
        "passengers:passport:revealed",
        "passengers:passport:sealed",
    ]


async def test_reading_is_recorded_once_a_minute(stage: Stage) -> None:
    """Looking three times within a minute is one entry, a minute later another."""
    token = await stage.sign_in("traveller")
    for _ in range(3):
        assert await acts(stage, token) == ["trail:own:viewed"]
    stage.clock.pass_by(seconds=60)
    assert await acts(stage, token) == ["trail:own:viewed"] * 2


async def test_pages_follow_each_other_without_gap(stage: Stage) -> None:
    """With two to a page every entry is shown once, and the last page says that there is no more."""
    for _ in range(4):
        await stage.seal("visa.number", "V1")
    token = await stage.sign_in("traveller")
    seen, before = [], None
    for _ in range(3):
        page = await stage.client.trail(token, request(), before, 2)
        seen += [item.index for item in page.items]
        before = page.next
    assert (len(seen), before) == (5, None)
    assert seen == sorted(set(seen), reverse=True)


async def test_who_is_no_passenger_has_no_trail(stage: Stage) -> None:
    """A booker and an auditor see nothing and leave no entry of it."""
    for role in ("booker", "auditor"):
        assert await acts(stage, await stage.sign_in(role)) == []
    assert await stage.leaves("trail:own:viewed") == []


async def test_odd_pages_are_refused_or_empty(stage: Stage) -> None:
    """A limit of none or too many is malformed; an index before the first gives nothing."""
    token = await stage.sign_in("traveller")
    for limit in (0, 101, -1):
        with pytest.raises(KeeperRefused, match="security:malformed_request"):
            await stage.client.trail(token, request(), None, limit)
    assert await acts(stage, token, before=-5) == []
    assert await acts(stage, token, before=2**62) == ["trail:own:viewed"]
    with pytest.raises(KeeperRefused, match="security:not_signed_in"):
        await stage.client.trail(str(uuids.uuid7()), request(), None, 5)
