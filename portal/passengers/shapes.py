"""The shapes of the passengers' API, as the OpenAPI document shows them."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

Text = Annotated[str, Meta(max_length=2000)]
Maybe = Text | UnsetType


class SealedOut(msgspec.Struct, frozen=True):
    """A sealed field: never a bare value. `reveal` lists the purposes open to this caller now."""

    state: str
    mask: str | None
    reveal: list[str]


class NameOut(msgspec.Struct, frozen=True):
    """A name: as in the passport, in native script, and in which order."""

    given: str
    family: str
    native: str
    order: str


class DocumentOut(msgspec.Struct, frozen=True):
    """A travel document."""

    id: str
    kind: str
    issuing_state: str
    expires_on: str | None
    number: SealedOut


class CardOut(msgspec.Struct, frozen=True):
    """A payment card; the brand belongs to the mask."""

    id: str
    brand: str | None
    number: SealedOut
    expiry: SealedOut
    holder: SealedOut


class BankOut(msgspec.Struct, frozen=True):
    """A bank account; the country belongs to the mask."""

    id: str
    country: str | None
    iban: SealedOut
    bic: SealedOut


class PassengerOut(msgspec.Struct, frozen=True):
    """A passenger as this caller may see it."""

    id: str
    org: str
    name: NameOut
    email: str
    phone: str
    nationality: str
    birth_date: SealedOut
    documents: list[DocumentOut]
    cards: list[CardOut]
    bank_accounts: list[BankOut]


class PassengerList(msgspec.Struct, frozen=True):
    """A page of passengers."""

    items: list[PassengerOut]
    next: str | None


class NameIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name to write; what is left out stays."""

    given: Maybe = UNSET
    family: Maybe = UNSET
    native: Maybe = UNSET
    order: Maybe = UNSET


class Quiet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something with a clear value in it, which never prints."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(•••)"


class DocumentIn(Quiet, frozen=True):
    """A document to add, or with an id to change; `mrz` fills a document by itself."""

    id: Maybe = UNSET
    kind: Maybe = UNSET
    issuing_state: Maybe = UNSET
    expires_on: Maybe = UNSET
    number: Maybe = UNSET
    mrz: list[Text] | UnsetType = UNSET


class CardIn(Quiet, frozen=True):
    """A card to add or change. There is no place for the security code."""

    id: Maybe = UNSET
    number: Maybe = UNSET
    expiry: Maybe = UNSET
    holder: Maybe = UNSET


class BankIn(Quiet, frozen=True):
    """A bank account to add or change."""

    id: Maybe = UNSET
    iban: Maybe = UNSET
    bic: Maybe = UNSET


class PassengerIn(Quiet, frozen=True):
    """A passenger to write: bare values in the places of PassengerOut."""

    org: Maybe = UNSET
    name: NameIn | UnsetType = UNSET
    email: Maybe = UNSET
    phone: Maybe = UNSET
    nationality: Maybe = UNSET
    birth_date: Maybe = UNSET
    documents: Annotated[list[DocumentIn], Meta(max_length=10)] = []
    cards: Annotated[list[CardIn], Meta(max_length=5)] = []
    bank_accounts: Annotated[list[BankIn], Meta(max_length=5)] = []


class RevealIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to open, why, and for which trip, case or record."""

    field: Text
    purpose: Text
    reference: Text
    reason: Text = ""
    document: Maybe = UNSET


class EntryOut(msgspec.Struct, frozen=True):
    """The ledger's entry of a reveal: its index and canonical text."""

    index: int
    leaf: str


class RevealOut(msgspec.Struct, frozen=True):
    """One opened value, until when it may be shown, and the proof that the view was recorded before."""

    value: str
    expires_at: datetime
    proof: str
    entry: EntryOut

    def __repr__(self) -> str:
        return "RevealOut(•••)"


class WhyOut(msgspec.Struct, frozen=True):
    """One reason in a code; `hurdle`: it keeps the value closed. For a window: whose leg, from when, until when."""

    code: str
    hurdle: bool
    trip: str
    leg: int
    opens_at: datetime | None
    closes_at: datetime | None


class ExplanationOut(msgspec.Struct, frozen=True):
    """Whether this caller may open a field now; `purposes` are those its role has for it."""

    role: str
    field: str
    tier: str
    open: bool
    purposes: list[str]
    whys: list[WhyOut]
