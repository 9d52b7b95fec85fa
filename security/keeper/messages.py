"""What every message of web and keeper is made of: limits, structs that print their name only, two answers."""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

MAX_ITEMS: Final = 32
MAX_VALUE: Final = 512

Word = Annotated[str, Meta(max_length=64)]
Line = Annotated[str, Meta(max_length=512)]
Token = Annotated[str, Meta(max_length=64)]


class Quiet(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="op"):
    """A message of which only the name may ever be printed."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Done(Quiet, frozen=True, tag="done"):
    """It is done and covered by the ledger."""


class Refused(Quiet, frozen=True, tag="refused"):
    """A refusal: code, HTTP status, and what else may be told (never a value)."""

    code: str
    status: int
    fields: dict[str, str | int]


class AskStatus(Quiet, frozen=True, tag="status"):
    """Whether the keeper can serve, and what its sequencer counts."""


class Status(Quiet, frozen=True, tag="status"):
    """`missing` names in codes what the keeper waits for; `figures` are the sequencer's numbers.

    `keks`: the ids of the key-encryption keys held, each with its epoch.
    """

    ready: bool
    missing: list[str]
    figures: dict[str, float]
    keks: dict[str, int] = msgspec.field(default_factory=dict)
