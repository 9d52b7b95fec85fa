"""What must hold whatever happens: no value was opened before a signed checkpoint covered the entry that says so."""

import sys
from dataclasses import dataclass, field
from typing import Any

import pytest

from audit.covered import Covered
from audit.note import Verifier
from audit.proof import parse_proof, verify_proof
from security.keeper import reveal as revealing
from security.keeper.protocol import Answer
from security.keeper.vault_messages import Opened


@dataclass
class Watch:
    """Counts what was opened and handed out; `faults` names whatever must not be."""

    verifier: Verifier
    value: str
    opened: int = 0
    handed_out: int = 0
    indices: set[int] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def stand_at_the_door(self, patch: pytest.MonkeyPatch) -> None:
        """Look at each opening of a reveal at the moment when it happens."""
        real = revealing.open_envelope

        def watched(envelope: bytes, **more: Any) -> bytes:
            self._at_the_door(sys._getframe(1).f_locals.get("covered"))
            return real(envelope, **more)

        patch.setattr(revealing, "open_envelope", watched)

    def _at_the_door(self, covered: Any) -> None:
        self.opened += 1
        if not isinstance(covered, Covered):
            self.faults.append("opened without a covered entry")
            return
        self._proved(covered.proof_text())

    def answered(self, answer: Answer | None) -> None:
        """Look at an answer that left the keeper."""
        if isinstance(answer, Opened):
            self.handed_out += 1
            if answer.value != self.value:
                self.faults.append("another value than the one sealed")
            self._proved(answer.proof)
        elif self.value in str(answer):
            self.faults.append(f"a value in {type(answer).__name__}")

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
            "select index from ledger_leaf where act = 'passengers:passport:revealed' and dec = 'allow'"
        )
        stated = {row["index"] for row in rows}
        lost = {index for index in self.indices if index not in stated or index >= size}
        if lost:
            self.faults.append(f"{len(lost)} openings without a leaf")
