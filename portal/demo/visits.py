"""One visit: somebody signs in, looks around, opens a value or is refused, and leaves."""

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from audit.catalogue import kind_of_field
from audit.entry import SALT_LENGTH, Facts, reason_commitment
from portal.demo.keeping import Moment
from portal.demo.opened import Opened
from portal.demo.trips import DemoTrip
from portal.demo.world import World
from portal.web.ids import new_id
from security.policy.decide import decide_reveal

PAGE = 50
REASONS = ("Handling agent asked", "Filing due", "Slot confirmed", "Client called", "Statement of account")
WRONG_PASSWORD = 0.04


class Visit:
    """Collects the entries of one visit; `later` begins another instant."""

    def __init__(self, world: World, who: Opened, at: datetime, chance: Random) -> None:
        self.world = world
        self.who = who
        self.at = at
        self.chance = chance
        self.moments: list[Moment] = []
        self.stepped_up = False
        self._keeper: list[Facts] = []
        self._web: list[Facts] = []
        self._kept("security:session:opened")

    @property
    def org(self) -> str:
        """The organisation whose people this visitor may see; empty for all."""
        return self.who.demo.org

    def done(self) -> list[Moment]:
        """Give all instants of the visit; now and then its end is one."""
        if self.chance.random() < 0.15:  # noqa: PLR2004 -- most close the window and leave
            self.later(4, 50)
            self._kept("security:session:closed")
        self.later(0, 0)
        return self.moments

    def later(self, least: int, most: int) -> None:
        """Let some minutes pass."""
        if self._keeper or self._web:
            self.moments.append(Moment(self.at, tuple(self._keeper), tuple(self._web)))
        self._keeper, self._web = [], []
        self.at += timedelta(minutes=self.chance.uniform(least, most))

    def view(self, kind: str, **more: Any) -> None:
        """State what web states."""
        self._web.append(self._facts(kind, **more))

    def look_through(self) -> None:
        """Look at a page of the passengers' list, or search it."""
        people = self.world.people_at(self.at, self.org)
        if self.chance.random() < 0.6:  # noqa: PLR2004 -- most search
            found = set(self.chance.sample(people, min(len(people), self.chance.randint(1, 9))))
            people = [person for person in people if person in found]
        first = self.chance.randrange(0, max(1, len(people) - PAGE // 2), PAGE)
        shown = tuple(people[first : first + PAGE])
        self.view("passengers:list:viewed", field="passenger", tier="masked", members=shown)

    def look_at(self, person: UUID) -> None:
        """Look at one profile."""
        self.view("passengers:profile:viewed", field="passenger", tier="masked", subject=person)

    def look_at_some(self, most: int) -> None:
        """Look at some profiles."""
        people = self.world.people_at(self.at, self.org)
        for person in self.chance.sample(people, min(len(people), self.chance.randint(1, most))):
            self.look_at(person)

    def look_at_trips(self) -> None:
        """Look at the list of trips."""
        when = self.chance.choice(("ahead", "ahead", "past", "all"))
        self.view("trips:list:viewed", field="trip", tier="clear", reference=when)

    def look_at_trip(self, trip: DemoTrip) -> None:
        """Look at one trip and those aboard."""
        aboard, reference = tuple(trip.passengers), self.world.outer(trip.id)
        self.view("trips:trip:viewed", field="trip", tier="clear", members=aboard, reference=reference)

    def look_at_manifest(self, trip: DemoTrip) -> None:
        """Look at who is aboard, with masks, and take the sheet along."""
        aboard, reference = tuple(trip.passengers), self.world.outer(trip.id)
        about = {"members": aboard, "reference": reference}
        self.view("manifests:manifest:viewed", field="manifest", tier="masked", **about)
        self.view("trips:sheet:downloaded", field="trip", **about)

    def step_up(self) -> None:
        """Step up, sometimes with a slip of the finger before."""
        if self.chance.random() < WRONG_PASSWORD:
            self._denied("security:step-up:refused", "security:wrong_password")
        self._kept("security:step-up:passed")
        self.stepped_up = True

    def ask(self, person: UUID, field: str, purpose: str, trip: DemoTrip | None = None) -> str | None:
        """Ask to open a value and give the refusal, by the very rules of the keeper."""
        sealed = self.world.by_id[person]
        dek = next((value.dek for (code, _), value in sealed.values.items() if code == field), None)
        is_own = person == self.who.passenger
        refused = decide_reveal(
            role=self.who.demo.role,
            field=field,
            purpose=purpose,
            is_own=is_own,
            reference_known=person in trip.passengers if trip else is_own,
            in_window=trip is not None and self.world.opens(trip, person, self.at),
            second_person=False,
            stepped_up=self.stepped_up,
            stored=dek is not None,
            place=self.world.region,
        )
        about = {"subject": person, "field": field, "purpose": purpose, "reason_commitment": self._reason()}
        about["reference"] = self.world.outer(trip.id if trip else person)
        kind = kind_of_field(field, "revealed")
        if refused:
            self._denied(kind, refused, **about)
        else:
            self._kept(kind, tier="clear", dek=dek, **about)
        return refused

    def read_trail(self) -> None:
        """Read who looked at one's own data."""
        self._kept("trail:own:viewed", subject=self.who.passenger)

    def _reason(self) -> str | None:
        if self.chance.random() < 0.5:  # noqa: PLR2004 -- a reason may be given, need not
            return None
        return reason_commitment(os.urandom(SALT_LENGTH), self.chance.choice(REASONS))

    def _kept(self, kind: str, **more: Any) -> None:
        self._keeper.append(self._facts(kind, **more))

    def _denied(self, kind: str, refusal: str, **more: Any) -> None:
        self._keeper.append(self._facts(kind, decision="deny", document={"refusal": refusal}, **more))

    def _facts(self, kind: str, **more: Any) -> Facts:
        return Facts(kind=kind, who=self.who.code, role=self.who.demo.role, request=new_id(), **more)


def choose(chance: Random, trips: Sequence[DemoTrip], most: int) -> list[DemoTrip]:
    """Choose a few trips."""
    return chance.sample(list(trips), min(len(trips), chance.randint(1, most)))
