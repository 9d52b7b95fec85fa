"""What is submitted about a passenger, from a page or a program: plain texts in, checked values or field codes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

from portal.passengers import rules
from portal.passengers.mrz import MrzRefused, parse_mrz
from portal.passengers.numbers import is_usual, number_problem
from portal.web.forms import plain_line
from portal.web.refusals import FormRefused
from security.fields import DOCUMENT_KINDS
from security.vault.cards import CardRefused, check_pan

NAME_ORDERS = ("given_first", "family_first")
Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Profile:
    """Name and contact of a passenger: in the clear under row-level security."""

    given: str = ""
    family: str = ""
    native: str = ""
    order: str = "given_first"
    email: str = ""
    phone: str = ""
    nationality: str = ""


@dataclass(frozen=True, slots=True)
class DocumentInput:
    """A document to add (`id` None) or change; None leaves a value as it is."""

    id: UUID | None
    kind: str | None
    issuing_state: str | None
    expires_on: date | None
    number: str | None = field(repr=False)

    @property
    def is_usual(self) -> bool:
        """Whether its number looks like others of its kind and state; a page asks about one that does not."""
        return is_usual(self.kind or "", self.issuing_state or "", self.number or "")


@dataclass(frozen=True, slots=True)
class CardInput:
    """A card to add or change; the security code has no place here."""

    id: UUID | None
    number: str | None = field(repr=False)
    expiry: str | None = field(repr=False)
    holder: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class BankInput:
    """A bank account to add or change; the BIC may be left out."""

    id: UUID | None
    iban: str | None = field(repr=False)
    bic: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PassengerInput:
    """Everything submitted at once; what is None or empty stays as it is."""

    profile: Profile | None = None
    birth_date: date | None = field(default=None, repr=False)
    documents: tuple[DocumentInput, ...] = ()
    cards: tuple[CardInput, ...] = ()
    banks: tuple[BankInput, ...] = ()

    @property
    def items(self) -> tuple[DocumentInput | CardInput | BankInput, ...]:
        """Documents, cards and accounts together."""
        return (*self.documents, *self.cards, *self.banks)


class Checks:
    """Collects field errors while values are read; `done()` raises FormRefused if there are any."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self.errors: dict[str, str] = {}

    def refuse(self, name: str, code: str | None) -> None:
        """Note a field's problem; None is none."""
        if code is not None:
            self.errors.setdefault(self.prefix + name, code)

    def done(self) -> None:
        """Raise FormRefused if anything was refused."""
        if self.errors:
            raise FormRefused(self.errors)


def read_profile(fields: Fields, base: Profile | None = None, *, checks: Checks) -> Profile:
    """Read name and contact; fields not sent keep what `base` has."""
    was = base or Profile()
    made = Profile(
        given=plain_line(fields.get("given", was.given)),
        family=plain_line(fields.get("family", was.family)),
        native=plain_line(fields.get("native", was.native)),
        order=fields.get("order", was.order) or "given_first",
        email=plain_line(fields.get("email", was.email)).lower(),
        phone=fields.get("phone", was.phone),
        nationality=fields.get("nationality", was.nationality).upper(),
    )
    if not made.given and not made.family:
        checks.refuse("family", "passengers:name_required")
    for name, text in (("given", made.given), ("family", made.family), ("native", made.native)):
        checks.refuse(name, rules.name_problem(text))
    if made.order not in NAME_ORDERS:
        checks.refuse("order", "passengers:unknown_name_order")
    checks.refuse("email", rules.email_problem(made.email))
    phone = rules.international_phone(made.phone)
    checks.refuse("phone", "passengers:bad_phone" if phone is None else None)
    if made.nationality:
        checks.refuse("nationality", rules.state_problem(made.nationality))
    return replace(made, phone=phone or "")


def read_birth_date(text: str, today: date, *, checks: Checks) -> date | None:
    """Read a birth date; empty is none."""
    if not text:
        return None
    born = rules.read_day(text)
    checks.refuse("birth_date", "passengers:bad_date" if born is None else rules.birth_problem(born, today))
    return born


