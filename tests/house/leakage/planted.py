"""Leaks planted on purpose, as somebody might build them in by mistake: each must be caught."""

# ruff: noqa: D401 -- each says what leaks, not what is done

import base64
import traceback
import zipfile
from typing import Any

import pytest
from jinja2 import DictLoader
from jinja2.utils import LRUCache

from portal.passengers import actions, listing, pages, queries
from portal.passengers import api as passengers_api
from portal.trips import calendar
from portal.web import errors, metrics, refusals
from portal.web.render import environment
from portal.web.unit import Unit
from portal.worker import Worker
from security.keeper import seal as keeper_seal
from security.sign_in.refusal import Refusal
from tests.house.leakage.canaries import Canaries
from tests.house.leakage.grounds import Grounds
from tests.house.leakage.oracles import VALUES

Patch = pytest.MonkeyPatch


def _template(patch: Patch, name: str, old: str, new: str, *tags: str) -> None:
    for tag in tags or ("en", "zh-Hans", "ar"):
        made = environment(tag)
        source = made.loader.get_source(made, name)[0]  # type: ignore[union-attr]
        assert old in source
        changed = DictLoader({name: source.replace(old, new, 1)})
        loaders = [changed, *made.loader.loaders]  # type: ignore[union-attr]
        patch.setattr(made.loader, "loaders", loaders)
        patch.setattr(made, "cache", LRUCache(50))


def _number(canaries: Canaries) -> str:
    return canaries.values["passport.number"]


