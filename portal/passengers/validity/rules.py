"""Which document somebody flies with, and what it falls short of. Pure: clear dates in, codes out."""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from portal.passengers.validity.reading import EntryRules, Rule

VISA, PASSPORT = "visa", "passport"
INSIDE = "inside"


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as far as it lies in the clear."""

    id: UUID
    kind: str
    issuing_state: str
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class Flight:
    """A leg: from which state to which, on which days by the clocks of its airports."""

    leg: UUID
    trip: UUID
    origin: str
    destination: str
    place: str
    departs_on: date
    arrives_on: date


@dataclass(frozen=True, slots=True)
class Shortfall:
    """What falls short for one leg: `code`, the document (None: there is none), the rule, and until when it asks."""

    code: str
    flight: Flight
    paper: Paper | None
    rule: Rule
    needed_until: date


@dataclass(frozen=True, slots=True)
class Judgement:
    """One leg for one person: the document that counts, and what falls short."""

    flight: Flight
    paper: Paper | None
    shortfalls: tuple[Shortfall, ...]


def judge_all(rules: EntryRules, flights: Sequence[Flight], papers: Sequence[Paper]) -> list[Judgement]:
    """Judge each leg of one person's trip; the legs are in the order of flying."""
    return [judge(rules, flights, number, papers) for number in range(len(flights))]


def judge(rules: EntryRules, flights: Sequence[Flight], number: int, papers: Sequence[Paper]) -> Judgement:
    """Judge one leg of a trip."""
    flight, leaves_on = flights[number], leaving(rules, flights, number)
    enters = flight.origin not in rules.area(flight.destination)
    found = [(paper, _rule(rules, flight, paper.issuing_state, enters=enters)) for paper in papers]
    counting = [(paper, rule) for paper, rule in found if paper.kind in rule.kinds]
    if not counting:
        rule = _rule(rules, flight, "", enters=enters)
        needed = needed_until(rule, flight.arrives_on, leaves_on)
        return Judgement(flight, None, (Shortfall("no_document", flight, None, rule, needed),))
    paper, rule = max(counting, key=lambda pair: _merit(pair[0], pair[1], flight.arrives_on, leaves_on))
    needed = needed_until(rule, flight.arrives_on, leaves_on)
    code = _problem(paper, flight, needed)
    own = (Shortfall(code, flight, paper, rule, needed),) if code else ()
    visas = _visas(flight, papers, rule, leaves_on or flight.arrives_on) if enters else ()
    return Judgement(flight, paper, (*own, *visas))


def leaving(rules: EntryRules, flights: Sequence[Flight], number: int) -> date | None:
    """Give the day on which somebody leaves the area that this leg leads into; None if no later leg does."""
    area = rules.area(flights[number].destination)
    return next((later.departs_on for later in flights[number + 1 :] if later.destination not in area), None)


def needed_until(rule: Rule, arrives_on: date, leaves_on: date | None) -> date:
    """Give the day until which a document must be good; where leaving is not known, arrival stands for it."""
    base = (leaves_on or arrives_on) if rule.base == "leaving" else arrives_on
    return months_after(base, rule.months) + timedelta(days=rule.days)


def months_after(day: date, months: int) -> date:
    """Give the same day so many months later, or the last of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def expiry_of(rules: EntryRules, expires_on: date | None, today: date) -> str:
    """Say how a document stands without a flight: unknown, expired, soon or good."""
    if expires_on is None:
        return "unknown"
    if expires_on < today:
        return "expired"
    return "soon" if expires_on < months_after(today, rules.soon_months) else "good"


def _rule(rules: EntryRules, flight: Flight, issuer: str, *, enters: bool) -> Rule:
    """Give the rule of entering, or for a leg inside an area that only whoever carries looks at a document."""
    found = rules.rule(flight.destination, issuer)
    if enters:
        return found
    kinds = tuple(dict.fromkeys((*found.kinds, "national_id", "residence_permit")))
    everybody: frozenset[str] = frozenset()
    return Rule(INSIDE, everybody, everybody, everybody, "arrival", 0, 0, kinds, "")


def _merit(paper: Paper, rule: Rule, arrives_on: date, leaves_on: date | None) -> tuple[bool, bool, date]:
    """Order documents: one that is good for long enough, then a passport, then the one good for longest."""
    ends = paper.expires_on or date.min
    return ends >= needed_until(rule, arrives_on, leaves_on), paper.kind == PASSPORT, ends


def _problem(paper: Paper, flight: Flight, needed: date) -> str | None:
    if paper.expires_on is None:
        return "no_expiry"
    if paper.expires_on < flight.arrives_on:
        return "expired"
    return "too_short" if paper.expires_on < needed else None


def _visas(flight: Flight, papers: Sequence[Paper], rule: Rule, until: date) -> tuple[Shortfall, ...]:
    """Name the destination's visa on file if none lasts for the stay; whether one is needed is not known here."""
    held = [paper for paper in papers if paper.kind == VISA and paper.issuing_state == flight.destination]
    if not held or any(paper.expires_on is None or paper.expires_on >= until for paper in held):
        return ()
    last = max(held, key=lambda paper: paper.expires_on or date.min)
    return (Shortfall("visa_ends", flight, last, rule, until),)
