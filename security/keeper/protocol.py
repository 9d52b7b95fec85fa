"""What web and keeper say to each other: msgpack structs with strict limits, one frame each.

A call is `[id, milliseconds it may take, ask]`, a reply `[id, answer]`; calls of one connection are
answered in any order. Nothing here prints a value: structs that carry one print their name only. Each
family of operations has its own `*_messages`.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from security.keeper.access_messages import AccessOperation
from security.keeper.alarm_messages import AlarmAnswer, AlarmOperation
from security.keeper.approval_messages import ApprovalAnswer, ApprovalOperation
from security.keeper.auditor_messages import AuditorAnswer, AuditorOperation
from security.keeper.find_messages import FindAnswer, FindOperation
from security.keeper.gate_messages import GateAnswer, GateOperation
from security.keeper.key_messages import KeyAnswer, KeyOperation
from security.keeper.link_messages import LinkAnswer, LinkOperation
from security.keeper.log_key_messages import LogKeyAnswer, LogKeyOperation
from security.keeper.messages import AskStatus, Done, Refused, Status
from security.keeper.policy_messages import PolicyAnswer, PolicyOperation
from security.keeper.scan_messages import ScanAnswer, ScanOperation
from security.keeper.sight_messages import SightOperation
from security.keeper.subject_messages import SubjectAnswer, SubjectOperation
from security.keeper.trail_messages import TrailAnswer, TrailOperation
from security.keeper.vault_messages import VaultAnswer, VaultOperation
from security.keeper.witness_messages import WitnessAnswer, WitnessOperation

Ask = (
    AskStatus
    | AccessOperation
    | AlarmOperation
    | ApprovalOperation
    | AuditorOperation
    | FindOperation
    | GateOperation
    | KeyOperation
    | LinkOperation
    | LogKeyOperation
    | PolicyOperation
    | ScanOperation
    | SightOperation
    | SubjectOperation
    | TrailOperation
    | VaultOperation
    | WitnessOperation
)
Answer = (
    Done
    | Refused
    | Status
    | AlarmAnswer
    | ApprovalAnswer
    | AuditorAnswer
    | FindAnswer
    | GateAnswer
    | KeyAnswer
    | LinkAnswer
    | LogKeyAnswer
    | PolicyAnswer
    | ScanAnswer
    | SubjectAnswer
    | TrailAnswer
    | VaultAnswer
    | WitnessAnswer
)


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
