"""Shredding: two people, nothing opens afterwards, a certificate anyone can check, and no way back by a backup."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
import uuid_utils.compat as uuids

from audit.__main__ import main as audit
from audit.certificate import CertificateRefused, check_certificate
from audit.entry import dek_pseudonym, subject_pseudonym
from audit.note import NoteRefused, parse_vkey
from security.keeper import shred
from security.keeper.client import KeeperRefused, SealItem
from security.vault.custody import Custody
from security.vault.envelope import dek_id_of
from tests.security.keeper.keys import ended, key_store, shredded
from tests.security.keeper.stage import PASSPORT, PASSWORD, Stage, keeper, ready, request, staged


async def _on_file(stage: Stage) -> list[bytes]:
    """Store a passport with its mask, a card, an account and a birth date; returns the envelopes."""
    values = {
        "passport.number": PASSPORT,
        "card.number": "4111111111111111",
        "iban": "NL91ABNA0417164300",
        "birth_date": "1990-02-28",
    }
    sealed = [await stage.on_file(field, value) for field, value in values.items()]
    await stage.owner.execute(
        "insert into document_mask select id, passenger_id, org_id, '******FW4' from travel_document"
    )
    return [one.envelope for one in sealed]


async def _certificate(stage: Stage, job) -> str:
    return await stage.client.certificate(await stage.sign_in("compliance"), request(), job)


async def _left(stage: Stage) -> int:
    """Count what is sealed of the first passenger, and its masks."""
    return await stage.owner.fetchval(
        "select (select count(*) from gate_sealed where subject_id = $1 and envelope is not null)"
        " + (select count(*) from document_mask where passenger_id = $1)",
        stage.mei,
    )


async def test_a_shredded_subject_has_no_key_no_value_and_no_mask(stage: Stage) -> None:
    """Keys, values and masks are gone, a stranger's stay, and a reveal finds nothing on file."""
    envelopes = await _on_file(stage)
    other = await stage.client.seal(
        (await stage.client.sign_in("booker@example.test", PASSWORD, "", "")).token,
        request(),
        uuids.uuid7(),
        stage.org,
        [SealItem("passport.number", uuids.uuid7(), PASSPORT)],
    )
    await shredded(stage, stage.mei)
    assert await _left(stage) == 0
    async with key_store(stage) as store:
        kept = {row["id"] for row in await store.fetch("select id from subject_key")}
    assert kept == {dek_id_of(other[0].envelope)}
    assert not kept & {dek_id_of(envelope) for envelope in envelopes}
    with pytest.raises(KeeperRefused) as refused:
        await stage.reveal(await stage.stepped_up("operations"))
    assert refused.value.code == "passengers:nothing_on_file"


async def test_an_envelope_that_was_copied_away_opens_nowhere_again(stage: Stage) -> None:
    """Put back into its own row after the shredding, an envelope from before stays closed for ever."""
    sealed = await stage.on_file("passport.number", PASSPORT)
    await shredded(stage, stage.mei)
    await stage.owner.execute("update travel_document set number = $1", sealed.envelope)
    with pytest.raises(KeeperRefused) as refused:
        await stage.reveal(await stage.stepped_up("operations"))
    assert refused.value.code == "security:envelope_refused"


async def test_nothing_is_sealed_for_who_was_shredded(stage: Stage) -> None:
    """A subject that was shredded gets no key again."""
    await stage.on_file("passport.number", PASSPORT)
    await shredded(stage, stage.mei)
    with pytest.raises(KeeperRefused) as refused:
        await stage.seal("passport.number", PASSPORT)
    assert (refused.value.code, refused.value.status) == ("passengers:shredded", 410)


