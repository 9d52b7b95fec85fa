"""The keeper's operations about witnesses; without a folder for them it has no witness and is none."""

from __future__ import annotations

from datetime import datetime

from security.keeper.connection import KeeperUnavailable
from security.keeper.held import Held
from security.keeper.messages import Done
from security.keeper.protocol import Answer
from security.keeper.witness_messages import (
    AddCheckpoint,
    AskWitnesses,
    CosignedNote,
    ReadCosigned,
    ReadWitnesses,
    WitnessAnswered,
    WitnessAsks,
    Witnessed,
    WitnessesSeen,
    WitnessOperation,
)


async def witness_answer(held: Held, ask: WitnessOperation, at: datetime) -> Answer:
    """Answer one; raises `KeeperUnavailable` where this cell is no witness."""
    if held.witnessing is None or held.asking is None:
        return _none(held, ask)
    witnessing, asking = held.witnessing, held.asking
    match ask:
        case AddCheckpoint():
            answer = await witnessing.add_checkpoint(ask.body)
            return Witnessed(answer.status, answer.type, answer.body)
        case ReadCosigned():
            return CosignedNote(witnessing.cosigned(ask.origin))
        case AskWitnesses():
            return WitnessAsks(await asking.asks(at))
        case WitnessAnswered():
            await asking.answered(ask, at)
            return Done()
        case ReadWitnesses():
            witnessing.read_pins()
            items = [*asking.seen(), *witnessing.seen()]
            return WitnessesSeen(held.sequencer.size, not witnessing.files.state.exists, items)


def _none(held: Held, ask: WitnessOperation) -> Answer:
    if isinstance(ask, AskWitnesses):
        return WitnessAsks([])
    if isinstance(ask, ReadWitnesses):
        return WitnessesSeen(held.sequencer.size, missing=False, items=[])
    raise KeeperUnavailable
