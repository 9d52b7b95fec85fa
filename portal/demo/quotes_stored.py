"""Rows of the demo's quotes, and the entries that tell how they came about."""

from collections.abc import Iterator, Sequence
from datetime import time
from typing import Any
from uuid import UUID

from audit.entry import Facts
from portal.demo.keeping import Moment
from portal.demo.opened import Opened
from portal.demo.quotes import DemoQuote
from portal.demo.storing import copy_rows
from portal.demo.world import World
from portal.quotes.terms import CURRENT
from portal.trips.airports import airport
from portal.trips.rules import distance
from portal.web.ids import new_id, outer

CLOCKS = "departs_local arrives_local departs_at arrives_at"


async def store_quotes(connection: Any, quotes: Sequence[DemoQuote]) -> None:
    """Write quotes with their legs, options, prices, steps and acceptances."""
    rows = [_quote(q) for q in quotes]
    columns = (
        "id org_id reference state version asked_by asked_at locale seats needs wish valid_until trip_id"
    )
    await copy_rows(connection, "quote", columns, rows)
    steps = [
        (
            new_id(),
            q.id,
            q.booker.org,
            state,
            at,
            one.code if one else "worker",
            one.demo.role if one else "system",
        )
        for q in quotes
        for state, at, one in q.steps
    ]
    await copy_rows(connection, "quote_step", "id quote_id org_id state at who role", steps)
    legs = [
        (
            new_id(),
            q.id,
            q.booker.org,
            n,
            origin,
            destination,
            times.departs_local.date(),
            _wished(times.departs_local.time()),
        )
        for q in quotes
        for n, (origin, destination, times) in enumerate(q.legs, 1)
    ]
    columns = "id quote_id org_id position from_airport to_airport departs_on departs_time"
    await copy_rows(connection, "quote_leg", columns, legs)
    people = [(new_id(), q.id, person, q.booker.org) for q in quotes for person in q.passengers]
    await copy_rows(connection, "quote_passenger", "id quote_id passenger_id org_id", people)
    await _store_options(connection, quotes)
    accepted = [
        (
            new_id(),
            q.id,
            q.options[0].id,
            q.booker.org,
            q.trip.id,
            q.booker.id,
            q.booker.demo.name,
            CURRENT,
            q.booker.demo.locale,
            q.agreed,
            q.digest,
            q.steps[-1][1],
        )
        for q in quotes
        if q.trip
    ]
    columns = "id quote_id option_id org_id trip_id account_id typed_name terms locale agreed agreed_sha256 accepted_at"
    await copy_rows(connection, "quote_acceptance", columns, accepted)


def _wished(clock: time) -> time:
    return clock.replace(minute=clock.minute // 30 * 30)


def _quote(q: DemoQuote) -> tuple[Any, ...]:
    asked = (q.booker.id, q.steps[0][1], q.booker.demo.locale, q.seats, list(q.needs), q.wish)
    return (
        q.id,
        q.booker.org,
        q.reference,
        q.state,
        len(q.steps),
        *asked,
        q.valid_until,
        q.trip.id if q.trip else None,
    )


async def _store_options(connection: Any, quotes: Sequence[DemoQuote]) -> None:
    options, legs, prices = [], [], []
    for q in quotes:
        for n, one in enumerate(q.options, 1):
            options.append(
                (
                    one.id,
                    q.id,
                    q.booker.org,
                    n,
                    one.kind.type,
                    one.kind.seats,
                    one.currency,
                    one.reason,
                    q.valid_until,
                )
            )
            for place, (origin, destination, t) in enumerate(one.legs, 1):
                clocks = (t.departs_local, t.arrives_local, t.departs_at, t.arrives_at)
                far = round(distance(airport(origin), airport(destination)))
                legs.append((new_id(), one.id, q.id, q.booker.org, place, origin, destination, *clocks, far))
            prices += [
                (new_id(), one.id, q.id, q.booker.org, m, kind, amount)
                for m, (kind, amount) in enumerate(one.prices, 1)
            ]
    columns = "id quote_id org_id position aircraft seats currency reason valid_until"
    await copy_rows(connection, "quote_option", columns, options)
    columns = f"id option_id quote_id org_id position from_airport to_airport {CLOCKS} distance_miles"
    await copy_rows(connection, "quote_option_leg", columns, legs)
    await copy_rows(connection, "quote_price", "id option_id quote_id org_id position kind amount", prices)


def quote_moments(world: World) -> Iterator[Moment]:
    """Give the entries of every quote: who asked, answered, accepted, and that others looked at it."""
    for q in world.quotes:
        reference = outer(world.region, q.id)
        for state, at, one in q.steps:
            yield _moment(q, state, at, one, reference, world.region)


def _moment(q: DemoQuote, state: str, at: Any, one: Opened | None, reference: str, region: str) -> Moment:
    kind, request = f"quotes:quote:{state}", new_id()
    if one is None:
        facts = Facts(
            kind=kind, who="worker", role="system", request=request, field="quote", reference=reference
        )
        return Moment(at, worker=(facts,))
    stated = [_view(q, one, reference)] if state != "asked" else []
    if state == "accepted" and q.trip:
        made = outer(region, q.trip.id)
        stated.append(
            _by(one, "trips:trip:created", request, field="trip", members=q.passengers, reference=made)
        )
        document = {"agreed_sha256": q.digest, "terms": CURRENT, "option": outer(region, q.options[0].id)}
        stated.append(_by(one, kind, request, field="quote", reference=reference, document=document))
        return Moment(at, (_by(one, "security:step-up:passed", new_id()),), tuple(stated))
    members = q.passengers if state == "asked" else ()
    stated.append(_by(one, kind, request, field="quote", members=members, reference=reference))
    return Moment(at, web=tuple(stated))


def _view(q: DemoQuote, one: Opened, reference: str) -> Facts:
    return _by(
        one,
        "quotes:quote:viewed",
        new_id(),
        field="quote",
        tier="clear",
        members=q.passengers,
        reference=reference,
    )


def _by(one: Opened, kind: str, request: UUID, **more: Any) -> Facts:
    return Facts(kind=kind, who=one.code, role=one.demo.role, request=request, **more)
