"""Sealing a subject anew: new keys, the same values, and whoever edits meanwhile wins."""

import asyncio

import pytest
import uuid_utils.compat as uuids

from security.keeper import reseal
from security.keeper.client import KeeperRefused, SealItem
from security.keeper.subject_keys import SubjectKey
from security.vault.custody import Custody
from security.vault.envelope import Context, dek_id_of, open_envelope
from tests.security.keeper.keys import ended, key_store, seen
from tests.security.keeper.stage import PASSPORT, Stage, keeper, ready, request

OTHER = "X4RTBPFW9"


async def _keys(stage: Stage) -> dict[str, set]:
    """Return the ids of the first passenger's keys, those in use and the retired ones."""
    async with key_store(stage) as store:
        rows = await store.fetch("select id, retired_at from subject_key where subject_id = $1", stage.mei)
    return {
        "used": {row["id"] for row in rows if row["retired_at"] is None},
        "retired": {row["id"] for row in rows if row["retired_at"] is not None},
    }


async def _under(stage: Stage) -> set:
    """Return the ids of the keys under which the first passenger's values are sealed."""
    rows = await stage.owner.fetch(
        "select envelope from gate_sealed where subject_id = $1 and envelope is not null", stage.mei
    )
    return {dek_id_of(row["envelope"]) for row in rows}


async def _resealed(stage: Stage):
    token = await stage.stepped_up("administrator")
    return await ended(stage, await stage.client.reseal_subject(token, request(), stage.mei))


async def test_every_value_is_under_a_new_key_and_opens(stage: Stage) -> None:
    """All values of the subject lie under new keys afterwards, open as before, and the old keys end in time."""
    await stage.on_file("passport.number", PASSPORT)
    await stage.on_file("iban", "NL91ABNA0417164300")
    before = await _keys(stage)
    job = await _resealed(stage)
    assert (job.state, job.done) == ("done", 2)
    after = await _keys(stage)
    assert after["retired"] == before["used"]
    assert await _under(stage) == after["used"]
    assert not after["used"] & before["used"]
    assert (await stage.reveal(await stage.stepped_up("operations"))).value
    stage.clock.pass_by(minutes=11)
    await _look(stage)
    assert await _keys(stage) == {"used": after["used"], "retired": set()}
    (leaf,) = await stage.leaves("security:subject:resealed")
    assert (leaf["document"]["count"], len(leaf["document"]["old"].split())) == ("2", 2)


async def _look(stage: Stage) -> None:
    token = await stage.stepped_up("administrator")
    await ended(stage, await stage.client.rewrap_keys(token, request()))


async def test_an_edit_meanwhile_wins(stage: Stage, monkeypatch) -> None:
    """A value stored between the opening and the putting back stays, and so does its own key."""
    sealed = await stage.on_file("passport.number", PASSPORT)
    edited = await stage.seal("passport.number", OTHER, row=sealed.row)
    put, edits = reseal._put, iter([edited.envelope])

    async def after_an_edit(held, row, keys):
        for envelope in edits:
            await stage.owner.execute("update travel_document set number = $1", envelope)
        return await put(held, row, keys)

    monkeypatch.setattr(reseal, "_put", after_an_edit)
    assert (await _resealed(stage)).state == "done"
    assert await _under(stage) == (await _keys(stage))["used"]
    envelope = await stage.owner.fetchval("select number from travel_document")
    assert envelope not in (sealed.envelope, edited.envelope)
    assert await _value(stage, envelope, sealed.row) == OTHER


async def _value(stage: Stage, envelope: bytes, row) -> str:
    custody = Custody.open(stage.settings.custodian, "eu")
    async with key_store(stage) as store:
        key = await store.fetchrow(
            "select id, kek_id, dek from subject_key where id = $1", dek_id_of(envelope)
        )
    dek = SubjectKey(*key.values()).unwrap(custody)
    return open_envelope(envelope, dek=dek, context=Context("eu", "travel_document", "number", row)).decode()


