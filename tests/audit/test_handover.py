"""Keys handed over in a running log: signed by whom, followed from outside, made good after a crash or a restore."""

import asyncio
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from audit import jcs, ledger
from audit.bundle import KEYS
from audit.catalogue import LOG_KEY_ANNOUNCED
from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.cosigning import Witness
from audit.entry import Facts
from audit.extract_check import check_extract
from audit.extracting import Wanted, make_extract
from audit.key_chain import announcement
from audit.ledger import Filter
from audit.note import NoteRefused, Signer, Signers, Verifier, parse_note, parse_vkey, verified_by
from audit.sequencer import Sequencer
from audit.verify import Trust, verify_bundle
from audit.witness import format_submission
from audit.witness_state import WitnessState
from portal.extracts.files import JsonTable
from tests.audit.running_log import SEED, Log, view

NAME = "waxwing.example/audit/eu"
NEXT = bytes([7]) * 32
OLD, NEW = (Signer.from_seed(NAME, seed).verifier() for seed in (SEED, NEXT))


def announced() -> Facts:
    """Return the facts of the announcement."""
    document = announcement(str(OLD), str(NEW))
    return Facts(kind=LOG_KEY_ANNOUNCED, who="ad_1", role="administrator", request=uuid7(), document=document)


async def signers(log: Log) -> list[bool]:
    """Say whether the old key and the new one signed the newest checkpoint."""
    async with log.connected("wx_admin") as connection:
        note = parse_note((await ledger.checkpoint(connection)).encode())
    known = []
    for key in (OLD, NEW):
        try:
            known.append(bool(verified_by(note, [key])))
        except NoteRefused:
            known.append(False)
    return known


async def handed_over(log: Log, made: Sequencer) -> None:
    """Announce the key, and have both sign."""
    await made.append(announced())
    await made.use_keys(SEED, NEXT)
    await log.record(view())
    await log.settled()
    assert await signers(log) == [True, True]


async def followed(log: Log, key: str) -> list[str]:
    """Export the log and name what somebody finds who trusts one key."""
    target = log.folder.parent / f"{uuid7()}.zip"
    async with log.connected("wx_admin") as connection, connection.transaction(isolation="repeatable_read"):
        await ledger.export(connection, target)
    return list(verify_bundle(target, Trust((parse_vkey(key),))).findings.first)


async def test_a_key_is_handed_over_while_the_log_runs(log: Log) -> None:
    """Old, then both, then the new one alone sign; whoever trusts the old one follows, at each moment."""
    async with log.running() as made:
        await log.record(view(), view())
        await log.settled()
        await made.append(announced())
        assert await signers(log) == [True, False]
        assert await followed(log, str(OLD)) == []
        await made.use_keys(SEED, NEXT)
        assert await followed(log, str(OLD)) == []
        await log.record(view())
        await log.settled()
        assert (await signers(log), made.vkey) == ([True, True], str(NEW))
        assert await followed(log, str(OLD)) == []
        await made.use_keys(NEXT, None)
        await log.record(view())
        await log.settled()
        assert await signers(log) == [False, True]
        assert await followed(log, str(OLD)) == []
        assert await followed(log, str(NEW)) == []
    async with log.running(log.sequencer(signing_seed=NEXT)):
        assert await followed(log, str(OLD)) == []


async def extracted(log: Log) -> Path:
    """Make an extract of what was shown of passengers."""
    target = log.folder.parent / f"{uuid7()}.zip"
    wanted = Wanted(Filter(kind="passengers:profile:viewed"), "jsonl", None, {})

    async def told(_done: int, _all: int) -> None:
        return None

    async with log.connected("wx_admin") as connection, connection.transaction(isolation="repeatable_read"):
        speech: Any = None  # a line for a machine has no words
        table = JsonTable(target.with_suffix(".rows"), speech)
        assert await make_extract(connection, target, table, wanted, told)
    return target


def checked(extract: Path, *keys: Verifier) -> list[tuple[str, Any]]:
    """Name what somebody finds in an extract who trusts these keys."""
    found = check_extract(extract, Trust(keys)).findings.first
    return [(code, one.fields.get("reason")) for code, one in found.items()]


def without_or_with(extract: Path, line: dict[str, Any] | None) -> Path:
    """Write an extract again with another line of its handover, or without any."""
    target = extract.with_name(f"{uuid7()}.zip")
    with zipfile.ZipFile(extract) as source, zipfile.ZipFile(target, "w") as written:
        for name in source.namelist():
            if name != KEYS:
                written.writestr(name, source.read(name))
            elif line is not None:
                written.writestr(name, jcs.canonical({**json.loads(source.read(name)), **line}) + b"\n")
    return target


async def test_an_extract_leads_from_the_first_key_to_the_one_that_signed_it(log: Log) -> None:
    """Whoever trusts the first key checks an extract that a later one signed; a handover changed or left out fails."""
    async with log.running() as made:
        for _ in range(300):
            await log.record(view())
        await log.settled()
        await handed_over(log, made)
        await made.use_keys(NEXT, None)
        for _ in range(300):
            await log.record(view())
        await log.settled()
    extract = await extracted(log)
    for trusted in ((OLD,), (NEW,), (OLD, NEW), ()):
        assert checked(extract, *trusted) == []
    left_out = without_or_with(extract, None)
    assert checked(left_out, OLD) == [("audit:wrong_signature", None)]
    assert checked(left_out, NEW) == []
    broken = "audit:handover_broken"
    leaf = json.loads(zipfile.ZipFile(extract).read(KEYS))["leaf"]
    thief = jcs.canonical(
        announcement(str(OLD), str(Signer.from_seed(NAME, bytes([9]) * 32).verifier()))
    ).decode()
    for line, reason in (
        ({"leaf": leaf.replace("ad_1", "ad_2")}, "leaf"),
        ({"document": thief}, "document"),
        ({"index": 0}, "leaf"),
    ):
        assert (broken, reason) in checked(without_or_with(extract, line), OLD)


