"""What is done with quotes: ask, answer, accept, decline, withdraw; each one entry in the same transaction."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.entry import canonical
from portal.passengers.queries import names_of
from portal.quotes.forms import AskInput, OptionInput
from portal.quotes.queries import Offer, OfferedLeg, QuoteView, quote
from portal.quotes.rules import acceptance_problem, same_name
from portal.quotes.terms import CURRENT, terms_digest
from portal.trips.actions import PlannedLeg, create_trip
from portal.trips.rules import Times
from portal.web.ids import new_id, outer
from portal.web.refusals import FormRefused, Refusal, Stale
from portal.web.unit import Unit


class NotOpen(Refusal):
    """The quote is past the state in which this can be done."""

    code = "quotes:closed"
    status = 409


class NotAnswered(Refusal):
    """Nothing has been offered yet."""

    code = "quotes:not_answered"
    status = 409


class QuoteExpired(Refusal):
    """The offer was not accepted in time."""

    code = "quotes:expired"
    status = 409


class AlreadyAccepted(Refusal):
    """Another option was accepted, or somebody else accepted."""

    code = "quotes:already_accepted"
    status = 409


class UnknownOption(Refusal):
    """The quote has no such option."""

    code = "quotes:unknown_option"
    status = 404


class StepUpRequired(Refusal):
    """Accepting needs the password again."""

    code = "quotes:step_up_required"
    status = 403


_REFUSALS = {kind.code: kind for kind in (NotOpen, NotAnswered, QuoteExpired, AlreadyAccepted)}
_OPTION_LEG = (
    "insert into quote_option_leg (id, option_id, quote_id, org_id, position, from_airport, to_airport,"
    " departs_local, arrives_local, departs_at, arrives_at, distance_miles)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
)

Printer = Callable[[QuoteView, Offer, "Agreement", str, str], Awaitable[bytes | None]]


async def ask_quote(unit: Unit, org: UUID, given: AskInput) -> UUID:
    """Enquire for an organisation. Raises FormRefused for a passenger it does not have. One entry."""
    if len(await names_of(given.passengers)) != len(given.passengers):
        raise FormRefused({"passengers": "quotes:unknown_passenger"})
    made = new_id()
    number = await unit.connection.fetchval("select nextval('quote_number')")
    await unit.connection.execute(
        "insert into quote (id, org_id, reference, state, asked_by, asked_at, locale, seats, needs, wish)"
        " values ($1, $2, $3, 'asked', $4, $5, $6, $7, $8, $9)",
        made,
        org,
        f"Q-{unit.at:%y}-{number:04d}",
        unit.who.account,
        unit.at,
        unit.locale,
        given.seats,
        list(given.needs),
        given.wish,
    )
    await unit.connection.executemany(
        "insert into quote_leg (id, quote_id, org_id, position, from_airport, to_airport, departs_on, departs_time)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            (new_id(), made, org, n, leg.origin.icao, leg.destination.icao, leg.on, leg.time)
            for n, leg in enumerate(given.legs, 1)
        ],
    )
    await unit.connection.executemany(
        "insert into quote_passenger (id, quote_id, passenger_id, org_id) values ($1, $2, $3, $4)",
        [(new_id(), made, person, org) for person in given.passengers],
    )
    await _step(unit, made, org, "asked")
    await unit.record(
        "quotes:quote:asked", field="quote", members=given.passengers, reference=_outer(unit, made)
    )
    return made


async def answer_quote(unit: Unit, wanted: UUID, version: int, options: Sequence[OptionInput]) -> None:
    """Offer one to three options for what was asked. Raises QuoteNotFound, Stale, NotOpen. One entry."""
    view = await quote(unit, wanted, lock=True)
    if view.state != "asked":
        raise NotOpen
    if view.version != version:
        raise Stale
    for position, option in enumerate(options, 1):
        await _store_option(unit, view, position, option)
    until = max(option.valid_until for option in options)
    await _move(unit, view, "answered", ", valid_until = $4", until)
    await unit.record("quotes:quote:answered", field="quote", reference=_outer(unit, wanted))


async def _store_option(unit: Unit, view: QuoteView, position: int, given: OptionInput) -> None:
    made = new_id()
    await unit.connection.execute(
        "insert into quote_option (id, quote_id, org_id, position, aircraft, seats, currency, reason, valid_until)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        made,
        view.id,
        view.org,
        position,
        given.kind.type,
        given.kind.seats,
        given.currency,
        given.reason,
        given.valid_until,
    )
    for n, leg in enumerate(given.legs, 1):
        where, times = (leg.origin.icao, leg.destination.icao), leg.times
        clocks = (times.departs_local, times.arrives_local, times.departs_at, times.arrives_at)
        await unit.connection.execute(
            _OPTION_LEG, new_id(), made, view.id, view.org, n, *where, *clocks, leg.miles
        )
    await unit.connection.executemany(
        "insert into quote_price (id, option_id, quote_id, org_id, position, kind, amount)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        [
            (new_id(), made, view.id, view.org, n, kind, amount)
            for n, (kind, amount) in enumerate(given.prices, 1)
        ],
    )


async def decline_quote(unit: Unit, wanted: UUID) -> None:
    """Turn an answer down, for the client. Raises QuoteNotFound, NotOpen. One entry."""
    view = await quote(unit, wanted, lock=True)
    if view.state != "answered":
        raise NotOpen
    await _move(unit, view, "declined")
    await unit.record("quotes:quote:declined", field="quote", reference=_outer(unit, wanted))


async def withdraw_quote(unit: Unit, wanted: UUID) -> None:
    """Take back what was asked (the client) or offered (sales). Raises QuoteNotFound, NotOpen. One entry."""
    view = await quote(unit, wanted, lock=True)
    if view.state not in ({"answered"} if unit.who.role == "sales" else {"asked"}):
        raise NotOpen
    await _move(unit, view, "withdrawn")
    await unit.record("quotes:quote:withdrawn", field="quote", reference=_outer(unit, wanted))


@dataclass(frozen=True, slots=True)
class Agreement:
    """What somebody is about to agree to: option, typed name, version of the terms that were shown."""

    option: UUID
    name: str
    terms: str


async def accept_quote(
    unit: Unit, wanted: UUID, given: Agreement, version: int | None, print_paper: Printer
) -> UUID:
    """Accept an option: terms, name and step-up checked, a trip made, its paper kept. Gives the trip. One entry.

    The same option by the same person again is the same acceptance. Raises QuoteNotFound, UnknownOption, Stale,
    NotOpen and its kin, FormRefused, StepUpRequired.
    """
    view = await quote(unit, wanted, lock=True)
    offer = next((offer for offer in view.offers if offer.id == given.option), None)
    if view.acceptance and view.acceptance.option == given.option and await _is_mine(unit, wanted):
        return view.acceptance.trip
    _check_state(view, offer, version, unit.at)
    if offer is None:
        raise UnknownOption
    _check_agreement(unit, given)
    plan = [
        PlannedLeg(leg.origin.icao, leg.destination.icao, _times(leg), offer.aircraft) for leg in offer.legs
    ]
    trip = await create_trip(unit, view.org, "confirmed", plan, view.passengers)
    agreed = agreement_text(unit, view, offer, given, trip.reference)
    digest = hashlib.sha256(agreed.encode()).hexdigest()
    printed = await print_paper(view, offer, given, digest, trip.reference)
    sealed = hashlib.sha256(printed).hexdigest() if printed else None
    await unit.connection.execute(
        "insert into quote_acceptance (id, quote_id, option_id, org_id, trip_id, account_id, typed_name, terms, locale,"
        " agreed, agreed_sha256, paper, paper_sha256, accepted_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        new_id(),
        wanted,
        offer.id,
        view.org,
        trip.id,
        unit.who.account,
        given.name,
        given.terms,
        unit.locale,
        agreed,
        digest,
        printed,
        sealed,
        unit.at,
    )
    await _move(unit, view, "accepted", ", trip_id = $4", trip.id)
    document = {"agreed_sha256": digest, "terms": given.terms, "option": _outer(unit, offer.id)}
    document |= {"paper_sha256": sealed} if sealed else {}
    await unit.record(
        "quotes:quote:accepted", field="quote", reference=_outer(unit, wanted), document=document
    )
    return trip.id


def _check_state(view: QuoteView, offer: Offer | None, version: int | None, at: datetime) -> None:
    problem = acceptance_problem(view.state)
    if problem is None and offer is not None and offer.valid_until <= at:
        problem = QuoteExpired.code
    if problem:
        raise _REFUSALS[problem]
    if version is not None and version != view.version:
        raise Stale


def _check_agreement(unit: Unit, given: Agreement) -> None:
    errors = {}
    if not same_name(given.name, unit.who.name):
        errors["name"] = "quotes:name_differs"
    if given.terms != CURRENT:
        errors["terms"] = "quotes:terms_not_agreed"
    if errors:
        raise FormRefused(errors)
    if unit.who.step_up_until is None or unit.who.step_up_until <= unit.at:
        raise StepUpRequired


def agreement_text(unit: Unit, view: QuoteView, offer: Offer, given: Agreement, trip: str) -> str:
    """Write what was agreed as canonical JSON: the record whose hash stands in the ledger."""
    agreed: dict[str, Any] = {
        "quote": view.reference,
        "trip": trip,
        "organisation": _outer(unit, view.org),
        "option": _outer(unit, offer.id),
        "aircraft": offer.aircraft,
        "legs": [
            {
                "from": leg.origin.icao,
                "to": leg.destination.icao,
                "departs_local": leg.departs_local.isoformat(timespec="minutes"),
                "arrives_local": leg.arrives_local.isoformat(timespec="minutes"),
            }
            for leg in offer.legs
        ],
        "seats": str(view.seats),
        "currency": offer.currency,
        "prices": [{"kind": kind, "minor_units": str(amount)} for kind, amount in offer.prices],
        "total_minor_units": str(offer.total),
        "terms": given.terms,
        "terms_sha256": terms_digest(given.terms, unit.locale),
        "language": unit.locale,
        "name": given.name,
        "account": unit.who.code,
        "accepted_at": unit.at.isoformat(timespec="seconds"),
    }
    return canonical(agreed).decode()


def _times(leg: OfferedLeg) -> Times:
    return Times(leg.departs_at, leg.arrives_at, leg.departs_local, leg.arrives_local)


async def _is_mine(unit: Unit, wanted: UUID) -> bool:
    sql = "select account_id = $2 from quote_acceptance where quote_id = $1"
    return bool(await unit.connection.fetchval(sql, wanted, unit.who.account))


async def _move(unit: Unit, view: QuoteView, state: str, more: str = "", *values: Any) -> None:
    """Bring a locked quote into its next state, as a row with who and when."""
    await unit.connection.execute(
        f"update quote set state = $2, version = $3{more} where id = $1",  # noqa: S608 -- constants
        view.id,
        state,
        view.version + 1,
        *values,
    )
    await _step(unit, view.id, view.org, state)


async def _step(unit: Unit, wanted: UUID, org: UUID, state: str) -> None:
    await unit.connection.execute(
        "insert into quote_step (id, quote_id, org_id, state, at, who, role) values ($1, $2, $3, $4, $5, $6, $7)",
        new_id(),
        wanted,
        org,
        state,
        unit.at,
        unit.who.code,
        unit.who.role,
    )


def _outer(unit: Unit, inner: UUID) -> str:
    return outer(unit.settings.region, inner)
