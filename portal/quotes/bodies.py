"""From a JSON body to checked input: the same checks as the pages', with the field's path in each error."""

from datetime import date, datetime

from portal.passengers.forms import Checks
from portal.quotes import forms, shapes
from portal.quotes.queries import QuoteView
from portal.quotes.rules import MOST_MINOR, PRICE_KINDS
from portal.web.forms import checked_texts
from portal.web.ids import inner
from portal.web.refusals import FormRefused


def read_ask(data: shapes.QuoteIn, region: str, today: date) -> forms.AskInput:
    """Check an enquiry. Raises FormRefused."""
    legs = [{"from": leg.from_, "to": leg.to, "date": leg.date, "time": leg.time or ""} for leg in data.legs]
    fields = checked_texts({"wish": data.wish}) | (
        {"seats": str(data.seats)} if data.seats is not None else {}
    )
    checks = Checks()
    given = forms.read_ask(
        legs,
        fields,
        people=tuple(dict.fromkeys(inner(region, person) for person in data.passengers)),
        needs=data.needs,
        today=today,
        place=lambda n: f"legs.{n}.",
        checks=checks,
    )
    checks.done()
    if given is None:
        raise LookupError
    return given


def read_answer(data: shapes.AnswerIn, view: QuoteView, at: datetime) -> list[forms.OptionInput]:
    """Check one to three options against what was asked. Raises FormRefused."""
    found: list[forms.OptionInput] = []
    errors: dict[str, str] = {}
    for n, option in enumerate(data.options):
        checks = Checks()
        given = _option(option, view, at, checks)
        errors |= {f"options.{n}.{name}": code for name, code in checks.errors.items()}
        if given:
            found.append(given)
    if errors:
        raise FormRefused(errors)
    return found


def _option(data: shapes.OptionIn, view: QuoteView, at: datetime, checks: Checks) -> forms.OptionInput | None:
    names = ("aircraft", "currency", "reason", "valid_until")
    fields = checked_texts({name: getattr(data, name) for name in names})
    legs = [{"departs_local": leg.departs_local, "which": leg.which} for leg in data.legs]
    lines = tuple((line.kind, line.amount) for line in data.prices)
    for kind, amount in lines:
        checks.refuse("prices", None if kind in PRICE_KINDS else "quotes:unknown_price")
        checks.refuse("prices", None if 0 < amount <= MOST_MINOR else "quotes:bad_amount")
    if not lines:
        checks.refuse("prices", "quotes:no_price")
    return forms.read_option(view, fields, legs, lines, at=at, checks=checks)