async def test_a_value_sealed_before_and_stored_after_is_not_lost(stage: Stage) -> None:
    """What web held in its hands while the subject was sealed anew is sealed anew later, before its key ends."""
    await stage.on_file("passport.number", PASSPORT)
    late = await stage.seal("iban", "NL91ABNA0417164300")
    await stage.on_file("card.number", "4111111111111111")
    await _resealed(stage)
    await stage.store(late, stage.mei)
    assert dek_id_of(late.envelope) in (await _keys(stage))["retired"]
    stage.clock.pass_by(minutes=11)
    await _look(stage)
    keys = await _keys(stage)
    assert keys["retired"] == set()
    assert await _under(stage) == keys["used"]


async def test_a_key_that_a_row_still_needs_stays(stage: Stage) -> None:
    """A retired key is kept as long as any row carries its id, be it in a format that is not sealed anew."""
    sealed = await stage.on_file("passport.number", PASSPORT)
    await _resealed(stage)
    scan = b"\xc6\x01\x01\x01" + sealed.envelope[4:20] + bytes(68)
    await stage.owner.execute("update travel_document set number = $1", scan)
    stage.clock.pass_by(minutes=11)
    await _look(stage)
    assert (await _keys(stage))["retired"] == {dek_id_of(sealed.envelope)}


async def test_a_crash_amid_is_made_good(stage: Stage, monkeypatch) -> None:
    """A keeper that ends between two values leaves both readable, and the next one finishes with the same keys."""
    await stage.on_file("passport.number", PASSPORT)
    await stage.on_file("passport.number", OTHER)
    real, count = reseal._put, 0

    async def dying(*parts):
        nonlocal count
        count += 1
        if count > 1:
            await asyncio.sleep(3600)
        return await real(*parts)

    with monkeypatch.context() as patch:
        patch.setattr(reseal, "_put", dying)
        token = await stage.stepped_up("administrator")
        job = await stage.client.reseal_subject(token, request(), stage.mei)
        while count < 2:
            await asyncio.sleep(0.01)
        stage.stop.set()
        while stage.settings.socket.exists():
            await asyncio.sleep(0.01)
    keys = await _keys(stage)
    assert await _under(stage) == keys["used"] | keys["retired"]
    async with keeper(stage.settings, stage.clock) as (client, _):
        await ready(client)
        stage.client = client
        assert (await ended(stage, job)).state == "done"
    assert (await _keys(stage))["used"] == keys["used"] == await _under(stage)


async def test_only_an_administrator_seals_anew(stage: Stage) -> None:
    """Another role is refused by an entry about the subject, and an unknown subject is not found."""
    await stage.on_file("passport.number", PASSPORT)
    for role in ("compliance", "operations"):
        with pytest.raises(KeeperRefused) as refused:
            await stage.client.reseal_subject(await stage.stepped_up(role), request(), stage.mei)
        assert refused.value.code == "security:not_an_operator"
    assert {leaf["dec"] for leaf in await stage.leaves("security:reseal:asked")} == {"deny"}
    with pytest.raises(KeeperRefused) as refused:
        await stage.client.reseal_subject(await stage.stepped_up("administrator"), request(), uuids.uuid7())
    assert refused.value.code == "passengers:not_found"


async def test_other_subjects_are_not_touched(stage: Stage) -> None:
    """Sealing one subject anew leaves another's keys and envelopes as they are."""
    await stage.on_file("passport.number", PASSPORT)
    stranger = uuids.uuid7()
    item = SealItem("passport.number", uuids.uuid7(), PASSPORT)
    await stage.client.seal(await stage.sign_in("booker"), request(), stranger, stage.org, [item])
    async with key_store(stage) as store:
        query = "select id, dek, retired_at from subject_key where subject_id = $1"
        before = await store.fetch(query, stranger)
        await _resealed(stage)
        assert await store.fetch(query, stranger) == before
    assert [job.kind for job in (await seen(stage)).jobs] == ["reseal"]