async def test_shredding_takes_two_people(stage: Stage) -> None:
    """Who asked cannot approve, others may not even ask, and until the second person comes nothing happens."""
    await _on_file(stage)
    token = await stage.stepped_up("administrator")
    job = await stage.client.ask_shred(token, request(), stage.mei)
    with pytest.raises(KeeperRefused) as refused:
        await stage.client.approve_shred(token, request(), job)
    assert refused.value.code == "security:own_request"
    for role in ("operations", "booker", "traveller", "auditor"):
        with pytest.raises(KeeperRefused) as refused:
            await stage.client.approve_shred(await stage.stepped_up(role), request(), job)
        assert refused.value.code == "security:not_an_operator"
        with pytest.raises(KeeperRefused) as refused:
            await stage.client.ask_shred(await stage.stepped_up(role), request(), stage.stranger)
        assert refused.value.code == "security:not_an_operator"
    with pytest.raises(KeeperRefused) as refused:
        await stage.client.approve_shred(await stage.sign_in("compliance"), request(), job)
    assert refused.value.code == "passengers:step_up_required"
    assert await _left(stage) == 5
    denied = [leaf for leaf in await stage.leaves("security:shred:approved") if leaf["dec"] == "deny"]
    assert [leaf["document"]["refusal"] for leaf in denied] == [
        "security:own_request",
        *["security:not_an_operator"] * 4,
        "passengers:step_up_required",
    ]


async def test_a_request_can_be_taken_back_and_ends_by_itself(stage: Stage) -> None:
    """What was withdrawn or has waited a week cannot be approved any more, and may be asked for anew."""
    await _on_file(stage)
    second = await stage.stepped_up("administrator")
    first = await stage.stepped_up("compliance")
    job = await stage.client.ask_shred(first, request(), stage.mei)
    with pytest.raises(KeeperRefused) as refused:
        await stage.client.ask_shred(first, request(), stage.mei)
    assert refused.value.code == "security:key_job_under_way"
    await stage.client.withdraw_shred(first, request(), job)
    with pytest.raises(KeeperRefused) as refused:
        await stage.client.approve_shred(second, request(), job)
    assert refused.value.code == "security:key_job_not_found"
    job = await stage.client.ask_shred(first, request(), stage.mei)
    stage.clock.pass_by(days=7)
    with pytest.raises(KeeperRefused) as refused:
        await stage.client.approve_shred(await stage.stepped_up("administrator"), request(), job)
    assert refused.value.code == "security:key_job_not_found"
    assert await _left(stage) == 5


async def test_the_ledger_names_the_keys_and_the_certificate_proves_it(
    stage: Stage, tmp_path: Path, capsys
) -> None:
    """Each destroyed key is an entry; the certificate names all of them, and `python -m audit` finds it whole."""
    envelopes = await _on_file(stage)
    job = await shredded(stage, stage.mei)
    custody = Custody.open(stage.settings.custodian, "eu")
    keys = {dek_pseudonym(custody.link_key, dek_id_of(envelope)) for envelope in envelopes}
    assert {leaf["dek"] for leaf in await stage.leaves("security:key:shredded")} == keys
    (leaf,) = await stage.leaves("security:subject:shredded")
    assert leaf["sub"] == subject_pseudonym(custody.link_key, stage.mei)
    text = await _certificate(stage, job)
    assert str(stage.mei) not in text
    found = check_certificate(text, None)
    assert set(found.document["keys"].split()) == keys
    assert json.loads(found.document["values"]) == dict.fromkeys(
        ("birth_date", "card.number", "iban", "passport.number"), 1
    )
    assert found.document["approved"] != found.document["asked"]
    (tmp_path / "certificate.json").write_text(text)
    assert audit(["verify", str(tmp_path / "certificate.json")]) == 0
    assert "whole: an erasure" in capsys.readouterr().out


async def test_a_changed_certificate_proves_nothing(stage: Stage, tmp_path: Path, capsys) -> None:
    """A key struck off, another entry's proof, another signer: each is found."""
    await _on_file(stage)
    text = await _certificate(stage, await shredded(stage, stage.mei))
    members = json.loads(text)
    fewer = members | {"document": members["document"] | {"keys": members["document"]["keys"].split()[0]}}
    other = members | {"proof": "none"}
    for spoiled in (fewer, members | {"more": 1}, members | {"document": {}}):
        with pytest.raises(CertificateRefused):
            check_certificate(json.dumps(spoiled), None)
    opened = (await stage.leaves("audit:log:opened"))[0]["document"]["vkey"]
    own = parse_vkey(opened)
    assert check_certificate(text, [own]).index > 0
    with pytest.raises(NoteRefused):
        check_certificate(text, [replace(own, public=bytes(32))])
    (tmp_path / "c.json").write_text(json.dumps(other))
    assert audit(["verify", str(tmp_path / "c.json")]) == 1
    assert "does not prove" in capsys.readouterr().out


