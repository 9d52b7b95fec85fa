"""What must hold whatever happens: no value was opened before a signed checkpoint covered the entry that says so."""

import sys
from collections import Counter
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from audit.covered import Covered
from audit.note import Verifier
from audit.proof import parse_proof, verify_proof
from audit.sequencer import Sequencer
from security.keeper import grants as granting
from security.keeper import reveal as revealing
from security.keeper.approval_messages import GrantOpened
from security.keeper.protocol import Answer, encode_reply
from security.keeper.scan_messages import ReadPiece, ScanOpened, ScanPiece
from security.keeper.scans_held import ScansHeld
from security.keeper.vault_messages import Opened
from security.sign_in.tokens import token_hash
from security.vault.chunks import SealedScan

_batch: ContextVar[list[Covered] | None] = ContextVar("batch", default=None)
_GRANTED = (
    "select count(*) from ledger_leaf where act = 'passengers:passport:revealed' and dec = 'allow'"
    " and leaf::jsonb ->> 'via' = $1"
)


@dataclass
class Watch:
    """Counts what was opened and handed out; `faults` names whatever must not be."""

    verifier: Verifier
    value: str
    scan: bytes = b""
    opened: int = 0
    handed_out: int = 0
    indices: set[int] = field(default_factory=set)
    granted: Counter[UUID] = field(default_factory=Counter)
    shown: set[tuple[bytes, UUID]] = field(default_factory=set)
    answers: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def stand_at_the_door(self, patch: pytest.MonkeyPatch) -> None:
        """Look at each opening at the moment when it happens: of a reveal, of a grant, of a scan and its pieces."""
        self._watch_reveals(patch)
        self._watch_grants(patch)
        self._watch_scans(patch)

    def _watch_reveals(self, patch: pytest.MonkeyPatch) -> None:
        real = revealing.open_envelope

        def watched(envelope: bytes, **more: Any) -> bytes:
            self._at_the_door(sys._getframe(1).f_locals.get("covered"))
            return real(envelope, **more)

        patch.setattr(revealing, "open_envelope", watched)

    def _watch_grants(self, patch: pytest.MonkeyPatch) -> None:
        """Hold grants to it: one states all its entries at once, each value it opens takes one of them."""
        real, append_many = granting.open_envelope, Sequencer.append_many

        async def appended(sequencer: Sequencer, many: Any) -> list[Covered]:
            _batch.set(None)
            covered = await append_many(sequencer, many)
            _batch.set(list(covered))
            return covered

        def watched(envelope: bytes, **more: Any) -> bytes:
            covered = _batch.get()
            self._at_the_door(covered.pop() if covered else None)
            return real(envelope, **more)

        patch.setattr(Sequencer, "append_many", appended)
        patch.setattr(granting, "open_envelope", watched)

    def _watch_scans(self, patch: pytest.MonkeyPatch) -> None:
        """Hold scans to it: one is shown by a covered entry, and its pieces are read only then."""
        show, opened = ScansHeld.show, SealedScan.open

        def shown(scans: ScansHeld, token: bytes, row: UUID, *more: Any) -> None:
            self._at_the_door(sys._getframe(1).f_locals.get("covered"))
            self.shown.add((token, row))
            show(scans, token, row, *more)

        def read(scan: SealedScan, *more: Any) -> bytes:
            ask = sys._getframe(1).f_locals.get("ask")
            if not isinstance(ask, ReadPiece) or (token_hash(ask.token), ask.row) not in self.shown:
                self.faults.append("a piece of a scan that was not shown")
            return opened(scan, *more)

        patch.setattr(ScansHeld, "show", shown)
        patch.setattr(SealedScan, "open", read)

    def _at_the_door(self, covered: Any) -> None:
        self.opened += 1
        if not isinstance(covered, Covered):
            self.faults.append("opened without a covered entry")
            return
        self._proved(covered.proof_text())

    def answered(self, answer: Answer | None, ask: Any = None) -> None:
        """Look at an answer that left the keeper, and at what was asked."""
        self.answers[type(answer).__name__] += 1
        match answer:
            case None:
                return
            case Opened():
                self._handed_out(answer.value == self.value)
                self._proved(answer.proof)
            case GrantOpened():
                for item in answer.items:
                    self._handed_out(item.value == self.value)
                self.granted[ask.grant] += len(answer.items)
            case ScanOpened():
                self._proved(answer.proof)
            case ScanPiece():
                self._handed_out(answer.piece[: len(self.scan)] == self.scan)
            case _:
                written = encode_reply(1, answer)
                if self.value.encode() in written or (self.scan and self.scan[:64] in written):
                    self.faults.append(f"a value in {type(answer).__name__}")

    def _handed_out(self, is_right: bool) -> None:  # noqa: FBT001 -- what is counted
        self.handed_out += 1
        if not is_right:
            self.faults.append("another value than the one sealed")

    def _proved(self, text: str) -> None:
        try:
            proof = parse_proof(text)
            verify_proof(proof, [self.verifier])
        except Exception as error:  # noqa: BLE001 -- whatever is wrong with it is a fault
            self.faults.append(f"no proof: {type(error).__name__}")
            return
        if b'"dec":"allow"' not in proof.leaf or b":revealed" not in proof.leaf:
            self.faults.append("the entry says something else")
        self.indices.add(proof.index)

    async def compare(self, owner: Any) -> None:
        """Compare with the ledger: each entry that a value was opened for stands there, below the signed head."""
        size = await owner.fetchval("select size from ledger_head")
        rows = await owner.fetch(
            "select index from ledger_leaf where act like 'passengers:%:revealed' and dec = 'allow'"
        )
        stated = {row["index"] for row in rows}
        lost = {index for index in self.indices if index not in stated or index >= size}
        if lost:
            self.faults.append(f"{len(lost)} openings without a leaf")
        for grant, count in self.granted.items():
            if await owner.fetchval(_GRANTED, f"eu_{grant}") < count:
                self.faults.append("a grant opened more than it stated")
