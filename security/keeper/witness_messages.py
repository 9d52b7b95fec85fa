"""What is asked of the keeper as a witness and about witnesses, and what it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from security.keeper.messages import Line, Quiet

MAX_CHECKPOINT: Final = 32_768


class AddCheckpoint(Quiet, frozen=True, tag="add_checkpoint"):
    """A request to this cell as a witness, as it came (C2SP tlog-witness)."""

    body: Annotated[bytes, Meta(max_length=MAX_CHECKPOINT)]


class ReadCosigned(Quiet, frozen=True, tag="cosigned"):
    """The checkpoint of another log that this cell cosigned last."""

    origin: Line


class AskWitnesses(Quiet, frozen=True, tag="ask_witnesses"):
    """What is to be sent to which witness of this cell's log, now."""


class WitnessAnswered(Quiet, frozen=True, tag="witness_answered"):
    """What a witness answered (status 0: nothing); `known` is what it shows of this log after a conflict."""

    witness: Line
    status: Annotated[int, Meta(ge=0, le=999)]
    body: Annotated[str, Meta(max_length=MAX_CHECKPOINT)]
    known: Annotated[str, Meta(max_length=MAX_CHECKPOINT)]


class ReadWitnesses(Quiet, frozen=True, tag="witnesses"):
    """How each witness stands, and each log that is cosigned here."""


class Witnessed(Quiet, frozen=True, tag="witnessed"):
    """The answer of the protocol: status, type and body."""

    status: int
    type: str
    body: str


class WitnessAsk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A request for one witness: where to send it, the size it begins from, this log's name, the bytes."""

    witness: str
    region: str
    old: int
    origin: str
    body: bytes


class WitnessAsks(Quiet, frozen=True, tag="witness_asks"):
    """What is to be sent; often nothing."""

    items: list[WitnessAsk]


class CosignedNote(Quiet, frozen=True, tag="cosigned_note"):
    """A checkpoint with its signatures, "" if there is none."""

    note: str


class WitnessSeen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How one stands: `role` witness (cosigns this log) or log (is cosigned here); `state` and `reason` in codes.

    state: cosigned, pending, unreachable, refused. `since`: from when on newer checkpoints wait for this witness, None
    while it has seen the newest. `signed`: the algorithms of its last cosignature.
    """

    role: str
    name: str
    region: str
    size: int
    at: datetime | None
    state: str
    reason: str
    since: datetime | None = None
    signed: tuple[str, ...] = ()


class WitnessesSeen(Quiet, frozen=True, tag="witnesses_seen"):
    """How all stand; `size` is that of this cell's log, `missing` says that its own state was lost."""

    size: int
    missing: bool
    items: list[WitnessSeen]


WitnessOperation = AddCheckpoint | ReadCosigned | AskWitnesses | WitnessAnswered | ReadWitnesses
WitnessAnswer = Witnessed | WitnessAsks | CosignedNote | WitnessesSeen