def on_a_page(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """An attribute for a script."""
    _template(
        patch,
        "passengers/one.html",
        "{% block main %}",
        '{% block main %}<i data-n="' + _number(canaries) + '"></i>',
    )


def between_tags(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """Each half in a tag of its own, with a soft hyphen between."""
    number = _number(canaries)
    halves = f"<b>{number[:4]}</b>&shy;<i>{number[4:]}</i>"
    _template(patch, "passengers/one.html", "{% block main %}", "{% block main %}" + halves)


def in_one_language(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """Only readers of Arabic see it."""
    _template(patch, "passengers/one.html", "{% block main %}", "{% block main %}" + _number(canaries), "ar")


def as_a_date(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """A birth date in the reader's own way of writing dates."""
    year, month, day = canaries.values["birth_date"].split("-")
    _template(
        patch, "passengers/one.html", "{% block main %}", f"{{% block main %}}{int(day)}.{int(month)}.{year}"
    )


def as_the_mask(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """The value where the mask belongs."""
    real = queries._document
    patch.setattr(queries, "_document", lambda row, see: real({**row, "mask": _number(canaries)}, see))


def coded(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """The value in base64, for somebody's convenience."""
    real, text = queries._document, base64.b64encode(b"n:" + _number(canaries).encode()).decode()
    patch.setattr(queries, "_document", lambda row, see: real({**row, "mask": text}, see))


def wide_mask(patch: Patch, _: Grounds, __: Canaries) -> None:
    """A mask that shows five letters more."""
    patch.setattr(keeper_seal, "mask_document", lambda number: "•••" + number[-6:])


def to_one_role(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """What sales may not even see masked."""
    real = queries.Sight.sealed

    def sealed(self: Any, owner: Any, code: str, *, stored: bool, mask: str | None) -> Any:
        found = real(self, owner, code, stored=stored, mask=mask)
        value = canaries.values.get(code)
        return queries.Sealed("masked", value) if self.actor.role == "sales" and value else found

    patch.setattr(queries.Sight, "sealed", sealed)


def in_a_header(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """An entity tag made of content."""
    patch.setattr(passengers_api, "etag", lambda view: f'"{_number(canaries)}-{view.version}"')


def in_an_address(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """A redirect that says what was removed."""
    real = pages._see
    patch.setattr(
        pages, "_see", lambda request, path: real(request, f"{path}&card={canaries.values['card.number']}")
    )


def echoed(patch: Patch, _: Grounds, __: Canaries) -> None:
    """A refused form that comes back with all that was typed."""
    patch.setattr(
        pages, "_echo", lambda fields: {"order": "", "nationality": "", **_empty(), **fields, "version": "0"}
    )
    old, new = '"", errors.get("birth_date")', 'values.get("birth_date", ""), errors.get("birth_date")'
    _template(patch, "passengers/edit.html", old, new)


def _empty() -> dict[str, str]:
    return dict.fromkeys(("given", "family", "native", "order", "email", "phone", "nationality"), "")


def in_an_error(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """An error that quotes what was wrong."""
    real = passengers_api.read_body

    def read_body(data: Any, *rest: Any) -> Any:
        try:
            return real(data, *rest)
        except refusals.FormRefused as refused:
            iban = data.bank_accounts[0].iban if data.bank_accounts else ""
            raise refusals.FormRefused(dict.fromkeys(refused.errors, f"web:invalid {iban}")) from None

    patch.setattr(passengers_api, "read_body", read_body)


def in_a_refusal_of_the_keeper(patch: Patch, _: Grounds, __: Canaries) -> None:
    """A refusal with the value among its facts."""

    def refuse(field: Any, value: str) -> None:
        raise Refusal("passengers:value_too_long", 422, value=value)

    patch.setattr(keeper_seal, "mask_of", refuse)


def in_a_traceback(patch: Patch, _: Grounds, __: Canaries) -> None:
    """A page for developers."""
    real = errors._for_program

    def told(request: Any, problem: Any) -> Any:
        problem.facts["trace"] = traceback.format_exc()
        return real(request, problem)

    patch.setattr(errors, "_for_program", told)


def in_a_log_of_faults(patch: Patch, _: Grounds, __: Canaries) -> None:
    """The text of an exception beside its type."""
    patch.setattr(errors, "_place", str)


def in_a_log_line(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """A line for debugging that was forgotten."""
    import logging  # noqa: PLC0415 -- so would whoever forgot it

    real = passengers_api.passenger_out

    def out(region: str, view: Any) -> Any:
        logging.getLogger("portal").warning("shown %s", _number(canaries))
        return real(region, view)

    patch.setattr(passengers_api, "passenger_out", out)


def in_the_ledger(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """An entry with the value in the document beside it."""
    real = Unit.facts

    def facts(self: Any, kind: str, **more: Any) -> Any:
        return real(self, kind, **({"document": {"number": _number(canaries)}} | more))

    patch.setattr(Unit, "facts", facts)


def in_a_column(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """A plaintext copy, so that it can be searched."""
    real = actions._columns
    patch.setattr(actions, "_columns", lambda profile: {**real(profile), "phone": canaries.values["iban"]})


def in_an_export(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """A file more in the auditor's bundle, compressed."""
    real = Worker._build

    async def build(self: Any, half: Any, whole: Any, told: Any) -> Any:
        found = await real(self, half, whole, told)
        with zipfile.ZipFile(whole, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("side/names.json", f'["{canaries.values["card.holder"]}"]')
        return found

    patch.setattr(Worker, "_build", build)


def in_a_mail(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """A notice that is meant to be helpful."""
    _template(patch, "notices/mail.html", "{{ lead }}", "{{ lead }} " + _number(canaries) + " ümlaut")


def in_a_calendar(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """An event whose title is so long that its line is folded amid the value."""
    title = "With the passenger whose passport has this number of all numbers: "
    patch.setattr(calendar, "plain", lambda _text: title + _number(canaries))


def on_paper(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """A line more on the trip sheet."""
    _template(
        patch, "trips/sheet.html", "{% block body %}", "{% block body %}<p>" + _number(canaries) + "</p>"
    )


def in_a_metric(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """A label that holds more than a route."""
    from portal.web import edge  # noqa: PLC0415 -- patched here only

    patch.setattr(
        edge, "observe", lambda method, _route, *rest: metrics.observe(method, _number(canaries), *rest)
    )


def found_by_value(patch: Patch, _: Grounds, canaries: Canaries) -> None:
    """A search for names that looks at numbers too."""
    real = listing.Wanted.sql

    def sql(self: Any, columns: str) -> Any:
        return real(listing.Wanted() if self.q == _number(canaries) else self, columns)

    patch.setattr(listing.Wanted, "sql", sql)


def sorted_by_value(patch: Patch, _: Grounds, __: Canaries) -> None:
    """A list by number, for the desk's convenience."""
    real = listing.Wanted.cut

    def cut(self: Any, rows: Any) -> Any:
        return real(self, sorted(rows, key=lambda row: VALUES.get(f"eu_{row['id']}", "")))

    patch.setattr(listing.Wanted, "cut", cut)


def long_mask(patch: Patch, _: Grounds, __: Canaries) -> None:
    """A mask as long as what it hides."""
    patch.setattr(keeper_seal, "mask_document", lambda number: "•" * (len(number) - 3) + number[-3:])


def told_foreign(patch: Patch, ground: Grounds, __: Canaries) -> None:
    """Another client's passenger is said to be just that."""
    _foreign(patch, ground, refuse=True)


def slow_foreign(patch: Patch, ground: Grounds, __: Canaries) -> None:
    """Another client's passenger takes one look more."""
    _foreign(patch, ground, refuse=False)


def _foreign(patch: Patch, ground: Grounds, *, refuse: bool) -> None:
    real = queries.passenger

    async def passenger(unit: Any, wanted: Any) -> Any:
        if wanted == ground.house.stage.stranger:
            if refuse:
                raise refusals.NotForThisRole
            await unit.connection.fetchval("select 1")
        return await real(unit, wanted)

    patch.setattr(pages, "passenger", passenger)
