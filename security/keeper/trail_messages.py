"""Who looked: what a person asks the keeper about the own trail, and what it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from security.keeper.messages import Quiet, Token, Word

MAX_TRAIL: Final = 100
MAX_ACTS: Final = 1000
MAX_DAYS: Final = 100
LAST: Final = 2**63 - 1

Count = Annotated[int, Meta(ge=1, le=MAX_TRAIL)]
Index = Annotated[int, Meta(ge=0, le=LAST)]


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which entries: when (the sequencer's time, `until` not included), what, by which role, by whom, refused.

    `by`: all, only others, only oneself. None or empty filters nothing.
    """

    since: datetime | None = None
    until: datetime | None = None
    acts: Annotated[list[Word], Meta(max_length=MAX_ACTS)] = []
    role: Word | None = None
    by: Literal["all", "others", "me"] = "all"
    refused: bool = False


class ReadTrail(Quiet, frozen=True, tag="trail"):
    """What the ledger says about the caller's own passenger, or (`scope` by) what it says the caller did."""

    token: Token
    request: UUID
    before: int | None
    limit: Count
    only: Asked = Asked()
    scope: Literal["about", "by"] = "about"


class ReadSummary(Quiet, frozen=True, tag="trail_summary"):
    """How often others met the caller's data: `bounds` are the beginnings of days, oldest first."""

    token: Token
    request: UUID
    bounds: Annotated[list[datetime], Meta(min_length=1, max_length=MAX_DAYS)]


class ReadProof(Quiet, frozen=True, tag="trail_proof"):
    """The proof of one entry of the own trail."""

    token: Token
    request: UUID
    index: Index


class CountQuarter(Quiet, frozen=True, tag="trail_quarter"):
    """The figures of a digest that this passenger has asked for; the keeper looks whether that is so."""

    passenger: UUID
    since: datetime
    until: datetime


class TrailItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry: its index in the ledger and its canonical text."""

    index: int
    leaf: str


class Trail(Quiet, frozen=True, tag="trail"):
    """Entries, newest first; `next` goes into `before` for those that are older."""

    items: list[TrailItem]
    next: int | None


class Figure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many people and entries of one class: opened, seen, done. `role` "" counts all roles together."""

    deed: str
    role: str
    allowed: bool
    people: int
    entries: int


class Day(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What others did on one day, by its place among the bounds."""

    place: int
    allowed: int
    denied: int


class Summary(Quiet, frozen=True, tag="trail_summary"):
    """The figures of a span; days without entries are left out."""

    figures: list[Figure]
    days: list[Day]


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where on a list view's set somebody stands: the leaf of that small tree is `sub ‖ nonce`."""

    position: int
    count: int
    nonce: bytes
    path: list[bytes]


class Handed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One handover of the log's key: its document, and the proof of its entry under the key that handed over."""

    document: str
    proof: str


class OwnProof(Quiet, frozen=True, tag="trail_proof"):
    """A tlog-proof file, the log's key, the caller's own pseudonym, and the place on a list if it was one.

    `handovers` lead whoever trusts an earlier key to this one, oldest first.
    """

    proof: str
    vkey: str
    sub: str
    place: Place | None
    handovers: list[Handed]


TrailOperation = ReadTrail | ReadSummary | ReadProof | CountQuarter
TrailAnswer = Trail | Summary | OwnProof
