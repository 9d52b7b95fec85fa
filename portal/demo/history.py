"""Two months of work, as entries: passengers added, visits by role and hour, failures, daily statements."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from audit.catalogue import RESIDENCY_STATED, kind_of_field
from audit.entry import Facts
from portal.demo.dice import dice
from portal.demo.doings import DOINGS, RHYTHMS
from portal.demo.joining import editor_of
from portal.demo.keeping import Moment
from portal.demo.opened import Opened
from portal.demo.people import organisations_of
from portal.demo.quotes_stored import quote_moments
from portal.demo.sealing import SealedPerson, SealedValue
from portal.demo.visits import Visit
from portal.demo.workdays import days_between, is_free, moment
from portal.demo.world import World
from portal.web.ids import new_id

SETTLED = timedelta(days=7)  # after this the work is more than adding passengers
GUESSES = 0.7  # failed sign-ins a day
EXPORT_TAKES = timedelta(minutes=2)


def history(world: World, system_identifier: str, keks: Mapping[str, int]) -> Iterator[Moment]:
    """Give every moment of the two months, in no order."""
    yield from _joinings(world)
    yield from _visits(world)
    yield from _failures(world)
    yield from quote_moments(world)
    yield from _statements(world, system_identifier, keks)


def _joinings(world: World) -> Iterator[Moment]:
    """Each passenger is added by the editor of the organisation: one entry, and one a sealed field."""
    by_demo = {one.demo: one for one in world.accounts}
    editors = {org.key: by_demo[editor_of(org.key)] for org in organisations_of(world.region)}
    together: dict[tuple[datetime, str], list[SealedPerson]] = {}
    for sealed in world.people:
        together.setdefault((world.joined[sealed.person.id], sealed.person.org), []).append(sealed)
    began = set()
    for (at, org), added in sorted(together.items(), key=lambda item: item[0]):
        editor, kept, stated = editors[org], [], []
        if (org, at.date()) not in began:  # signs in once a day
            began.add((org, at.date()))
            kept.append(_by(editor, "security:session:opened"))
        for sealed in added:
            request = new_id()
            stated.append(
                _by(
                    editor,
                    "passengers:profile:created",
                    request=request,
                    subject=sealed.person.id,
                    field="passenger",
                )
            )
            kept += [_sealed(editor, request, sealed.person.id, value) for value in sealed.values.values()]
        yield Moment(at, tuple(kept), tuple(stated))


def _sealed(editor: Opened, request: UUID, subject: UUID, value: SealedValue) -> Facts:
    kind = kind_of_field(value.field, "sealed")
    return _by(editor, kind, request=request, subject=subject, field=value.field, dek=value.dek)


def _by(one: Opened, kind: str, *, request: UUID | None = None, **more: Any) -> Facts:
    return Facts(kind=kind, who=one.code, role=one.demo.role, request=request or new_id(), **more)


def _visits(world: World) -> Iterator[Moment]:
    for one in world.accounts:
        if one.demo.firm:
            continue
        chance = dice(f"visits/{one.demo.email}")
        rhythm, zone = RHYTHMS[one.demo.role], one.demo.time_zone
        for day in days_between(world.began_at + SETTLED, world.now, zone):
            if is_free(day, zone) and not rhythm.every_day:
                continue
            count = int(rhythm.visits) + (chance.random() < rhythm.visits % 1)
            for _ in range(count):
                at = moment(chance, day, zone, rhythm.hours)
                if at < world.now - timedelta(minutes=5):
                    yield from _visit(Visit(world, one, at, chance))


def _visit(visit: Visit) -> Iterator[Moment]:
    DOINGS[visit.who.demo.role](visit)
    moments = visit.done()
    yield from moments
    for made in moments:
        if any(facts.kind == "oversight:export:requested" for facts in made.web):
            built = Facts(
                kind="oversight:export:built", who="worker", role="system", request=new_id(), field="ledger"
            )
            yield Moment(made.at + EXPORT_TAKES, worker=(built,))


def _failures(world: World) -> Iterator[Moment]:
    """Wrong passwords: of people who are known, and of names nobody has."""
    chance = dice("failures")
    for day in days_between(world.began_at, world.now, "UTC"):
        if chance.random() < GUESSES:
            one = chance.choice([None, *world.accounts])
            yield Moment(moment(chance, day, "UTC", (0, 24)), (_refused(one),))


def _refused(one: Opened | None) -> Facts:
    return Facts(
        kind="security:session:refused",
        who=one.code if one else "unknown",
        role=one.demo.role if one else "unknown",
        request=new_id(),
        decision="deny",
        document={"refusal": "security:wrong_credentials"},
    )


def _statements(world: World, system_identifier: str, keks: Mapping[str, int]) -> Iterator[Moment]:
    """Each day the worker states what lies here: counts by table, and that no row is of another region."""
    for day in days_between(world.began_at, world.now, "UTC"):
        at = datetime.combine(day, time(0, 0, 20), UTC)
        document = {
            "region": world.region,
            "system_identifier": system_identifier,
            "rows": json.dumps(_counts(world, at), sort_keys=True),
            "foreign_rows": "0",
            "keks": json.dumps({kek: str(epoch) for kek, epoch in keks.items()}, sort_keys=True),
        }
        stated = Facts(
            kind=RESIDENCY_STATED,
            who="worker",
            role="system",
            request=new_id(),
            field="residency",
            document=document,
        )
        yield Moment(at, worker=(stated,))


def _counts(world: World, at: datetime) -> dict[str, str]:
    people = [world.by_id[person].person for person in world.people_at(at)]
    trips = world.trips_at(at)
    counts = Counter(
        organisation=len(organisations_of(world.region)),
        passenger=len(people),
        travel_document=sum(len(person.papers) for person in people),
        payment_card=sum(len(person.cards) for person in people),
        bank_account=sum(len(person.banks) for person in people),
        trip=len(trips),
        leg=sum(len(trip.legs) for trip in trips),
    )
    return {name: str(count) for name, count in counts.items()}


def signed_in(accounts: Sequence[Opened], at: datetime) -> Moment:
    """Give the entries of the sessions that the sheet's tokens belong to."""
    return Moment(at, tuple(_by(one, "security:session:opened") for one in accounts))