@dataclass(frozen=True, slots=True)
class OnFile:
    """What is known of the document that is changed; it keeps its kind."""

    kind: str
    issuing_state: str


def read_document(
    fields: Fields, *, item: UUID | None = None, on_file: OnFile | None = None, checks: Checks
) -> DocumentInput:
    """Read a typed document. A new one needs kind, issuing state and number."""
    kind, state = fields.get("kind", ""), fields.get("issuing_state", "").upper()
    if on_file is not None:
        kind, state = on_file.kind, state or on_file.issuing_state
    new = item is None
    if (new or kind) and kind not in DOCUMENT_KINDS:
        checks.refuse("kind", "passengers:unknown_document_kind")
    if new or state:
        checks.refuse("issuing_state", rules.state_problem(state))
    expires = rules.read_day(fields.get("expires_on", "")) if fields.get("expires_on") else None
    if fields.get("expires_on") and expires is None:
        checks.refuse("expires_on", "passengers:bad_date")
    number = _read_number(fields.get("number", ""), kind, state, required=new, checks=checks)
    return DocumentInput(item, kind or None, state or None, expires, number)


def _read_number(typed: str, kind: str, state: str, *, required: bool, checks: Checks) -> str | None:
    if not typed:
        checks.refuse("number", "web:required" if required else None)
        return None
    number = rules.document_number(typed)
    if number is None:
        checks.refuse("number", "passengers:bad_document_number")
        return None
    checks.refuse("number", number_problem(kind, state, number))
    return number


@dataclass(frozen=True, slots=True)
class FromMrz:
    """What two pasted lines say: a passport, and what they know of its holder."""

    document: DocumentInput
    profile: Profile
    birth_date: date | None = field(repr=False)


def read_pasted_mrz(text: str, today: date, *, item: UUID | None = None, checks: Checks) -> FromMrz | None:
    """Read pasted machine-readable lines, every check digit verified; None when refused."""
    try:
        found = parse_mrz(text, today=today)
    except MrzRefused as refused:
        checks.refuse("mrz", refused.code)
        return None
    if found.kind not in DOCUMENT_KINDS:
        checks.refuse("mrz", "passengers:mrz_document_code")
        return None
    return FromMrz(
        DocumentInput(item, found.kind, found.issuing_state, found.expires_on, found.number),
        Profile(given=found.given, family=found.family, nationality=found.nationality),
        found.birth_date,
    )


def read_card(fields: Fields, today: date, *, item: UUID | None = None, checks: Checks) -> CardInput:
    """Read a card: number by its check digit, expiry ahead, holder as printed."""
    new = item is None
    number, expiry, holder = None, None, None
    if fields.get("number") or new:
        try:
            number = check_pan(fields.get("number", "")).number
        except CardRefused:
            checks.refuse("number", "passengers:bad_card_number")
    if fields.get("expiry") or new:
        expiry = rules.card_expiry(fields.get("expiry", ""), today)
        checks.refuse("expiry", "passengers:bad_card_expiry" if expiry is None else None)
    if fields.get("holder") or new:
        holder = plain_line(fields.get("holder", ""))
        checks.refuse("holder", "passengers:bad_holder" if not holder or rules.name_problem(holder) else None)
    return CardInput(item, number, expiry, holder)


def read_bank(
    fields: Fields, *, item: UUID | None = None, country: str | None = None, checks: Checks
) -> BankInput:
    """Read an IBAN, and a BIC of the same country; `country` is that of the IBAN on file."""
    iban, bic = None, None
    if fields.get("iban") or item is None:
        iban = rules.compact_iban(fields.get("iban", ""))
        checks.refuse("iban", "passengers:bad_iban" if iban is None else None)
    if fields.get("bic"):
        bic = rules.compact_bic(fields["bic"])
        checks.refuse("bic", "passengers:bad_bic" if bic is None else None)
    home = iban[:2] if iban else country
    if bic and home and not rules.same_banking_country(home, bic[4:6]):
        checks.refuse("bic", "passengers:bic_of_other_country")
    return BankInput(item, iban, bic)
