"""Epochs: turned while the house serves, every key rewrapped whatever happens, old ones destroyed in time."""

import asyncio
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
import uuid_utils.compat as uuids

from security.keeper import rewrap
from security.keeper.client import KeeperRefused, SealItem
from security.keeper.subject_keys import SubjectKey
from security.vault.custody import Custody
from security.vault.keys import new_key, wrap_dek
from tests.security.keeper.keys import ended, key_store, seen
from tests.security.keeper.stage import PASSPORT, PASSWORD, Stage, keeper, ready, request

MANY = 600


async def _filled(stage: Stage, count: int) -> dict[UUID, bytes]:
    """Store data keys of so many subjects under the epoch in force; returns them in the clear."""
    custody = Custody.open(stage.settings.custodian, "eu")
    deks = {uuids.uuid7(): new_key() for _ in range(count)}
    rows = [
        (
            dek_id,
            uuids.uuid7(),
            "document",
            custody.kek_id,
            wrap_dek(dek, dek_id=dek_id, kek=custody.kek, kek_id=custody.kek_id, region="eu"),
        )
        for dek_id, dek in deks.items()
    ]
    async with key_store(stage) as store:
        await store.executemany("insert into subject (id) values ($1)", [(row[1],) for row in rows])
        await store.executemany(
            "insert into subject_key (id, subject_id, class, kek_id, dek) values ($1, $2, $3, $4, $5)", rows
        )
    return deks


async def _opened(stage: Stage) -> dict[UUID, bytes]:
    """Open every data key there is by the custody on the disk."""
    custody = Custody.open(stage.settings.custodian, "eu")
    async with key_store(stage) as store:
        rows = await store.fetch("select id, kek_id, dek from subject_key")
    return {row["id"]: SubjectKey(*row.values()).unwrap(custody) for row in rows}


async def _of_old_epochs(stage: Stage) -> int:
    custody = Custody.open(stage.settings.custodian, "eu")
    async with key_store(stage) as store:
        return await store.fetchval("select count(*) from subject_key where kek_id <> $1", custody.kek_id)


async def test_a_new_epoch_rewraps_every_key_and_touches_no_value(stage: Stage) -> None:
    """After a rotation all data keys are the same ones under the new KEK, and values open as before."""
    deks = await _filled(stage, MANY)
    await stage.on_file("passport.number", PASSPORT)
    before = await stage.owner.fetchval("select number from travel_document")
    job = await ended(
        stage, await stage.client.rotate_keys(await stage.stepped_up("administrator"), request())
    )
    assert (job.state, job.done, job.total) == ("done", MANY + 1, MANY + 1)
    opened = await _opened(stage)
    assert {dek_id: opened[dek_id] for dek_id in deks} == deks
    assert await _of_old_epochs(stage) == 0
    assert await stage.owner.fetchval("select number from travel_document") == before
    assert (await stage.reveal(await stage.stepped_up("operations"))).value
    found = await seen(stage)
    assert [(one.epoch, one.counts) for one in found.epochs] == [(2, {"document": MANY + 1}), (1, {})]
    (leaf,) = await stage.leaves("security:keys:rewrapped")
    assert (leaf["role"], leaf["document"]["count"]) == ("administrator", str(MANY + 1))
    assert [leaf["document"]["epoch"] for leaf in await stage.leaves("security:keys:made")] == ["1", "2"]


async def test_no_key_is_unreadable_and_none_is_missed_while_all_is_rewrapped(stage: Stage) -> None:
    """Reveals and seals of new subjects during a rotation all succeed, and nothing is left of the old epoch."""
    await _filled(stage, MANY)
    await stage.on_file("passport.number", PASSPORT)
    booker, reader = await stage.sign_in("booker"), await stage.sign_in("operations")
    going = asyncio.Event()

    async def sealing() -> int:
        count = 0
        while not going.is_set():
            item = SealItem("passport.number", uuids.uuid7(), PASSPORT)
            await stage.client.seal(booker, request(), uuids.uuid7(), stage.org, [item])
            count += 1
        return count

    async def revealing() -> int:
        count = 0
        while not going.is_set():
            stage.clock.pass_by(seconds=10)
            await stage.client.step_up(reader, request(), PASSWORD)
            await stage.reveal(reader)
            count += 1
        return count

    tasks = [asyncio.create_task(one()) for one in (sealing, sealing, revealing)]
    job = await ended(
        stage, await stage.client.rotate_keys(await stage.stepped_up("administrator"), request())
    )
    going.set()
    counts = await asyncio.gather(*tasks)
    assert job.state == "done"
    assert all(counts)
    assert await _of_old_epochs(stage) == 0
    assert len(await _opened(stage)) == MANY + 1 + counts[0] + counts[1]


