"""What is done: a change to a confirmed leg with its notices, and an answer. One transaction each, one entry a step."""

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from portal.notices.audience import Person, audience
from portal.notices.forms import Answer
from portal.notices.legs import leg_in, legs_of, move_leg
from portal.notices.queries import NoticeView, notice
from portal.notices.rules import Difference, Itinerary, Leg, as_facts, differences, grade
from portal.notices.telling import Round, Word, foresee, tell
from portal.web.ids import new_id, outer
from portal.web.refusals import FormRefused, Refusal
from portal.web.unit import Unit


class NotConfirmed(Refusal):
    """Only a confirmed trip changes with notices."""

    code = "notices:not_confirmed"
    status = 409


class NothingChanged(FormRefused):
    """The leg is already so."""

    code = "notices:nothing_changed"


class StaleAnswer(Refusal):
    """The answer is about something that is no longer what the notice says."""

    code = "notices:stale_answer"
    status = 409


class NotYours(Refusal):
    """Only the person a notice is for answers it."""

    code = "notices:not_yours"
    status = 403


@dataclass(frozen=True, slots=True)
class Change:
    """A change as it was made, or would be: differences, grade, people and what each will hear."""

    id: UUID | None
    trip: UUID
    found: list[Difference]
    grade: str
    people: list[Person]
    words: list[Word]
    withdrawn: list[UUID]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A leg's new state over the one read at `version`, with the desk's own note."""

    leg: Leg
    version: int
    note: str = ""


async def preview_change(unit: Unit, trip: UUID, wanted: Wanted) -> Change:
    """Say what a change would be and what each recipient would read; nothing changes. One entry, it shows people."""
    before, after, found = await _compared(unit, trip, wanted)
    people = await audience(unit.connection, trip)
    words = await foresee(unit.connection, trip, people, before, after)
    await unit.record(
        "notices:change:previewed",
        field="trip",
        tier="clear",
        members=tuple(word.person.passenger for word in words if word.person.passenger),
        reference=outer(unit.settings.region, trip),
    )
    return Change(None, trip, found, grade(found), people, words, [])


async def make_change(unit: Unit, trip: UUID, wanted: Wanted) -> Change:
    """Move a leg and tell everybody it concerns: leg, change, notices, promises, entries are there together or not.

    Raises NotConfirmed, NothingChanged, Stale.
    """
    org = await _confirmed(unit, trip)
    before, after, found = await _compared(unit, trip, wanted)
    version = await move_leg(unit.connection, wanted.leg, wanted.version)
    made = await _store(unit, org, trip, wanted, version, found)
    people = await audience(unit.connection, trip)
    window = timedelta(seconds=unit.settings.notice_window_seconds)
    words, back = await tell(unit.connection, Round(org, trip, made, before, after, unit.at, window), people)
    reference = outer(unit.settings.region, trip)
    await unit.record(
        "notices:change:made",
        field="trip",
        reference=reference,
        document={"change": str(made), "leg": wanted.leg.id, "version": str(version), "grade": grade(found)},
    )
    for word in words:
        await unit.record(
            "notices:notice:created", field="trip", subject=word.person.passenger, reference=reference
        )
    for _ in back:
        await unit.record("notices:notice:retracted", field="trip", reference=reference)
    return Change(made, trip, found, grade(found), people, words, back)


async def answer_notice(unit: Unit, wanted: UUID, given: Answer, via: str) -> NoticeView:
    """Answer one's own notice; the answer covers what its hash names and nothing else.

    Raises NoticeNotFound, NotYours, StaleAnswer. One entry.
    """
    was = await notice(unit, wanted, lock=True)
    if not is_own(unit, was):
        raise NotYours
    if given.content_hash != was.content_hash:
        raise StaleAnswer(content_hash=was.content_hash)
    if not was.is_open and given.answer != "comment":
        if was.state == "acknowledged" and given.answer == "acknowledge":
            return was  # said twice is said: the first time is what counts
        raise StaleAnswer(content_hash=was.content_hash)
    await unit.connection.execute(
        "insert into notice_answer (id, notice_id, org_id, passenger_id, answer, comment, content_hash, via, at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new_id(),
        was.id,
        was.org,
        was.passenger,
        given.answer,
        given.comment,
        given.content_hash,
        via,
        unit.at,
    )
    if given.answer != "comment":
        await _known(unit, was, "acknowledged" if given.answer == "acknowledge" else "answered")
    kind = "notices:notice:acknowledged" if given.answer == "acknowledge" else "notices:notice:answered"
    await unit.record(
        kind,
        field="trip",
        subject=was.passenger,
        reference=outer(unit.settings.region, was.trip),
        via=via,
        purpose=given.answer,
    )
    return await notice(unit, wanted)


def is_own(unit: Unit, view: NoticeView) -> bool:
    """Whether the actor is the person this notice is for."""
    mine = unit.who.passenger
    return view.member == unit.who.account or (view.passenger is not None and view.passenger == mine)


async def _known(unit: Unit, was: NoticeView, state: str) -> None:
    """He knows what was shown: from here on a notice begins there."""
    await unit.connection.execute(
        "update notice set state = $2, settled_at = $3 where id = $1", was.id, state, unit.at
    )
    await unit.connection.execute(
        "update notice_recipient set known = $2, known_at = $3 where id = $1",
        was.recipient,
        was.after_text,
        unit.at,
    )


async def _confirmed(unit: Unit, trip: UUID) -> UUID:
    """Hold the trip, so that two changes to it come one after the other. Raises NotConfirmed."""
    row = await unit.connection.fetchrow(
        "update trip set version = version + 1 where id = $1 and state = 'confirmed' returning org_id", trip
    )
    if row is None:
        raise NotConfirmed
    org: UUID = row["org_id"]
    return org


async def _compared(unit: Unit, trip: UUID, wanted: Wanted) -> tuple[Itinerary, Itinerary, list[Difference]]:
    before = await legs_of(unit.connection, trip)
    was = leg_in(before, UUID(wanted.leg.id))
    found = differences([was], [wanted.leg])
    if not found:
        raise NothingChanged
    after = tuple(wanted.leg if leg.id == was.id else leg for leg in before)
    return before, after, found


async def _store(
    unit: Unit, org: UUID, trip: UUID, wanted: Wanted, version: int, found: list[Difference]
) -> UUID:
    made = new_id()
    facts: list[Any] = list(as_facts(found))
    await unit.connection.execute(
        "insert into itinerary_change (id, org_id, trip_id, leg_id, leg_version, made_by, made_at, grade, diff, note)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        made,
        org,
        trip,
        UUID(wanted.leg.id),
        version,
        unit.who.account,
        unit.at,
        grade(found),
        json.dumps(facts),
        wanted.note,
    )
    return made
