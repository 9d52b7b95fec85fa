"""Asking witnesses: which of them has not seen the newest checkpoint, what to send it, what came back.

The worker carries; nothing that it brings back is believed but by signature.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg
import structlog

from audit import ledger, merkle
from audit.checkpoint import Checkpoint, parse_checkpoint
from audit.cosigning import Cosignature, read_cosignature
from audit.note import NoteRefused, parse_note, verified_by
from audit.refusal import Refusal
from audit.stored import read_covers
from audit.witness import CONFLICT, FORBIDDEN, OK, UNPROCESSABLE, format_submission
from security.keeper.pins import Peer
from security.keeper.witness_messages import WitnessAnswered, WitnessAsk, WitnessSeen
from security.keeper.witnessing import Witnessing, refuse_cosignature

LEASE: Final = timedelta(seconds=5)  # until a question counts as unanswered
FIRST_PAUSE: Final = timedelta(seconds=1)
LONGEST_PAUSE: Final = timedelta(seconds=30)
AWAY: Final = 500
_KEEP: Final = """
insert into ledger_cosignature (witness, origin, size, note, line, cosigned_at) values ($1, $2, $3, $4, $5, $6)
on conflict (witness) do update set origin = excluded.origin, size = excluded.size, note = excluded.note,
  line = excluded.line, cosigned_at = excluded.cosigned_at
"""

_log = structlog.get_logger(process="keeper")


@dataclass(slots=True)
class Standing:
    """How one witness stands to this cell's log."""

    known: int = 0  # leaves that the witness knows of
    cosigned: int = 0
    at: datetime | None = None
    state: str = "pending"
    reason: str = ""
    asked: str = ""  # the note that was sent and not yet answered
    old: int = 0  # what was sent with it as the size known
    not_before: datetime | None = None
    pause: timedelta = FIRST_PAUSE
    since: datetime | None = None  # from when on newer checkpoints wait for it
    signed: tuple[str, ...] = ()

    def wait(self, at: datetime, state: str, reason: str = "") -> None:
        """Ask again after a pause that grows."""
        self.state, self.reason = state, reason
        self.not_before = at + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)