async def test_rewrapping_goes_on_where_a_crash_left_it(stage: Stage, monkeypatch) -> None:
    """A keeper that ends amid the job leaves every key readable, and the next one finishes without being asked."""
    deks = await _filled(stage, MANY)
    real, calls = rewrap._write, 0

    async def dying(*parts):
        nonlocal calls
        calls += 1
        if calls > 1:
            await asyncio.sleep(3600)
        await real(*parts)

    with monkeypatch.context() as patch:
        patch.setattr(rewrap, "_write", dying)
        await stage.client.rotate_keys(await stage.stepped_up("administrator"), request())
        while calls < 2:
            await asyncio.sleep(0.01)
        stage.stop.set()
        while stage.settings.socket.exists():
            await asyncio.sleep(0.01)
    left = await _of_old_epochs(stage)
    assert 0 < left < MANY
    assert await _opened(stage) == deks
    async with keeper(stage.settings, stage.clock) as (client, _):
        await ready(client)
        token = (await client.sign_in("administrator@example.test", PASSWORD, "", "")).token
        while (await client.keys(token, request())).jobs[0].state != "done":
            await asyncio.sleep(0.01)
    assert await _of_old_epochs(stage) == 0
    assert await _opened(stage) == deks


async def test_a_month_makes_an_epoch_and_the_backups_end_the_old_one(stage: Stage) -> None:
    """Epochs turn by themselves after thirty days; one that wraps nothing for fourteen is destroyed, not sooner."""
    await _filled(stage, 3)
    await seen(stage)
    stage.clock.pass_by(days=30)
    await _until_epochs(stage, [2, 1])
    stage.clock.pass_by(days=13, hours=23)
    await _look(stage)
    assert set(Custody.open(stage.settings.custodian, "eu").epochs.values()) == {1, 2}
    stage.clock.pass_by(hours=2)
    await _until(stage, lambda found: found.epochs[-1].destroyed_at is not None)
    assert set(Custody.open(stage.settings.custodian, "eu").epochs.values()) == {2}
    assert len(await _opened(stage)) == 3
    (leaf,) = await stage.leaves("security:keys:destroyed")
    assert (leaf["role"], leaf["document"]["epoch"]) == ("process", "1")


async def _look(stage: Stage) -> None:
    """Have the keeper look at what is due now, by giving it something to do."""
    await stage.client.step_up(token := await stage.sign_in("administrator"), request(), PASSWORD)
    await ended(stage, await stage.client.rewrap_keys(token, request()))


async def _until(stage: Stage, is_so) -> None:
    for _ in range(100):
        await _look(stage)
        if is_so(await seen(stage)):
            return
    raise TimeoutError


async def _until_epochs(stage: Stage, epochs: list[int]) -> None:
    await _until(stage, lambda found: [one.epoch for one in found.epochs] == epochs)


async def test_nothing_is_wrapped_by_an_epoch_that_ends(stage: Stage) -> None:
    """Once an epoch is closed the key store itself refuses any key wrapped by it, however late it comes."""
    async with asyncio.timeout(10):
        while not (await seen(stage)).epochs:  # noted behind the keeper's start
            await asyncio.sleep(0.01)
    async with key_store(stage) as store:
        await store.execute("update kek_epoch set closed_at = now()")
    with pytest.raises(asyncpg.PostgresError) as refused:
        await _filled(stage, 1)
    assert refused.value.sqlstate == "WX003"


async def test_a_damaged_key_is_counted_and_keeps_its_epoch(stage: Stage) -> None:
    """A key that does not open stays as it is, fails the job by a code, and its epoch is not destroyed."""
    await _filled(stage, 4)
    async with key_store(stage) as store:
        await store.execute(
            "update subject_key set dek = set_byte(dek, 120, get_byte(dek, 120) # 1)"
            " where id = (select max(id::text)::uuid from subject_key)"
        )
    job = await ended(
        stage, await stage.client.rotate_keys(await stage.stepped_up("administrator"), request())
    )
    assert (job.state, job.done, job.failed) == ("failed", 3, 1)
    assert job.failure == "security:envelope_refused"
    stage.clock.pass_by(days=20)
    await _look(stage)
    assert set(Custody.open(stage.settings.custodian, "eu").epochs.values()) == {1, 2}


@pytest.mark.parametrize("role", ["compliance", "auditor", "operations", "client_admin"])
async def test_only_an_administrator_turns_epochs(stage: Stage, role: str) -> None:
    """Any other role is refused, and the refusal is an entry; a step-up is needed as well."""
    with pytest.raises(KeeperRefused) as refused:
        await stage.client.rotate_keys(await stage.stepped_up(role), request())
    assert refused.value.code == "security:not_an_operator"
    (leaf,) = [one for one in await stage.leaves("security:keys:made") if one["dec"] == "deny"]
    assert (leaf["role"], leaf["document"]) == (role, {"refusal": "security:not_an_operator"})
    with pytest.raises(KeeperRefused) as refused:
        await stage.client.rotate_keys(await stage.sign_in("administrator"), request())
    assert refused.value.code == "passengers:step_up_required"
    assert Custody.open(stage.settings.custodian, "eu").epoch == 1


async def test_a_custodian_that_is_away_turns_nothing(stage: Stage) -> None:
    """If the new KEK cannot be kept, the refusal is a code and an entry, and the old epoch goes on."""
    await stage.on_file("passport.number", PASSPORT)
    folder = Path(stage.settings.custodian.removeprefix("file:"))
    (folder / "keyring.json").rename(folder / "away")
    with pytest.raises(KeeperRefused) as refused:
        await stage.client.rotate_keys(await stage.stepped_up("administrator"), request())
    assert refused.value.code == "security:custody_damaged"
    (folder / "away").rename(folder / "keyring.json")
    assert (await stage.reveal(await stage.stepped_up("operations"))).value
