"""Changes to trips ahead, told by the portal's own rules on a clock of the past: each trip shows another stage.

What is pending when the demo is loaded is mailed when the worker starts: the first mails that are caught.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from audit.entry import Facts
from portal.demo.dice import dice
from portal.demo.keeping import Moment
from portal.demo.trips import DemoTrip
from portal.demo.world import World
from portal.notices.audience import audience
from portal.notices.legs import legs_of, move_leg
from portal.notices.rules import Leg, differences, grade, instant, local_of, written, written_local
from portal.notices.telling import Round, tell
from portal.trips.airports import airport
from portal.web.ids import new_id

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
WINDOW, TAKES = timedelta(minutes=1), timedelta(seconds=2)
OLD = timedelta(days=1)  # a trip must have stood for so long before it changes
NOTE = "Slot"
ACKNOWLEDGED = "acknowledge"


@dataclass(frozen=True, slots=True)
class Step:
    """One change: how long ago, by how much later, another registration, and what became of the mails."""

    ago: timedelta
    later: timedelta
    tail: str = ""
    sent: bool = True
    knows: float = 0.0  # the share that has acknowledged
    refused: bool = False  # the first address is refused


SCRIPTS: Sequence[tuple[Step, ...]] = (
    (Step(20 * HOUR, 90 * MINUTE, knows=0.5),),
    (Step(15 * HOUR, -30 * MINUTE, knows=1.0),),
    (Step(18 * HOUR, 45 * MINUTE), Step(5 * HOUR, 30 * MINUTE, knows=0.3)),
    (Step(16 * HOUR, 2 * HOUR), Step(4 * HOUR, -2 * HOUR, knows=0.4)),
    (Step(9 * HOUR, timedelta(0), tail="9H-WXD", refused=True, knows=0.2),),
    (Step(40 * MINUTE, 75 * MINUTE, sent=False),),
)


@dataclass(slots=True)
class Changes:
    """Writes the changes of one trip after the other and collects their entries."""

    connection: Any
    world: World
    moments: list[Moment] = field(default_factory=list)

    async def make(self) -> list[Moment]:
        """Change trips; gives the moments of the ledger."""
        for trip, script in zip(_ahead(self.world), SCRIPTS, strict=False):
            for step in script:
                await self._step(trip, step)
        return self.moments

    async def _step(self, trip: DemoTrip, step: Step) -> None:
        at, connection = self.world.now - step.ago, self.connection
        org = await connection.fetchval("select org_id from trip where id = $1", trip.id)
        before = await legs_of(connection, trip.id)
        leg = _moved(before[0], step)
        after = (leg, *before[1:])
        version = await connection.fetchval("select version from leg where id = $1", UUID(leg.id))
        version = await move_leg(connection, leg, version)
        change = await self._store(trip, org, leg, version, at, grade(differences(before, after)))
        people = await audience(connection, trip.id)
        words, back = await tell(connection, Round(org, trip.id, change, before, after, at, WINDOW), people)
        web = [self._by_operations("notices:change:made", trip)]
        web += [self._by_operations("notices:notice:created", trip, w.person.passenger) for w in words]
        web += [self._by_operations("notices:notice:retracted", trip) for _ in back]
        self.moments.append(Moment(at, web=tuple(web)))
        if step.sent:
            whom = [(word.notice, word.person.passenger) for word in words]
            await self._send(trip, step, whom, at + WINDOW + TAKES)

    async def _store(
        self, trip: DemoTrip, org: UUID, leg: Leg, version: int, at: datetime, graded: str
    ) -> UUID:
        change, made_by = new_id(), self._operations.id
        await self.connection.execute(
            "insert into itinerary_change"
            " (id, org_id, trip_id, leg_id, leg_version, made_by, made_at, grade, diff, note)"
            " values ($1, $2, $3, $4, $5, $6, $7, $8, '[]', $9)",
            change,
            org,
            trip.id,
            UUID(leg.id),
            version,
            made_by,
            at,
            graded,
            NOTE,
        )
        return change

    async def _send(
        self,
        trip: DemoTrip,
        step: Step,
        whom: Sequence[tuple[UUID | None, UUID | None]],
        at: datetime,
    ) -> None:
        """Say that the mails went, or came back, and who answered them when."""
        chance, sent = dice(f"answers/{trip.reference}/{step.ago}"), []
        for place, (notice, passenger) in enumerate(whom):
            await self.connection.execute("delete from outbox where subject_id = $1", notice)
            refused = step.refused and place == 0
            await self._settle(notice, at, refused=refused)
            kind = "notices:notice:bounced" if refused else "notices:notice:sent"
            sent.append(_facts("worker", "system", kind, self._reference(trip), passenger, "mail"))
            if not refused and chance.random() < step.knows:
                when = at + timedelta(minutes=chance.randint(2, 150))
                await self._acknowledge(trip, notice, passenger, min(when, self.world.now - 2 * MINUTE))
        self.moments.append(Moment(at, worker=tuple(sent)))

    async def _settle(self, notice: UUID | None, at: datetime, *, refused: bool) -> None:
        await self.connection.execute(
            "update delivery set state = $2, attempts = 1, sending_at = $3, settled_at = $3, sent_at = $4, failure = $5"
            " where about = $1",
            notice,
            "bounced" if refused else "sent",
            at,
            None if refused else at,
            "delivery:address_refused" if refused else None,
        )
        state = "pending" if refused else "sent"
        await self.connection.execute(
            "update notice set state = $2, frozen_at = $3, sent_at = $4 where id = $1",
            notice,
            state,
            at,
            None if refused else at,
        )

    async def _acknowledge(
        self, trip: DemoTrip, notice: UUID | None, passenger: UUID | None, at: datetime
    ) -> None:
        connection = self.connection
        await connection.execute(
            "insert into notice_answer (id, notice_id, org_id, passenger_id, answer, content_hash, via, at)"
            " select $2, id, org_id, passenger_id, $3, content_hash, 'link', $4 from notice where id = $1",
            notice,
            new_id(),
            ACKNOWLEDGED,
            at,
        )
        await connection.execute(
            "update notice_recipient r set known = n.after, known_at = $2 from notice n"
            " where n.id = $1 and r.id = n.recipient_id",
            notice,
            at,
        )
        await connection.execute(
            "update notice set state = 'acknowledged', settled_at = $2 where id = $1", notice, at
        )
        role = "traveller" if passenger else "booker"
        kind = "notices:notice:acknowledged"
        facts = _facts("link", role, kind, self._reference(trip), passenger, "link", ACKNOWLEDGED)
        self.moments.append(Moment(at, web=(facts,)))

    @property
    def _operations(self) -> Any:
        return next(one for one in self.world.accounts if one.demo.role == "operations")

    def _reference(self, trip: DemoTrip) -> str:
        return self.world.outer(trip.id)

    def _by_operations(self, kind: str, trip: DemoTrip, subject: UUID | None = None) -> Facts:
        return _facts(self._operations.code, "operations", kind, self._reference(trip), subject)


def _facts(
    who: str,
    role: str,
    kind: str,
    reference: str,
    subject: UUID | None = None,
    via: str | None = None,
    purpose: str | None = None,
) -> Facts:
    return Facts(
        kind=kind,
        who=who,
        role=role,
        request=new_id(),
        field="trip",
        subject=subject,
        reference=reference,
        via=via,
        purpose=purpose,
    )


def _ahead(world: World) -> Iterator[DemoTrip]:
    """Give the confirmed trips that begin after tomorrow and have stood for a while, nearest first."""
    for trip in world.trips:
        first = trip.legs[0].times.departs_at
        if trip.state == "confirmed" and first > world.now + OLD and trip.created_at < world.now - OLD:
            yield trip


def _moved(leg: Leg, step: Step) -> Leg:
    """Move both times of a leg, and give it another aircraft of the same type if asked."""
    departs, arrives = instant(leg.departs_at) + step.later, instant(leg.arrives_at) + step.later
    return replace(
        leg,
        departs_at=written(departs),
        departs_local=written_local(local_of(departs, airport(leg.origin).zone)),
        arrives_at=written(arrives),
        arrives_local=written_local(local_of(arrives, airport(leg.destination).zone)),
        tail=step.tail or leg.tail,
    )
