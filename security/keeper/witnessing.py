"""The keeper as a witness of other cells' logs, and what it hears from the witnesses of its own.

It never waits for a witness, and cosigning makes no entry: two logs that cosign each other stand still when
nothing else happens. What is an entry is a refusal, at most one of a kind and log in ten minutes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import structlog
import uuid_utils.compat as uuids

from audit.catalogue import COSIGNATURE_REFUSED, KEY_REFUSED, WITNESS_PINNED, WITNESS_REFUSED
from audit.checkpoint import Checkpoint, parse_checkpoint, region_of
from audit.cosigning import Witness
from audit.covered import NotCovered
from audit.entry import Facts
from audit.note import MlDsaCosigner, Note, NoteRefused, Signer, parse_note, parse_vkey
from audit.sequencer import Sequencer
from audit.witness import OK, Answer
from audit.witness_state import StateRefused
from security.keeper.pins import Pins, read_pins
from security.keeper.witness_files import WitnessFiles
from security.keeper.witness_messages import WitnessSeen
from security.sign_in.often import Recently
from security.vault.custody import Custody

KEEPER: Final = "keeper"
ALARM_SECONDS: Final = 600
LOST: Final = Answer(503, "audit:witness_state_refused\n")

_log = structlog.get_logger(process="keeper")


class Alarms:
    """Says what must be heard: in the log at once, in the ledger once in a while, in a figure always."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._said = Recently(ALARM_SECONDS)
        self._tasks: set[asyncio.Task[None]] = set()
        self.sequencer: Sequencer | None = None
        self.count = 0

    def raise_(self, kind: str, **document: str) -> None:
        """Raise an alarm: `kind` of the catalogue, and what happened."""
        self.count += 1
        if self._said.is_first(
            (kind, *(document.get(part) for part in ("name", "reason", "key"))), self._now()
        ):
            _log.error(kind, **document)
            self.record(kind, "deny", **document)

    def record(self, kind: str, decision: str, **document: str) -> None:
        """Write an entry in the background."""
        facts = Facts(
            kind=kind,
            who=KEEPER,
            role="process",
            request=uuids.uuid7(),
            decision=decision,
            field="witness",
            document=document,
        )
        task = asyncio.get_running_loop().create_task(self._append(facts))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _append(self, facts: Facts) -> None:
        try:
            if self.sequencer is not None:
                await self.sequencer.append(facts)
        except NotCovered as refused:
            _log.warning("alarm_not_recorded", kind=facts.kind, cause=str(refused.fields.get("reason", "")))


class Witnessing:
    """Cosigns other logs by the pinned keys."""

    def __init__(self, files: WitnessFiles, name: str, custody: Custody, now: Callable[[], datetime]) -> None:
        self.files = files
        self.alarms = Alarms(now)
        self.pins = Pins()
        self._stamp: object = None
        self._refused: dict[str, tuple[str, datetime]] = {}
        self._now = now
        signer = Signer.from_seed(name, custody.witness_signing_seed)
        second = _second(name, custody.witness_mldsa_seed)
        self._witness = Witness(signer, files.state, lambda: self.pins.logs, now, second=second)
        self.vkeys = self._witness.vkeys

    def read_pins(self) -> None:
        """Read the pins again if somebody has written them."""
        stamp = _stamp_of(self.files)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        self.pins = read_pins(self.files.folder)
        if self.pins.unread:
            _log.error("pins_unread", lines=self.pins.unread)
        for change in self.pins.changes:
            told = {"name": change.key.name, "key": change.key.key_id.hex(), "old": change.old}
            if change.refused:
                self.alarms.raise_(KEY_REFUSED, **told)
            else:
                self.alarms.record(WITNESS_PINNED, "allow", **told, by=" ".join(change.by))

    async def add_checkpoint(self, body: bytes) -> Answer:
        """Answer a request of the protocol; an alarming one is an entry."""
        self.read_pins()
        try:
            decision = await asyncio.to_thread(self._witness.add_checkpoint, body)
        except StateRefused as refused:
            self.alarms.raise_(WITNESS_REFUSED, name="state", reason=str(refused.fields["reason"]))
            return LOST
        refused_, tree = decision.refused, decision.tree
        if tree is not None and decision.answer.status == OK:
            self._refused.pop(tree.origin, None)
        if refused_ is not None and refused_.is_alarm and tree is not None:
            self._refused[tree.origin] = (refused_.reason, self._now())
            self.alarms.raise_(WITNESS_REFUSED, **_evidence(tree, refused_.reason, refused_.known))
        return decision.answer

    def cosigned(self, origin: str) -> str:
        """Return the checkpoint of another log cosigned last, "" if there is none."""
        try:
            return self.files.state.notes().get(origin, "")
        except StateRefused:
            return ""

    def seen(self) -> list[WitnessSeen]:
        """Say of each log that is cosigned here how it stands."""
        return [self._seen(origin) for origin in sorted(self.pins.logs)]

    def _seen(self, origin: str) -> WitnessSeen:
        region = region_of(origin) or ""
        text = self.cosigned(origin)
        reason, at = self._refused.get(origin, ("", None))
        if not text:
            state = "refused" if reason else "pending"
            return WitnessSeen("log", origin, region, 0, at, state, reason)
        note = parse_note(text.encode())
        size = parse_checkpoint(note.text).size
        at = at or self._cosigned_at(note)
        return WitnessSeen("log", origin, region, size, at, "refused" if reason else "cosigned", reason)

    def _cosigned_at(self, note: Note) -> datetime | None:
        """Return when this cell cosigned a note; None for one that a person gave it."""
        key = parse_vkey(self.vkeys[0])
        own = [one for one in note.signatures if (one.name, one.key_id) == (key.name, key.key_id)]
        return datetime.fromtimestamp(int.from_bytes(own[0].data[:8], "big"), UTC) if own else None


def _second(name: str, seed: bytes) -> MlDsaCosigner | None:
    try:
        return MlDsaCosigner.from_seed(name, seed)
    except NoteRefused as refused:
        _log.error("cosigns_with_ed25519_only", cause=str(refused.fields["reason"]))
        return None


def refuse_cosignature(alarms: Alarms, witness: str, reason: str, size: int) -> None:
    """Raise the alarm that a witness refused this cell's own log, or answered what does not hold."""
    alarms.raise_(COSIGNATURE_REFUSED, name=witness, reason=reason, size=str(size))


def _evidence(tree: Checkpoint, reason: str, known: int | None) -> dict[str, str]:
    return {
        "name": tree.origin,
        "reason": reason,
        "size": str(tree.size),
        "root": tree.root.hex(),
        "known": "" if known is None else str(known),
    }


def _stamp_of(files: WitnessFiles) -> object:
    try:
        found = (files.folder / "pins").stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size
