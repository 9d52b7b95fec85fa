"""What may be asked about quotes: rows by row-level security, prices only for roles that were granted them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from portal.quotes.rules import state_at
from portal.trips.airports import Airport, airport
from portal.web.cursors import read_cursor, write_cursor
from portal.web.refusals import Refusal
from portal.web.unit import Unit

PRICED = frozenset({"booker", "client_admin", "sales", "finance"})


class QuoteNotFound(Refusal):
    """No such quote, or none that this actor may see."""

    code = "quotes:not_found"
    status = 404


class PaperNotFound(Refusal):
    """The quote was not accepted, or its acceptance has no paper."""

    code = "quotes:paper_not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class WishedLeg:
    """One leg as it was asked for; the time is a wish."""

    origin: Airport
    destination: Airport
    on: date
    time: time | None


@dataclass(frozen=True, slots=True)
class OfferedLeg:
    """One leg as it is offered."""

    origin: Airport
    destination: Airport
    departs_local: datetime
    arrives_local: datetime
    departs_at: datetime
    arrives_at: datetime
    miles: int


@dataclass(slots=True)
class Offer:
    """One option; `prices` are (kind, minor units) and empty for roles that see none."""

    id: UUID
    position: int
    aircraft: str
    seats: int
    currency: str
    reason: str
    valid_until: datetime
    legs: list[OfferedLeg] = field(default_factory=list)
    prices: list[tuple[str, int]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """The sum of the price lines in minor units."""
        return sum(amount for _, amount in self.prices)


@dataclass(frozen=True, slots=True)
class Step:
    """A state with who and when."""

    state: str
    at: datetime
    who: str
    role: str


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What was accepted, by whom, under which terms; hashes as hexadecimal."""

    option: UUID
    trip: UUID
    name: str
    terms: str
    locale: str
    at: datetime
    agreed_sha256: str
    paper_sha256: str | None


@dataclass(slots=True)
class QuoteView:
    """A quote as one actor may see it; `stored` is the state on file, `state` the state now."""

    id: UUID
    org: UUID
    reference: str
    stored: str
    version: int
    asked_at: datetime
    locale: str
    seats: int
    needs: list[str]
    wish: str
    valid_until: datetime | None
    trip: UUID | None
    state: str = ""
    legs: list[WishedLeg] = field(default_factory=list)
    passengers: list[UUID] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    acceptance: Acceptance | None = None

    @property
    def airports(self) -> list[Airport]:
        """The airports in the order of flying."""
        return [self.legs[0].origin, *(leg.destination for leg in self.legs)] if self.legs else []


@dataclass(frozen=True, slots=True)
class QuotePage:
    """One page of quotes and the cursor of the next."""

    items: list[QuoteView]
    next: str | None


_COLUMNS = "id, org_id, reference, state, version, asked_at, locale, seats, needs, wish, valid_until, trip_id"
VIEWS = ("open", "closed", "all")
_WHERE = {
    "open": "(state = 'asked' or (state = 'answered' and valid_until > $1))",
    "closed": "not (state = 'asked' or (state = 'answered' and valid_until > $1))",
    "all": "$1::timestamptz is not null",
}


async def find_quotes(
    unit: Unit, *, view: str = "all", cursor: str | None = None, limit: int = 50
) -> QuotePage:
    """Find quotes, newest first: open, closed or all. Raises BadCursor."""
    after = read_cursor(cursor, 2)
    values: list[Any] = [unit.at]
    where = [_WHERE[view]]
    if after:
        values += [datetime.fromisoformat(after[0].decode()), UUID(bytes=after[1])]
        where.append("(asked_at, id) < ($2, $3)")
    sql = f"select {_COLUMNS} from quote where {' and '.join(where)} order by asked_at desc, id desc limit {limit + 1}"  # noqa: S608 -- constants, places and a number
    rows = await unit.connection.fetch(sql, *values)
    items = [_view(row, unit.at) for row in rows[:limit]]
    await _add_legs(unit, items)
    await _add_passengers(unit, items)
    last = items[-1] if len(rows) > limit else None
    end = write_cursor(last.asked_at.isoformat().encode(), last.id.bytes) if last else None
    return QuotePage(items, end)