async def test_a_key_that_is_not_announced_signs_nothing(log: Log) -> None:
    """A next key that the log does not name is held and not used; with that key alone the log does not go on."""
    async with log.running() as made:
        await made.use_keys(SEED, NEXT)
        await log.record(view())
        await log.settled()
        assert await signers(log) == [True, False]
    with pytest.raises(NoteRefused):
        await log.sequencer(signing_seed=NEXT).start()


async def test_a_crash_between_announcement_and_handover_is_made_good(log: Log) -> None:
    """The next start finds the announcement, keeps the checkpoint that covers it, and both keys sign."""
    async with log.running() as made:
        await made.append(announced())
    async with log.running(log.sequencer(next_seed=NEXT)) as made:
        await log.record(view())
        await log.settled()
        assert await signers(log) == [True, True]
        assert await followed(log, str(OLD)) == []


async def test_a_database_set_back_before_the_handover_gets_it_again(log: Log) -> None:
    """Set back to before the rotation, the blobs bring entries and handover back, and the new key alone signs."""
    async with log.running():
        await log.record(view())
        await log.settled()
    async with log.connected("wx_admin") as connection:
        rows = {
            name: [tuple(row) for row in await connection.fetch(f"select * from ledger_{name}")]
            for name in ("leaf", "member", "fact", "tile", "head")
        }
    async with log.running() as made:
        await handed_over(log, made)
        await made.use_keys(NEXT, None)
        await log.record(view())
        await log.settled()
        await _published(log, 5)
    async with log.connected("wx_admin") as connection, connection.transaction():
        await connection.execute("set session_replication_role = replica")
        for name, held in rows.items():
            await connection.execute(f"alter table ledger_{name} disable trigger user")
            await connection.execute(f"truncate ledger_{name}")
            await connection.copy_records_to_table(f"ledger_{name}", records=held)
            await connection.execute(f"alter table ledger_{name} enable trigger user")
        await connection.execute("alter table ledger_handover disable trigger user")
        await connection.execute("truncate ledger_handover")
        await connection.execute("alter table ledger_handover enable trigger user")
    async with log.running(log.sequencer(signing_seed=NEXT)) as made:
        assert made.replayed is not None
        assert await followed(log, str(OLD)) == []
        await log.record(view())
        await log.settled()
        assert await signers(log) == [False, True]


async def test_a_handover_invented_in_the_blobs_is_not_believed(log: Log) -> None:
    """Whoever can write blobs and holds no key of this log adds no handover to it."""
    thief = Signer.from_seed(NAME, bytes([9]) * 32)
    async with log.running() as made:
        await log.record(view())
        await log.settled()
        note = made.verifiers
    async with log.connected("wx_admin") as connection:
        head = await ledger.head(connection)
    text = head.note.partition("\n\n")[0] + "\n"
    forged = f"{text}\n{thief.sign(text).line()}"
    line = (
        '{"checkpoint":' + _json(forged) + ',"document":' + _json(_document(thief, note[0])) + ',"index":0}'
    )
    (log.folder / "handover").mkdir()
    (log.folder / "handover" / "000").write_text(line)
    async with log.running() as made:
        assert made.verifiers == (OLD,)
    async with log.connected("wx_admin") as connection:
        assert await connection.fetchval("select count(*) from ledger_handover") == 0


def test_a_witness_goes_along(tmp_path) -> None:
    """One that pinned the old key cosigns while both sign, and refuses the new one alone until that is pinned."""
    old, new = Signer.from_seed(NAME, SEED), Signer.from_seed(NAME, NEXT)
    tree = Checkpoint(NAME, 5, bytes(32))
    state = WitnessState(tmp_path / "state")
    state.begin()
    pinned = [OLD]
    witness = Witness(new, state, lambda: {NAME: pinned}, lambda: datetime.now(UTC))
    both, alone = (str(sign_checkpoint(tree, Signers(keys))) for keys in ((old, new), (new,)))
    assert witness.add_checkpoint(format_submission(0, [], both)).answer.status == 200
    assert witness.add_checkpoint(format_submission(5, [], alone)).answer.status == 403
    pinned[:] = [NEW]
    assert witness.add_checkpoint(format_submission(5, [], both)).answer.status == 200
    assert witness.add_checkpoint(format_submission(5, [], alone)).answer.status == 200


async def _published(log: Log, size: int) -> None:
    """Wait until the blobs have the checkpoint of so many leaves."""
    async with asyncio.timeout(10):
        while f"\n{size}\n" not in (log.folder / "checkpoint").read_text():
            await asyncio.sleep(0.01)


def _json(text: str) -> str:
    return jcs.canonical(text).decode()


def _document(thief: Signer, key: object) -> str:
    return jcs.canonical(announcement(str(thief.verifier()), str(key))).decode()
