"""What is submitted: by who asks for a link, a leg and a language; by its holder, documents and a birth date."""

from collections.abc import Mapping
from datetime import date

from i18n.locales import LOCALES
from portal.passengers import forms
from portal.web.refusals import FormRefused

MOST = 3
PARTS = ("kind", "issuing_state", "number", "expires_on")


def read_language(text: str) -> str:
    """Read the language a traveller is written to in. Raises FormRefused."""
    if text not in LOCALES:
        raise FormRefused({"locale": "accounts:unknown_language"})
    return text


def read_entry(fields: Mapping[str, str], today: date) -> forms.PassengerInput:
    """Read up to three documents, the first maybe as machine-readable lines. Raises FormRefused."""
    checks = forms.Checks()
    documents: list[forms.DocumentInput] = []
    born = None
    if fields.get("mrz"):
        pasted = forms.read_pasted_mrz(fields["mrz"], today, checks=checks)
        if pasted is not None:
            documents.append(pasted.document)
            born = pasted.birth_date
    for number in range(1, MOST + 1):
        typed = {name: fields.get(f"d{number}_{name}", "") for name in PARTS}
        if typed["number"] or typed["issuing_state"] or typed["expires_on"]:
            inside = forms.Checks(f"d{number}_")
            document = forms.read_document(typed, checks=inside)
            if not (inside.errors or document.is_usual or fields.get(f"d{number}_as_printed")):
                inside.refuse("number", "passengers:unusual_number")
            documents.append(document)
            checks.errors.update(inside.errors)
    born = forms.read_birth_date(fields.get("birth_date", ""), today, checks=checks) or born
    if not documents and not checks.errors:
        checks.refuse("d1_number", "links:no_document")
    checks.done()
    return forms.PassengerInput(birth_date=born, documents=tuple(documents))


def echo(fields: Mapping[str, str]) -> dict[str, str]:
    """Give back what may stand in the page again: kinds, states, days; nothing that is to be sealed."""
    shown = [f"d{number}_{name}" for number in range(1, MOST + 1) for name in PARTS if name != "number"]
    return {name: fields.get(name, "") for name in shown}
