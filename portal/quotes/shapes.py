"""The shapes of the quotes' API, as the OpenAPI document shows them."""

from datetime import date, datetime
from typing import Annotated

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(max_length=500)]


class WishOut(msgspec.Struct, frozen=True, kw_only=True):
    """A leg as it was asked for; `time` (HH:MM by the airport's clock) is a wish."""

    from_: str = msgspec.field(name="from")
    to: str
    date: date
    time: str | None


class PriceOut(msgspec.Struct, frozen=True):
    """A price line in minor units of the option's currency."""

    kind: str
    amount: int


class OfferLegOut(msgspec.Struct, frozen=True, kw_only=True):
    """A leg as it is offered; `_local` is the wall clock of that airport."""

    from_: str = msgspec.field(name="from")
    to: str
    departs_at: datetime
    arrives_at: datetime
    departs_local: str
    arrives_local: str
    block_minutes: int
    distance_miles: int


class OptionOut(msgspec.Struct, frozen=True):
    """An option; `prices` and `total` are null for roles that see none."""

    id: str
    position: int
    aircraft: str
    seats: int
    reason: str
    currency: str
    valid_until: datetime
    legs: list[OfferLegOut]
    prices: list[PriceOut] | None
    total: int | None


class StepOut(msgspec.Struct, frozen=True):
    """A state with who and when."""

    state: str
    at: datetime
    who: str
    role: str


class AcceptanceOut(msgspec.Struct, frozen=True):
    """What was accepted; the hashes stand in the ledger too."""

    option: str
    name: str
    terms: str
    accepted_at: datetime
    agreed_sha256: str
    paper_sha256: str | None


class QuoteOut(msgspec.Struct, frozen=True):
    """A quote: state asked, answered, accepted, declined, expired or withdrawn."""

    id: str
    org: str
    reference: str
    state: str
    asked_at: datetime
    valid_until: datetime | None
    legs: list[WishOut]
    seats: int
    passengers: list[str]
    needs: list[str]
    wish: str
    options: list[OptionOut]
    steps: list[StepOut]
    acceptance: AcceptanceOut | None
    trip: str | None


class QuoteList(msgspec.Struct, frozen=True):
    """A page of quotes; options and steps are in the single quote only."""

    items: list[QuoteOut]
    next: str | None


class WishIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A leg to ask for: airports in IATA or ICAO, a day, perhaps a time."""

    from_: Text = msgspec.field(name="from")
    to: Text
    date: Text
    time: Text | None = None


class QuoteIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An enquiry."""

    legs: Annotated[list[WishIn], Meta(max_length=20)]
    seats: int | None = None
    passengers: Annotated[list[Text], Meta(max_length=50)] = []
    needs: Annotated[list[Text], Meta(max_length=20)] = []
    wish: Text = ""


class OptionLegIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a leg leaves, by the airport's clock; `which` is `first` or `second` where the clocks go back."""

    departs_local: Text
    which: Text = ""


class PriceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price line: minor units of the currency."""

    kind: Text
    amount: Annotated[int, Meta(gt=0, le=10**13)]


class OptionIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An option to offer: one leg for each that was asked for."""

    aircraft: Text
    currency: Text
    reason: Text
    valid_until: Text
    legs: Annotated[list[OptionLegIn], Meta(max_length=20)]
    prices: Annotated[list[PriceIn], Meta(max_length=20)]


class AnswerIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One to three options."""

    options: Annotated[list[OptionIn], Meta(min_length=1, max_length=3)]


class AcceptanceIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which option, the own name, and the version of the terms (`GET /api/v1/quotes/terms`)."""

    option: Text
    name: Text
    terms: Text


class TermsOut(msgspec.Struct, frozen=True):
    """The terms in force, in the caller's language."""

    version: str
    language: str
    clauses: list[str]
    sha256: str