@pytest.mark.parametrize("step", ["forget", "blank", "state_key_deed", "format_certificate"])
async def test_a_crash_anywhere_is_made_good(stage: Stage, monkeypatch, step: str) -> None:
    """Wherever a keeper ends amid a shredding, the next one finishes it, with the same keys in the certificate."""
    envelopes = await _on_file(stage)
    reached = asyncio.Event()

    async def stuck(*_, **__):
        reached.set()
        await asyncio.sleep(3600)

    def broken(*_):
        reached.set()
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(shred, step, broken if step == "format_certificate" else stuck)
        job = await stage.client.ask_shred(await stage.stepped_up("compliance"), request(), stage.mei)
        await stage.client.approve_shred(await stage.stepped_up("administrator"), request(), job)
        await reached.wait()
        stage.stop.set()
        while stage.settings.socket.exists():
            await asyncio.sleep(0.01)
    async with keeper(stage.settings, stage.clock) as (client, _):
        await ready(client)
        stage.client = client
        assert (await ended(stage, job)).state == "done"
        found = check_certificate(await _certificate(stage, job), None)
    custody = Custody.open(stage.settings.custodian, "eu")
    keys = {dek_pseudonym(custody.link_key, dek_id_of(envelope)) for envelope in envelopes}
    assert set(found.document["keys"].split()) == keys
    assert json.loads(found.document["values"])["passport.number"] == 1
    assert await _left(stage) == 0


async def test_a_keeper_takes_away_again_what_a_backup_brought_back(stage: Stage) -> None:
    """Keys and values put back behind its back are gone again before the next keeper serves."""
    await _on_file(stage)
    async with key_store(stage) as store:
        keys = await store.fetch("select id, subject_id, class, kek_id, dek from subject_key")
        number = await stage.owner.fetchval("select number from travel_document")
        await shredded(stage, stage.mei)
        stage.stop.set()
        while stage.settings.socket.exists():
            await asyncio.sleep(0.01)
        await store.execute("update subject set shredded_at = null")
        await store.executemany(
            "insert into subject_key (id, subject_id, class, kek_id, dek) values ($1, $2, $3, $4, $5)",
            [tuple(row.values()) for row in keys],
        )
        await stage.owner.execute("update travel_document set number = $1", number)
        async with keeper(stage.settings, stage.clock) as (client, _):
            await ready(client)
            assert await store.fetchval("select count(*) from subject_key") == 0
            assert await _left(stage) == 0
            stage.client = client
            with pytest.raises(KeeperRefused):
                await stage.seal("passport.number", PASSPORT)


async def test_without_a_list_outside_the_backups_nobody_is_shredded(cell_db) -> None:
    """A keeper that has nowhere to remember whom it shredded refuses to."""
    async with staged(cell_db, erasures=None) as bare:
        await bare.on_file("passport.number", PASSPORT)
        with pytest.raises(KeeperRefused) as refused:
            await bare.client.ask_shred(await bare.stepped_up("compliance"), request(), bare.mei)
        assert refused.value.code == "security:erasures_not_configured"


async def test_a_damaged_list_keeps_the_keeper_from_serving(stage: Stage) -> None:
    """If the list of the erased cannot be read nothing is served, for somebody might have come back."""
    await stage.on_file("passport.number", PASSPORT)
    await shredded(stage, stage.mei)
    stage.stop.set()
    while stage.settings.socket.exists():
        await asyncio.sleep(0.01)
    file = stage.settings.erasures / "erasures.jsonl"
    file.write_bytes(file.read_bytes()[:-20])
    async with keeper(stage.settings, stage.clock) as (client, _):
        await asyncio.sleep(0.5)
        assert not (await client.status()).ready


async def test_web_may_neither_erase_nor_reseal(stage: Stage) -> None:
    """The functions that blank and replace sealed values are the keeper's alone."""
    for role in ("wx_web", "wx_worker"):
        connection = await asyncpg.connect(stage.db.dsn(role))
        try:
            for call in ("gate_erase($1)", "gate_reseal('passenger', 'birth_date', $1, '', '')"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    await connection.fetch(f"select {call}", stage.mei)
        finally:
            await connection.close()
