"""From a JSON body to checked input: the same checks as the pages', with the field's path in each error."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from msgspec import UNSET

from portal.passengers import forms, shapes
from portal.passengers.queries import PassengerView
from portal.web.forms import checked_texts
from portal.web.ids import inner
from portal.web.refusals import FormRefused


def read_body(
    data: shapes.PassengerIn, was: PassengerView | None, region: str, today: date
) -> forms.PassengerInput:
    """Check a body against what is on file (None for a new passenger). Raises FormRefused."""
    checks = forms.Checks()
    on_file = {d.id: forms.OnFile(d.kind, d.issuing_state) for d in was.documents} if was else {}
    documents, base, born = _documents(data, region, today, on_file, checks)
    profile = _profile(data, was, base, checks)
    texts = _texts({"birth_date": data.birth_date}, checks, "")
    born = forms.read_birth_date(texts.get("birth_date", ""), today, checks=checks) or born
    if was is not None and born is not None and not texts and was.birth_date.state != "absent":
        born = None  # machine-readable lines fill a birth date, they do not replace one on file
    cards = tuple(_card(item, i, region, today, checks) for i, item in enumerate(data.cards))
    countries = {bank.id: bank.country for bank in was.banks} if was else {}
    banks = tuple(_bank(item, i, region, countries, checks) for i, item in enumerate(data.bank_accounts))
    checks.done()
    return forms.PassengerInput(profile, born, documents, cards, banks)


def _texts(values: dict[str, Any], checks: forms.Checks, prefix: str) -> dict[str, str]:
    """Keep what was sent as text, normalised; problems are noted under the field's path."""
    sent = {name: value for name, value in values.items() if isinstance(value, str)}
    try:
        return checked_texts(sent)
    except FormRefused as refused:
        for name, code in refused.errors.items():
            checks.refuse(prefix + name, code)
        return {name: text for name, text in sent.items() if name not in refused.errors}


def _profile(
    data: shapes.PassengerIn, was: PassengerView | None, base: forms.Profile, checks: forms.Checks
) -> forms.Profile | None:
    named = data.name if isinstance(data.name, shapes.NameIn) else shapes.NameIn()
    name = {"given": named.given, "family": named.family, "native": named.native, "order": named.order}
    rest = {"email": data.email, "phone": data.phone, "nationality": data.nationality}
    if was is not None and all(value is UNSET for value in (*name.values(), *rest.values())):
        return None
    known = base
    if was is not None:
        known = forms.Profile(
            was.given, was.family, was.native, was.order, was.email, was.phone, was.nationality
        )
    inside = forms.Checks()
    texts = _texts(name | rest, inside, "")
    profile = forms.read_profile(texts, known, checks=inside)
    for field, code in inside.errors.items():
        checks.refuse(f"name.{field}" if field in name else field, code)
    return profile


def _documents(
    data: shapes.PassengerIn,
    region: str,
    today: date,
    on_file: Mapping[UUID, forms.OnFile],
    checks: forms.Checks,
) -> tuple[tuple[forms.DocumentInput, ...], forms.Profile, date | None]:
    made, base, born = [], forms.Profile(), None
    for i, item in enumerate(data.documents):
        inside = forms.Checks(f"documents.{i}.")
        own = inner(region, item.id) if isinstance(item.id, str) else None
        if isinstance(item.mrz, list):
            pasted = forms.read_pasted_mrz("\n".join(item.mrz), today, item=own, checks=inside)
            if pasted is not None:
                made.append(pasted.document)
                base, born = pasted.profile, pasted.birth_date
        else:
            names = ("kind", "issuing_state", "expires_on", "number")
            texts = _texts({name: getattr(item, name) for name in names}, inside, "")
            known = on_file.get(own) if own else None
            made.append(forms.read_document(texts, item=own, on_file=known, checks=inside))
        checks.errors.update(inside.errors)
    return tuple(made), base, born


def _card(item: shapes.CardIn, i: int, region: str, today: date, checks: forms.Checks) -> forms.CardInput:
    inside = forms.Checks(f"cards.{i}.")
    own = inner(region, item.id) if isinstance(item.id, str) else None
    texts = _texts({"number": item.number, "expiry": item.expiry, "holder": item.holder}, inside, "")
    card = forms.read_card(texts, today, item=own, checks=inside)
    checks.errors.update(inside.errors)
    return card


def _bank(
    item: shapes.BankIn, i: int, region: str, countries: Mapping[UUID, str | None], checks: forms.Checks
) -> forms.BankInput:
    inside = forms.Checks(f"bank_accounts.{i}.")
    own = inner(region, item.id) if isinstance(item.id, str) else None
    texts = _texts({"iban": item.iban, "bic": item.bic}, inside, "")
    country = countries.get(own) if own else None
    bank = forms.read_bank(texts, item=own, country=country, checks=inside)
    checks.errors.update(inside.errors)
    return bank