async def quote(unit: Unit, wanted: UUID, *, lock: bool = False) -> QuoteView:
    """Give one quote with all that belongs to it; `lock` holds others off until the end. Raises QuoteNotFound."""
    hold = " for update" if lock else ""
    row = await unit.connection.fetchrow(f"select {_COLUMNS} from quote where id = $1{hold}", wanted)  # noqa: S608 -- constants
    if row is None:
        raise QuoteNotFound
    view = _view(row, unit.at)
    await _add_legs(unit, [view])
    await _add_passengers(unit, [view])
    await _add_offers(unit, view)
    steps = await unit.connection.fetch(
        "select state, at, who, role from quote_step where quote_id = $1 order by at, id", wanted
    )
    view.steps = [Step(**row) for row in steps]
    if unit.who.role in PRICED:
        view.acceptance = await _acceptance(unit, wanted)
    return view


async def paper(unit: Unit, wanted: UUID) -> bytes:
    """Give the PDF of an acceptance. Raises PaperNotFound."""
    found = await unit.connection.fetchval("select paper from quote_acceptance where quote_id = $1", wanted)
    if found is None:
        raise PaperNotFound
    return bytes(found)


def _view(row: Any, at: datetime) -> QuoteView:
    view = QuoteView(*row.values())
    view.state = state_at(view.stored, view.valid_until, at)
    return view


async def _add_legs(unit: Unit, views: Sequence[QuoteView]) -> None:
    by_id = {view.id: view for view in views}
    rows = await unit.connection.fetch(
        "select quote_id, from_airport, to_airport, departs_on, departs_time from quote_leg"
        " where quote_id = any($1) order by quote_id, position",
        list(by_id),
    )
    for row in rows:
        leg = WishedLeg(
            airport(row["from_airport"]), airport(row["to_airport"]), row["departs_on"], row["departs_time"]
        )
        by_id[row["quote_id"]].legs.append(leg)


async def _add_passengers(unit: Unit, views: Sequence[QuoteView]) -> None:
    by_id = {view.id: view for view in views}
    rows = await unit.connection.fetch(
        "select quote_id, passenger_id from quote_passenger where quote_id = any($1) order by 1, 2",
        list(by_id),
    )
    for row in rows:
        by_id[row["quote_id"]].passengers.append(row["passenger_id"])


async def _add_offers(unit: Unit, view: QuoteView) -> None:
    rows = await unit.connection.fetch(
        "select id, position, aircraft, seats, currency, reason, valid_until from quote_option"
        " where quote_id = $1 order by position",
        view.id,
    )
    view.offers = [Offer(*row.values()) for row in rows]
    by_id = {offer.id: offer for offer in view.offers}
    legs = await unit.connection.fetch(
        "select option_id, from_airport, to_airport, departs_local, arrives_local, departs_at, arrives_at,"
        " distance_miles from quote_option_leg where quote_id = $1 order by option_id, position",
        view.id,
    )
    for row in legs:
        option, origin, destination, *rest = row.values()
        by_id[option].legs.append(OfferedLeg(airport(origin), airport(destination), *rest))
    if unit.who.role not in PRICED:
        return
    prices = await unit.connection.fetch(
        "select option_id, kind, amount from quote_price where quote_id = $1 order by option_id, position",
        view.id,
    )
    for row in prices:
        by_id[row["option_id"]].prices.append((row["kind"], row["amount"]))


async def _acceptance(unit: Unit, wanted: UUID) -> Acceptance | None:
    row = await unit.connection.fetchrow(
        "select option_id, trip_id, typed_name, terms, locale, accepted_at, agreed_sha256, paper_sha256"
        " from quote_acceptance where quote_id = $1",
        wanted,
    )
    return Acceptance(*row.values()) if row else None
