"""An entry that a signed checkpoint covers, and waiting for one."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from audit.entry import Facts
from audit.proof import format_proof
from audit.refusal import Refusal


class NotCovered(Refusal):
    """No signed checkpoint is known to cover the entry; nothing may be opened on the strength of it."""

    code: ClassVar[str] = "audit:not_covered"


@dataclass(frozen=True, slots=True)
class Covered:
    """A leaf, the signed checkpoint that covers it, and the audit path between them."""

    index: int
    leaf: bytes
    checkpoint: str
    proof: list[bytes]

    def proof_text(self) -> str:
        """Write the c2sp.org/tlog-proof@v1 file."""
        return format_proof(leaf=self.leaf, index=self.index, path=self.proof, checkpoint=self.checkpoint)


@dataclass(frozen=True, slots=True)
class Waiter:
    """An entry in memory and who waits for it."""

    facts: Facts
    future: "asyncio.Future[Covered]"

    def fail(self, refusal: Refusal) -> None:
        """Tell who waits that the entry is not covered."""
        if not self.future.done():
            self.future.set_exception(refusal)
