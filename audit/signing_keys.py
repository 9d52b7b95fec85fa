"""The keys with which a sequencer signs, and how they change while it runs."""

import asyncio
from typing import TYPE_CHECKING

from audit import handovers, stored
from audit.blobs import Blobs
from audit.note import Signer, Signers, Verifier

if TYPE_CHECKING:
    from audit.stored import Connection


class SigningKeys:
    """A key, and perhaps the one to come, which signs beside it once the log has announced it (`handovers.py`)."""

    def __init__(self, origin: str, seed: bytes, following: bytes | None) -> None:
        self.origin = origin
        self._changed: asyncio.Future[None] | None = None
        self._take(seed, following)

    def _take(self, seed: bytes, following: bytes | None) -> None:
        self.first = Signer.from_seed(self.origin, seed)
        self.second = Signer.from_seed(self.origin, following) if following else None

    def change(self, seed: bytes, following: bytes | None) -> "asyncio.Future[None]":
        """Hold other keys; what is returned is done when they count."""
        self._take(seed, following)
        if self._changed is None or self._changed.done():
            self._changed = asyncio.get_running_loop().create_future()
        return self._changed

    @property
    def is_due(self) -> bool:
        """Whether keys were changed and do not count yet."""
        return self._changed is not None and not self._changed.done()

    async def accepted(self, connection: "Connection") -> tuple[Verifier, ...]:
        """Return every key whose signature makes a checkpoint this log's own, the newest held first."""
        held = [key.verifier() for key in (self.second, self.first) if key is not None]
        return tuple(dict.fromkeys([*held, *await handovers.known_keys(connection, self.origin)]))

    async def settle(self, connection: "Connection", blobs: Blobs) -> Signer | Signers:
        """Say who signs from here on."""
        signer: Signer | Signers = self.first
        if (head := await stored.head(connection)) is not None:
            signer = await handovers.settled(connection, blobs, head, self.first, self.second)
        if self._changed is not None and not self._changed.done():
            self._changed.set_result(None)
        return signer
