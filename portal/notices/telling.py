"""Telling: after a change, what each recipient must hear; one current notice a recipient, and its promise beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from portal.delivery.deliveries import make_delivery, withdraw
from portal.notices.audience import Person, Standing, foreseen, standing
from portal.notices.rules import (
    Difference,
    Itinerary,
    Leg,
    Told,
    content_hash,
    differences,
    grade,
    next_word,
    write_state,
)
from portal.outbox.promises import promise
from portal.web.ids import new_id

TOPIC = "mail-notice"
LOWEST = "minor"  # of a notice: what is told has a grade


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody is to hear: kind, and the two states it lies between."""

    person: Person
    kind: str
    before: Itinerary
    after: Itinerary
    notice: UUID | None = None

    @property
    def found(self) -> list[Difference]:
        """The net difference."""
        return differences(self.before, self.after)

    @property
    def grade(self) -> str:
        """How grave it is."""
        return grade(self.found)

    @property
    def hash(self) -> str:
        """What an answer must name."""
        return content_hash(self.kind, write_state(self.before), write_state(self.after))


@dataclass(frozen=True, slots=True)
class Round:
    """One change and the legs before and after it."""

    org: UUID
    trip: UUID
    change: UUID
    before: Sequence[Leg]
    after: Sequence[Leg]
    at: datetime
    window: timedelta


async def foresee(
    connection: Any, trip: UUID, people: Sequence[Person], before: Sequence[Leg], after: Sequence[Leg]
) -> list[Word]:
    """Say what each would hear; nothing is written."""
    words = []
    for person in people:
        were = person.concern(before)
        stands = await foreseen(connection, trip, person, before)
        said = stands.told if stands else Told(were, were, waits=False)
        now = person.concern(after)
        heard = next_word(said, now)
        if heard:
            words.append(Word(person, heard[0], heard[1], now))
    return words


async def tell(connection: Any, made: Round, people: Sequence[Person]) -> tuple[list[Word], list[UUID]]:
    """Make, renew or take back each recipient's notice; gives the words to be said and what was taken back."""
    words, back = [], []
    for person in people:
        now = person.concern(made.after)
        if not differences(person.concern(made.before), now):
            continue
        stands = await standing(connection, made.org, made.trip, person, made.before, made.at)
        heard = next_word(stands.told, now)
        if heard is None:
            back += await _unsay(connection, stands, made.at)
            continue
        word = Word(person, heard[0], heard[1], now)
        if stands.told.waits and stands.current is not None:
            await _renew(connection, stands.current, word, made)
            words.append(Word(person, word.kind, word.before, now, stands.current))
            continue
        if stands.current is not None:
            state = "retracted" if word.kind == "retraction" else "superseded"
            await _close(connection, stands.current, state, made.at)
            back += [stands.current] if word.kind == "retraction" else []
        words.append(Word(person, word.kind, word.before, now, await _make(connection, stands, word, made)))
    return words, back


async def _make(connection: Any, stands: Standing, word: Word, made: Round) -> UUID:
    notice = new_id()
    await connection.execute(
        "insert into notice (id, org_id, trip_id, recipient_id, passenger_id, member_id, change_id, kind, grade, state,"
        " before, after, content_hash, created_at, due_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', $10, $11, $12, $13, $14)",
        notice,
        made.org,
        made.trip,
        stands.recipient,
        word.person.passenger,
        word.person.member,
        made.change,
        word.kind,
        word.grade,
        write_state(word.before),
        write_state(word.after),
        word.hash,
        made.at,
        made.at + made.window,
    )
    await make_delivery(connection, made.org, notice, made.at)
    await promise(connection, TOPIC, notice, due_at=made.at + made.window, at=made.at)
    return notice


async def _renew(connection: Any, notice: UUID, word: Word, made: Round) -> None:
    """Make a notice that has not left yet say the net difference; it leaves when it would have left."""
    await connection.execute(
        "update notice set kind = $2, grade = $3, before = $4, after = $5, content_hash = $6, change_id = $7"
        " where id = $1",
        notice,
        word.kind,
        word.grade,
        write_state(word.before),
        write_state(word.after),
        word.hash,
        made.change,
    )


async def _unsay(connection: Any, stands: Standing, at: datetime) -> list[UUID]:
    """Take back a notice that never left; the one before it stands again."""
    if not stands.told.waits or stands.current is None:
        return []
    await _close(connection, stands.current, "retracted", at)
    await withdraw(connection, stands.current, at)
    if stands.earlier is not None:
        await connection.execute(
            "update notice set state = 'sent', settled_at = null where id = $1", stands.earlier
        )
    return [stands.current]


async def _close(connection: Any, notice: UUID, state: str, at: datetime) -> None:
    await connection.execute("update notice set state = $2, settled_at = $3 where id = $1", notice, state, at)
