"""One-time links of the demo, one in each state for every organisation that has flights ahead."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any, Final
from uuid import UUID

from audit.entry import Facts
from portal.demo.keeping import Moment
from portal.demo.opened import Opened
from portal.demo.people import EDITORS
from portal.demo.storing import copy_rows
from portal.demo.trips import DemoLeg, DemoTrip
from portal.demo.world import World
from portal.web.ids import new_id

# How long ago each was made, and what became of it: after so many minutes or days.
STATES: Final = (
    ("complete", timedelta(days=3, hours=2)),
    ("opened", timedelta(hours=20)),
    ("sent", timedelta(hours=5)),
    ("withdrawn", timedelta(days=2, hours=3)),
    ("expired", timedelta(days=8, hours=1)),
)
LIVES, STEP = timedelta(days=7), timedelta(minutes=1)
LANGUAGES: Final = ("en", "zh-Hans", "ar")
LINK = (
    "id org_id passenger_id trip_id leg_id locale made_by made_at expires_at opened_at claim claimed_until"
    " completed_at withdrawn_at expired_at"
)
DELIVERY = "id org_id about channel state attempts created_at sending_at sent_at settled_at"


@dataclass(frozen=True, slots=True)
class DemoLink:
    """A link, who had it made, and what became of it."""

    id: UUID
    by: Opened
    passenger: UUID
    trip: DemoTrip
    leg: DemoLeg
    locale: str
    state: str
    made_at: datetime

    @property
    def expires_at(self) -> datetime:
        """When it ends: with its days, or with its leg."""
        return min(self.made_at + LIVES, self.leg.times.departs_at)

    def at(self, state: str, minutes: int) -> datetime | None:
        """Give when a step was taken, if the link came so far."""
        return self.made_at + minutes * STEP if self.state == state else None


def plan_links(world: World) -> list[DemoLink]:
    """Choose travellers without an account who fly soon; each organisation has one link in each state."""
    editors = {one.demo.org: one for one in world.accounts if one.demo.role in EDITORS}
    signed = {one.passenger for one in world.accounts}
    made: list[DemoLink] = []
    for org, editor in sorted(editors.items()):
        flights = [
            (trip, leg, person)
            for trip in world.trips
            if trip.org == org and trip.state in {"draft", "confirmed"}
            for leg in trip.legs[:1]
            if leg.times.departs_at > world.now
            for person in leg.passengers
            if person not in signed
        ]
        made += _of(world, editor, flights)
    return made


def _of(
    world: World, editor: Opened, flights: Sequence[tuple[DemoTrip, DemoLeg, UUID]]
) -> Iterator[DemoLink]:
    languages, used = cycle(LANGUAGES), set[UUID]()
    for state, ago in STATES:
        at = world.now - ago
        for trip, leg, person in flights:
            known = max(trip.created_at, world.joined[person]) < at
            if known and person not in used and world.by_id[person].person.email:
                used.add(person)
                yield DemoLink(new_id(), editor, person, trip, leg, next(languages), state, at)
                break


async def store_links(connection: Any, links: Sequence[DemoLink]) -> None:
    """Write links and their mails; no token stands anywhere, so none of them opens anything."""
    await copy_rows(connection, "delivery", DELIVERY, [_delivery(link) for link in links])
    await connection.copy_records_to_table(
        "entry_link", schema_name="gate", columns=LINK.split(), records=[_row(link) for link in links]
    )


def _row(link: DemoLink) -> tuple[Any, ...]:
    done = link.at("complete", 26)
    opened = link.at("complete", 20) or link.at("opened", 45)
    claim = (new_id(), done + timedelta(seconds=30)) if done else (None, None)
    ended = link.expires_at + timedelta(seconds=20) if link.state == "expired" else None
    about = (link.id, link.by.org, link.passenger, link.trip.id, link.leg.id, link.locale, link.by.id)
    return (
        *about,
        link.made_at,
        link.expires_at,
        opened,
        *claim,
        done,
        link.at("withdrawn", 90),
        ended,
    )


def _delivery(link: DemoLink) -> tuple[Any, ...]:
    sent = link.made_at + timedelta(seconds=2)
    return (new_id(), link.by.org, link.id, "mail", "sent", 1, link.made_at, link.made_at, sent, sent)


def link_moments(world: World, links: Sequence[DemoLink]) -> Iterator[Moment]:
    """Give the entries of each step."""
    for link in links:
        yield Moment(link.made_at, keeper=(_by(world, link, "made"),))
        sent = link.made_at + timedelta(seconds=2)
        system = _facts(world, link, "issued", "keeper", "system", "mail")
        yield Moment(
            sent, keeper=(system,), worker=(_facts(world, link, "sent", "worker", "system", "mail"),)
        )
        if opened := link.at("complete", 20) or link.at("opened", 45):
            yield Moment(opened, keeper=(_facts(world, link, "opened", "link", "traveller", "link"),))
        if done := link.at("complete", 26):
            yield Moment(done, keeper=tuple(_sealed(world, link)), web=tuple(_entered(world, link)))
        if withdrawn := link.at("withdrawn", 90):
            yield Moment(withdrawn, keeper=(_by(world, link, "withdrawn"),))
        if link.state == "expired":
            ended = link.expires_at + timedelta(seconds=20)
            yield Moment(ended, keeper=(_facts(world, link, "expired", "keeper", "system", None),))


def _by(world: World, link: DemoLink, deed: str) -> Facts:
    return _facts(world, link, deed, link.by.code, link.by.demo.role, None)


def _facts(world: World, link: DemoLink, deed: str, who: str, role: str, via: str | None) -> Facts:
    kind = deed if ":" in deed else f"links:link:{deed}"
    return Facts(
        kind=kind,
        who=who,
        role=role,
        request=new_id(),
        subject=link.passenger,
        field="document",
        reference=world.outer(link.trip.id),
        via=via,
    )


def _sealed(world: World, link: DemoLink) -> Iterator[Facts]:
    """State that the traveller sealed the first paper by the link."""
    sealed = world.by_id[link.passenger]
    value = sealed.values["passport.number", sealed.person.papers[0].id]
    yield Facts(
        kind="passengers:passport:sealed",
        who="link",
        role="traveller",
        request=new_id(),
        subject=link.passenger,
        field="passport.number",
        dek=value.dek,
        reference=world.outer(link.trip.id),
        via="link",
    )


def _entered(world: World, link: DemoLink) -> Iterator[Facts]:
    for deed in ("passengers:profile:changed", "completed"):
        yield _facts(world, link, deed, "link", "traveller", "link")
