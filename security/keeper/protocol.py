"""What web and keeper say to each other: msgpack structs with strict limits, one frame each.

A call is `[id, milliseconds it may take, ask]`, a reply `[id, answer]`; calls of one connection are
answered in any order. Nothing here prints a value: structs that carry one print their name only.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

MAX_ITEMS: Final = 32
MAX_VALUE: Final = 512
MAX_TRAIL: Final = 100
MAX_CHECKPOINT: Final = 32_768

Word = Annotated[str, Meta(max_length=64)]
Line = Annotated[str, Meta(max_length=512)]
Password = Annotated[str, Meta(max_length=1024)]
Token = Annotated[str, Meta(max_length=64)]
Value = Annotated[str, Meta(min_length=1, max_length=MAX_VALUE)]
Reason = Annotated[str, Meta(max_length=4000)]
Count = Annotated[int, Meta(ge=1, le=MAX_TRAIL)]


class Quiet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="op"):
    """A message of which only the name may ever be printed."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class SignIn(Quiet, frozen=True, tag="sign_in"):
    """A name and a password, from a device at a network address."""

    email: Line
    password: Password
    device: Line
    address: Word
    request: UUID


class SignOut(Quiet, frozen=True, tag="sign_out"):
    """End the session of this token."""

    token: Token
    request: UUID


class EndSession(Quiet, frozen=True, tag="end_session"):
    """End another of one's own sessions."""

    token: Token
    request: UUID
    session: UUID


class SignOutEverywhere(Quiet, frozen=True, tag="sign_out_everywhere"):
    """End all of one's own sessions, this one too."""

    token: Token
    request: UUID


class StepUp(Quiet, frozen=True, tag="step_up"):
    """Prove again, with the password, who is asking."""

    token: Token
    request: UUID
    password: Password


class SealItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value to seal: field code, the row it will stand in, the value (at most 512 bytes of UTF-8)."""

    field: Word
    row: UUID
    value: Value
    issuing_state: Annotated[str, Meta(max_length=3)] = ""

    def __repr__(self) -> str:
        return f"<SealItem {self.field} {self.row}>"


class Seal(Quiet, frozen=True, tag="seal"):
    """Seal values of one subject, who is or will be of this organisation."""

    token: Token
    request: UUID
    subject: UUID
    org: UUID
    items: Annotated[list[SealItem], Meta(min_length=1, max_length=MAX_ITEMS)]


class Reveal(Quiet, frozen=True, tag="reveal"):
    """Open one field of one subject, for one purpose with one reference."""

    token: Token
    request: UUID
    subject: UUID
    field: Line
    row: UUID | None
    purpose: Line
    reference: Line
    reason: Reason


class ReadTrail(Quiet, frozen=True, tag="trail"):
    """What the ledger says about the caller's own passenger, newest first."""

    token: Token
    request: UUID
    before: int | None
    limit: Count


class AskStatus(Quiet, frozen=True, tag="status"):
    """Whether the keeper can serve, and what its sequencer counts."""


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


WitnessOperation = AddCheckpoint | ReadCosigned | AskWitnesses | WitnessAnswered | ReadWitnesses
Ask = (
    SignIn
    | SignOut
    | EndSession
    | SignOutEverywhere
    | StepUp
    | Seal
    | Reveal
    | ReadTrail
    | AskStatus
    | WitnessOperation
)


class SignedIn(Quiet, frozen=True, tag="signed_in"):
    """A new session: its token (said once, kept as a hash), whose it is, when it ends."""

    token: str
    account: UUID
    expires_at: datetime


class Done(Quiet, frozen=True, tag="done"):
    """It is done and covered by the ledger."""


class SteppedUp(Quiet, frozen=True, tag="stepped_up"):
    """Until when, and for how many reveals."""

    expires_at: datetime
    uses_left: int


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sealed value: what web stores. `label` is a card's brand or an IBAN's country."""

    field: str
    row: UUID
    envelope: bytes
    mask: str | None
    label: str | None


class SealedItems(Quiet, frozen=True, tag="sealed"):
    """The sealed items, in the order in which they were asked."""

    items: list[Sealed]


class Opened(Quiet, frozen=True, tag="opened"):
    """An opened value with the proof of its entry."""

    value: str
    expires_at: datetime
    proof: str
    index: int
    leaf: str


class TrailItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry: its index in the ledger and its canonical text."""

    index: int
    leaf: str


class Trail(Quiet, frozen=True, tag="trail"):
    """Entries, newest first; `next` goes into `before` for those that are older."""

    items: list[TrailItem]
    next: int | None


class Status(Quiet, frozen=True, tag="status"):
    """`missing` names in codes what the keeper waits for; `figures` are the sequencer's numbers."""

    ready: bool
    missing: list[str]
    figures: dict[str, float]


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

    state: cosigned, pending, unreachable, refused.
    """

    role: str
    name: str
    region: str
    size: int
    at: datetime | None
    state: str
    reason: str


class WitnessesSeen(Quiet, frozen=True, tag="witnesses_seen"):
    """How all stand; `size` is that of this cell's log, `missing` says that its own state was lost."""

    size: int
    missing: bool
    items: list[WitnessSeen]


class Refused(Quiet, frozen=True, tag="refused"):
    """A refusal: code, HTTP status, and what else may be told (never a value)."""

    code: str
    status: int
    fields: dict[str, str | int]


WitnessAnswer = Witnessed | WitnessAsks | CosignedNote | WitnessesSeen
Answer = SignedIn | Done | SteppedUp | SealedItems | Opened | Trail | Status | WitnessAnswer | Refused


class Call(msgspec.Struct, frozen=True, array_like=True):
    """A numbered question; the ask is read apart, so that a bad one can be refused by its number."""

    id: Annotated[int, Meta(ge=0, le=2**63 - 1)]
    wait: Annotated[int, Meta(ge=1, le=60_000)]
    ask: msgspec.Raw


class Reply(msgspec.Struct, frozen=True, array_like=True):
    """The answer to the call of this number."""

    id: int
    answer: Answer


_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_calls = msgspec.msgpack.Decoder(Call)
_asks = msgspec.msgpack.Decoder(Ask)
_replies = msgspec.msgpack.Decoder(Reply)


def encode_call(number: int, wait: int, ask: Ask) -> bytes:
    """Write a call; `wait` in milliseconds."""
    return _encoder.encode(Call(number, wait, msgspec.Raw(_encoder.encode(ask))))


def read_call(body: bytes) -> Call:
    """Read a call; raises `msgspec.MsgspecError`."""
    return _calls.decode(body)


def read_ask(call: Call) -> Ask:
    """Read what a call asks; an unknown operation or a broken limit raises `msgspec.MsgspecError`."""
    ask: Ask = _asks.decode(call.ask)
    return ask


def encode_reply(number: int, answer: Answer) -> bytes:
    """Write a reply."""
    return _encoder.encode(Reply(number, answer))


def read_reply(body: bytes) -> Reply:
    """Read a reply; raises `msgspec.MsgspecError`."""
    return _replies.decode(body)
