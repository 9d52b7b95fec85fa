"""What is true of changes: clocks, differences between two states of an itinerary, their grade, their hash. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

FIELDS: Final = ("from", "to", "departs", "arrives", "aircraft", "tail")
GRADES: Final = ("none", "minor", "material", "cancellation")
# A house rule and no law: who must leave home earlier, or waits for more than an hour, has a reason to be asked.
EARLIER: Final = timedelta(minutes=15)
LATER: Final = timedelta(minutes=60)
LINK_LIVES: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg as a person knows it: airports (ICAO), clocks as ISO texts (`_local` there, `_at` in UTC), aircraft."""

    id: str
    position: int
    origin: str
    destination: str
    departs_local: str
    departs_at: str
    arrives_local: str
    arrives_at: str
    aircraft: str
    tail: str

    def value(self, field: str) -> tuple[str, ...]:
        """Give a field as it is compared: a time is local clock and instant."""
        return {
            "from": (self.origin,),
            "to": (self.destination,),
            "departs": (self.departs_local, self.departs_at),
            "arrives": (self.arrives_local, self.arrives_at),
            "aircraft": (self.aircraft,),
            "tail": (self.tail,),
        }[field]


Itinerary = tuple[Leg, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of one leg that is not what it was."""

    field: str
    before: Leg
    after: Leg


def write_state(legs: Sequence[Leg]) -> str:
    """Write a state as it is stored and hashed: the same legs are the same text."""
    listed = [asdict(leg) for leg in sorted(legs, key=lambda leg: (leg.position, leg.id))]
    return json.dumps(listed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read_state(text: str) -> Itinerary:
    """Read a stored state."""
    return tuple(Leg(**leg) for leg in json.loads(text))


def content_hash(kind: str, before: str, after: str) -> str:
    """Hash what a notice shows: whoever acknowledges says this number, so that no answer covers anything else."""
    shown = json.dumps({"after": after, "before": before, "kind": kind}, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(shown.encode()).hexdigest()


def differences(before: Sequence[Leg], after: Sequence[Leg]) -> list[Difference]:
    """Give the minimal differences, field by field, in the order of flying."""
    were = {leg.id: leg for leg in before}
    return [
        Difference(field, were[leg.id], leg)
        for leg in sorted(after, key=lambda leg: leg.position)
        if leg.id in were
        for field in FIELDS
        if were[leg.id].value(field) != leg.value(field)
    ]


def concerning(known: Sequence[Leg], legs: Sequence[Leg]) -> Itinerary:
    """Give what somebody knows of the legs that concern him now; of a leg new to him he knows what it was."""
    were = {leg.id: leg for leg in known}
    return tuple(were.get(leg.id, leg) for leg in legs)


def moved(before: str, after: str) -> timedelta:
    """Say by how much an instant moved; negative is earlier."""
    return instant(after) - instant(before)


def is_material(difference: Difference) -> bool:
    """Whether somebody has to plan anew: another airport or type of aircraft, 15 minutes earlier, an hour later."""
    if difference.field in {"from", "to", "aircraft"}:
        return True
    if difference.field == "tail":
        return False
    name = f"{difference.field}_at"
    shift = moved(getattr(difference.before, name), getattr(difference.after, name))
    return shift <= -EARLIER or shift >= LATER


def grade(found: Sequence[Difference], *, cancelled: bool = False) -> str:
    """Grade differences: none, minor, material, cancellation."""
    if cancelled:
        return "cancellation"
    if not found:
        return "none"
    return "material" if any(map(is_material, found)) else "minor"


def instant(text: str) -> datetime:
    """Read a stored instant."""
    return datetime.fromisoformat(text).astimezone(UTC)


def written(at: datetime) -> str:
    """Write an instant as it is stored."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def written_local(local: datetime) -> str:
    """Write an airport's wall clock as it is stored."""
    return local.replace(tzinfo=None).strftime("%Y-%m-%dT%H:%M:%S")


def instants(local: datetime, zone: str) -> list[datetime]:
    """Give the instants at which an airport's clock shows this: none in a gap, two where it is set back."""
    here = ZoneInfo(zone)
    found = {local.replace(tzinfo=here, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(
        at for at in found if at.astimezone(here).replace(tzinfo=None) == local.replace(tzinfo=None)
    )


def local_of(at: datetime, zone: str) -> datetime:
    """Give an airport's wall clock at an instant."""
    return at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody was last told beyond what he acknowledged; `waits`: a notice that has not left yet."""

    known: Itinerary
    told: Itinerary
    waits: bool


def next_word(said: Told, now: Itinerary) -> tuple[str, Itinerary] | None:
    """Say what must be told now: kind and the state it begins from; None when there is nothing to say.

    What was taken back before it was sent was never said; what was taken back afterwards is retracted.
    """
    if not differences(said.told, now):
        return None
    if not differences(said.known, now):
        return "retraction", said.told
    return "change", said.known


def with_values(leg: Leg, **values: Any) -> Leg:
    """Give a leg with other values."""
    return replace(leg, **values)


def as_facts(found: Sequence[Difference]) -> list[Mapping[str, str]]:
    """Write differences as facts for programs and the row of a change: codes and times, no sentence."""
    return [
        {
            "leg": one.before.id,
            "field": one.field,
            "old": "|".join(one.before.value(one.field)),
            "new": "|".join(one.after.value(one.field)),
        }
        for one in found
    ]
