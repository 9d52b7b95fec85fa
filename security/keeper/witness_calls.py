"""Witnesses, as web and worker carry for them."""

from __future__ import annotations

from security.keeper.caller import Caller
from security.keeper.messages import Done
from security.keeper.witness_messages import (
    AddCheckpoint,
    AskWitnesses,
    CosignedNote,
    ReadCosigned,
    ReadWitnesses,
    WitnessAnswered,
    WitnessAsk,
    WitnessAsks,
    Witnessed,
    WitnessesSeen,
)


class WitnessCalls(Caller):
    """Witnesses, as web and worker carry for them."""

    async def add_checkpoint(self, body: bytes) -> Witnessed:
        """Hand a request to this cell as a witness."""
        return await self._ask(AddCheckpoint(body), Witnessed)

    async def cosigned(self, origin: str) -> str:
        """Read the checkpoint of another log that this cell cosigned last; "" if there is none."""
        return (await self._ask(ReadCosigned(origin), CosignedNote)).note

    async def witness_asks(self) -> list[WitnessAsk]:
        """Ask what is to be sent to witnesses now."""
        return (await self._ask(AskWitnesses(), WitnessAsks)).items

    async def witness_answered(self, witness: str, status: int, body: str, known: str = "") -> None:
        """Tell what a witness answered; status 0 for nothing."""
        await self._ask(WitnessAnswered(witness, status, body, known), Done)

    async def witnesses(self) -> WitnessesSeen:
        """Ask how all witnesses stand, and the logs that are cosigned here."""
        return await self._ask(ReadWitnesses(), WitnessesSeen)