class Asking:
    """Keeps the witnesses of one log asked."""

    def __init__(self, witnessing: Witnessing, pool: asyncpg.Pool) -> None:
        self._witnessing = witnessing
        self._pool = pool
        self._standing: dict[str, Standing] = {}

    async def asks(self, at: datetime) -> list[WitnessAsk]:
        """Return what to send to whom, now; a witness under way or pausing is left in peace."""
        self._witnessing.read_pins()
        sequencer = self._witnessing.alarms.sequencer
        if sequencer is None:
            return []
        asks = []
        for peer in self._witnessing.pins.peers:
            standing = self._of(peer.name)
            waits = standing.not_before is not None and at < standing.not_before
            if standing.cosigned == sequencer.size:
                standing.since = None
                continue
            standing.since = standing.since or at
            if not waits:
                standing.not_before = at + LEASE
                asks.append(await self._ask(peer, standing))
        return asks

    async def _ask(self, peer: Peer, standing: Standing) -> WitnessAsk:
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            head = await ledger.head(connection)
            if head is None:
                raise ledger.NoSuchLeaf(index=0)
            old = min(standing.known, head.size)
            proof = []
            if 0 < old < head.size:
                proof = await read_covers(connection, merkle.consistency_cover(old, head.size))
        standing.asked, standing.old = head.note, old
        body = format_submission(old, proof, head.note)
        return WitnessAsk(peer.name, peer.region, old, head.origin, body)

    async def answered(self, told: WitnessAnswered, at: datetime) -> None:
        """Take what a witness answered."""
        peer = next((one for one in self._witnessing.pins.peers if one.name == told.witness), None)
        standing = self._of(told.witness)
        if peer is None or not standing.asked:
            return
        note, standing.asked = standing.asked, ""
        if told.status == OK:
            await self._cosigned(peer, standing, note, told.body, at)
        elif told.status == CONFLICT:
            await self._conflict(standing, note, told, at)
        elif told.status >= AWAY or told.status == 0:
            standing.wait(at, "unreachable")
        else:
            standing.wait(at, "refused", str(told.status))
            if told.status in {FORBIDDEN, UNPROCESSABLE}:
                self._refuse(told.witness, str(told.status), note)

    async def _cosigned(self, peer: Peer, standing: Standing, note: str, lines: str, at: datetime) -> None:
        text = parse_note(note.encode()).text
        try:
            found = read_cosignature(text, lines, *peer.keys)
        except NoteRefused:
            standing.wait(at, "refused", "signature")
            self._refuse(peer.name, "signature", note)
            return
        await self._keep(peer.name, note, found)
        tree = parse_checkpoint(text)
        standing.known = standing.cosigned = tree.size
        standing.at = datetime.fromtimestamp(found.at, UTC)
        standing.state, standing.reason = "cosigned", ""
        standing.since, standing.signed = None, found.algorithms
        standing.not_before, standing.pause = None, FIRST_PAUSE

    async def _keep(self, witness: str, note: str, found: Cosignature) -> None:
        tree = parse_checkpoint(parse_note(note.encode()).text)
        self._witnessing.files.keep_own(witness, note + found.line)
        when = datetime.fromtimestamp(found.at, UTC)
        await self._pool.execute(_KEEP, witness, tree.origin, tree.size, note, found.line, when)

    async def _conflict(self, standing: Standing, note: str, told: WitnessAnswered, at: datetime) -> None:
        """Learn how much the witness knows; if that is more than there is here, this log was set back."""
        size = parse_checkpoint(parse_note(note.encode()).text).size
        known = int(told.body) if told.body.strip().isdecimal() else -1
        if 0 <= known <= size and known != standing.old:
            standing.known, standing.not_before = known, None
            return
        standing.wait(at, "refused", "behind" if known > size else "fork")
        await self._heed(told.witness, told.known)
        self._refuse(told.witness, standing.reason, note)

    async def _heed(self, witness: str, known: str) -> None:
        """Stop signing if the witness shows a checkpoint that this log's own key signed and that is not here.

        A bare number could be anybody's: it only alarms.
        """
        sequencer = self._witnessing.alarms.sequencer
        if sequencer is None or not known:
            return
        try:
            note = parse_note(known.encode())
            verified_by(note, sequencer.verifiers)
            tree = parse_checkpoint(note.text)
        except Refusal:
            return
        if tree.origin == sequencer.origin and tree.size >= sequencer.size and not await self._is_ours(tree):
            self._witnessing.files.keep_own(f"told:{witness}", known)
            _log.error("log_set_back", witness=witness, known=tree.size, here=sequencer.size)
            sequencer.halt()

    async def _is_ours(self, tree: Checkpoint) -> bool:
        async with self._pool.acquire() as connection:
            head = await ledger.head(connection)
            if head is None or tree.size > head.size:
                return False
            return await read_covers(connection, [merkle.cover(0, tree.size)]) == [tree.root]

    def _refuse(self, witness: str, reason: str, note: str) -> None:
        size = parse_checkpoint(parse_note(note.encode()).text).size
        refuse_cosignature(self._witnessing.alarms, witness, reason, size)

    def _of(self, witness: str) -> Standing:
        if witness not in self._standing:
            held = self._witnessing.files.held_by(witness)
            sequencer = self._witnessing.alarms.sequencer
            is_ours = held is not None and sequencer is not None and held.origin == sequencer.origin
            self._standing[witness] = Standing(known=held.size if held is not None and is_ours else 0)
        return self._standing[witness]

    def seen(self) -> list[WitnessSeen]:
        """Say of each witness how it stands."""
        peers = [(peer, self._of(peer.name)) for peer in self._witnessing.pins.peers]
        return [
            WitnessSeen(
                "witness",
                peer.name,
                peer.region,
                one.cosigned,
                one.at,
                one.state,
                one.reason,
                one.since,
                one.signed,
            )
            for peer, one in peers
        ]

    def figures(self, size: int, at: datetime) -> dict[str, float]:
        """Count witnesses, those who have not seen the newest checkpoint, for how long, and alarms since the start."""
        peers = [self._of(peer.name) for peer in self._witnessing.pins.peers]
        waiting = [(at - one.since).total_seconds() for one in peers if one.since and one.cosigned != size]
        return {
            "witnesses": float(len(peers)),
            "witnesses_behind": float(sum(one.cosigned != size for one in peers)),
            "witness_waiting_seconds": max([*waiting, 0.0]),
            "witness_alarms": float(self._witnessing.alarms.count),
        }
