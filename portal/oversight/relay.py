"""The worker's errand for the ledger: what the keeper wants cosigned goes to the witnesses, answers come back.

It knows nothing of what it carries, and nobody waits for it.
"""

import asyncio
from urllib.parse import quote

import structlog

from portal.web.hop import hop
from security.keeper.client import KeeperClient, KeeperRefused, KeeperUnavailable, WitnessAsk

log = structlog.get_logger("portal.worker")
POLL = 0.5
PAUSE = 2.0
CONFLICT = 409


class Relay:
    """Carries checkpoints of one cell through the front door."""

    def __init__(self, keeper: KeeperClient, front_url: str) -> None:
        self._keeper = keeper
        self._front = front_url.rstrip("/")

    async def run(self) -> None:
        """Carry until cancelled; a keeper that is away is waited for."""
        while self._front:
            pause = POLL
            try:
                await self.once()
            except (KeeperUnavailable, KeeperRefused):
                pause = PAUSE
            except Exception as failure:  # noqa: BLE001 -- whatever it was, checkpoints must be carried on
                log.error("relay_failed", error=type(failure).__name__)
                pause = PAUSE
            await asyncio.sleep(pause)

    async def once(self) -> None:
        """Ask the keeper what is due, and carry it, to all witnesses at once."""
        asks = await self._keeper.witness_asks()
        await asyncio.gather(*(self._carry(ask) for ask in asks))

    async def _carry(self, ask: WitnessAsk) -> None:
        base = f"{self._front}/witness/{quote(ask.region, safe='')}"
        reply = await hop("POST", f"{base}/add-checkpoint", ask.body)
        known = ""
        if reply.status == CONFLICT:
            shown = await hop("GET", f"{base}/checkpoint?origin={quote(ask.origin, safe='')}")
            known = shown.body if shown.status == 200 else ""  # noqa: PLR2004
        await self._keeper.witness_answered(ask.witness, reply.status, reply.body, known)
