"""What an entry says to the rules, and when enough of it is an alarm. Pure: no clock, no database.

An entry may be several signals; each rule counts one signal, by person, within its window. An entry is
counted once, however often it is shown.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Final

import msgspec

from security.actor import STAFF_ROLES
from security.policy.alarm_rules import AlarmRules, Rule, wall_clock

SHOWN: Final = 50
"""An alarm names so many entries at most; it still counts all."""
HELD: Final = 5_000
"""So many entries of one rule and person are held in memory; what is more is counted as so many."""
PROCESSES: Final = frozenset({"process", "system"})
REFUSALS: Final = ("security:access:refused", "security:matrix:refused", "security:step-up:refused")
ASKED: Final = "approvals:request:made"
LOOKS: Final = (
    "passengers:profile:viewed",
    "passengers:profile:changed",
    "manifests:manifest:viewed",
    "trips:sheet:downloaded",
    "exports:file:downloaded",
)
"""Looking at people without opening a value."""
USES: Final = (
    "desk:case:answered",
    "desk:case:closed",
    "desk:case:replied",
    "exports:file:built",
    "links:link:completed",
    "manifests:manifest:viewed",
    "manifests:passenger:added",
    "notices:change:made",
    "notices:notice:acknowledged",
    "notices:notice:answered",
    "notices:notice:created",
    "notices:notice:sent",
    "trips:sheet:downloaded",
)
"""What an opened value is needed for, when its reference is the same: manifests, notices, files, answers to a case."""


class Seen(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One entry, with what the keeper alone knows about it: whose record it is, and of which country its client is."""

    index: int
    at: datetime
    act: str
    allowed: bool
    who: str
    role: str
    sub: str = ""
    reference: str = ""
    agreed: bool = False  # by another person: under an approval or a grant
    refusal: str = ""
    asked: str = ""  # for what approval was asked
    own: str = (
        ""  # "self" or "organisation": the viewer's own record, or one of the viewer's own organisation
    )
    vip: bool = False
    area: str = ""
    decoy: str = ""
    narrow: bool = False  # a list so short that it was a search


@dataclass(frozen=True, slots=True)
class Person:
    """What is known of who acts: the clock on the wall, and how many values of which countries were opened before."""

    zone: str = "UTC"
    opened: Mapping[str, int] = field(default_factory=dict)


NOBODY: Final = Person()


class Firing(msgspec.Struct, frozen=True):
    """A rule that has enough: about whom, with the entries that were counted, the last one last."""

    rule: str
    who: str
    role: str
    at: datetime
    entries: tuple[int, ...]
    count: int
    subject: str = ""
    told: Mapping[str, str] = {}

    @property
    def entry(self) -> int:
        """The entry that made it enough."""
        return self.entries[-1]


@cache
def _opens(act: str) -> bool:
    return act.endswith(":revealed")


@cache
def _shows(act: str) -> bool:
    return act.endswith((":revealed", ":copied")) or act in LOOKS


def is_opening(seen: Seen) -> bool:
    """Say whether an entry opened a value by this person's own decision."""
    return seen.allowed and not seen.agreed and _opens(seen.act)


def is_access(seen: Seen) -> bool:
    """Say whether an entry showed somebody's record, or opened a value of it."""
    return seen.allowed and _shows(seen.act)


def signals_of(seen: Seen, person: Person, rules: AlarmRules) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Give the signals in an entry, each with what is worth telling of it."""
    if seen.role in PROCESSES:
        return
    yield from _of_a_decoy(seen)
    if not seen.allowed:
        yield from _of_a_refusal(seen)
        return
    if seen.act == ASKED and seen.asked == "break_glass":
        yield "break_glass", {}
    if is_opening(seen):
        yield "opening", {}
        if is_unusual(seen.area, person, rules):
            yield "unusual_region", {"area": seen.area, "usual": ",".join(usual_areas(person, rules))}
    if is_access(seen) and seen.role in STAFF_ROLES:
        yield from _of_staff(seen, person, rules)


def _of_staff(seen: Seen, person: Person, rules: AlarmRules) -> Iterator[tuple[str, Mapping[str, str]]]:
    shift = rules.shifts.get(seen.role)
    if shift is not None and not shift.holds(seen.at, person.zone):
        day, local = wall_clock(seen.at, person.zone)
        hours = {"from": shift.since, "to": shift.to, "zone": person.zone}
        yield "off_shift", {"local": local, "day": str(day), **hours}
    if seen.own:
        yield "own_record", {"own": seen.own}
    if seen.vip:
        yield "vip", {}


def _of_a_decoy(seen: Seen) -> Iterator[tuple[str, Mapping[str, str]]]:
    if not seen.decoy:
        return
    if seen.narrow:
        yield "decoy_searched", {}
    elif seen.act.endswith((":revealed", ":copied")):
        yield "decoy_opened", {}
    else:
        yield "decoy_looked_at", {}


def _of_a_refusal(seen: Seen) -> Iterator[tuple[str, Mapping[str, str]]]:
    if seen.refusal.startswith("security:too_many"):
        yield "rate", {}
    elif (seen.act.endswith(":revealed") or seen.act in REFUSALS) and seen.role != "unknown":
        yield "refusal", {}


def usual_areas(person: Person, rules: AlarmRules) -> list[str]:
    """List the countries whose clients are usual for somebody."""
    return sorted(area for area, count in person.opened.items() if area and count >= rules.usual.openings)


def is_unusual(area: str, person: Person, rules: AlarmRules) -> bool:
    """Say whether a client's country is unusual for somebody; of whom too little is known, nothing is."""
    known = sum(person.opened.values()) >= rules.usual.known_after
    return bool(area) and known and area not in usual_areas(person, rules)


class _Tally:
    """Entries of one rule and person within the window; to count them costs the same however many they are."""

    __slots__ = ("_at", "_known", "_most", "_recent", "_rule", "_said", "_silent", "_whom", "_window")

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._window, self._silent = rule.window, rule.silent
        self._most = max(rule.threshold, HELD)
        self._at: deque[tuple[datetime, int, str]] = deque()
        self._known: set[int] = set()
        self._whom: Counter[str] = Counter()
        self._recent: deque[int] = deque(maxlen=SHOWN)
        self._said: datetime | None = None

    def add(self, seen: Seen) -> None:
        index, held = seen.index, self._at
        if index not in self._known:
            whom = seen.sub or str(index)
            self._known.add(index)
            self._whom[whom] += 1
            held.append((seen.at, index, whom))
            self._recent.append(index)
        before = seen.at - self._window
        while held and (held[0][0] <= before or len(held) > self._most):
            self._let_go()

    def _let_go(self) -> None:
        _, index, whom = self._at.popleft()
        self._known.discard(index)
        self._whom[whom] -= 1
        if not self._whom[whom]:
            del self._whom[whom]

    def is_due(self, at: datetime) -> bool:
        """Say whether what is held is enough for an alarm, and none was given too short a time ago."""
        return self.count() >= self._rule.threshold and not self._is_silent(at)

    def say(self, at: datetime) -> None:
        """Begin the silence after an alarm."""
        self._said = at

    def is_over(self, at: datetime) -> bool:
        """Say whether nothing that is held matters any more."""
        gone = not self._at or self._at[-1][0] <= at - self._window
        return gone and not self._is_silent(at)

    def _is_silent(self, at: datetime) -> bool:
        return self._said is not None and self._said <= at < self._said + self._silent

    def count(self) -> int:
        return len(self._whom) if self._rule.different else len(self._at)

    def last(self) -> tuple[int, ...]:
        """Give the entries that an alarm names, the last one last."""
        return tuple(self._recent)[-len(self._at) :]


class Tallies:
    """What was counted so far, by rule and person. Entries come in the order of the ledger."""

    def __init__(self, rules: AlarmRules) -> None:
        self.rules = rules
        self._by_signal = {rule.counts: code for code, rule in rules.rules.items()}
        self._kept: dict[tuple[str, str, str], _Tally] = {}

    def remember(self, seen: Seen, person: Person = NOBODY) -> None:
        """Count an entry that was looked at before."""
        for signal, _ in signals_of(seen, person, self.rules):
            self._tally(self._by_signal[signal], seen)

    def look(self, seen: Seen, person: Person = NOBODY) -> list[Firing]:
        """Count an entry, and give what has enough now."""
        found = (self.count(signal, seen, told) for signal, told in signals_of(seen, person, self.rules))
        return [one for one in found if one is not None]

    def count(self, signal: str, seen: Seen, told: Mapping[str, str]) -> Firing | None:
        """Count one signal of an entry; what has enough is given once, and then not until its silence is over."""
        code = self._by_signal[signal]
        tally = self._tally(code, seen)
        if not tally.is_due(seen.at):
            return None
        tally.say(seen.at)
        return Firing(code, seen.who, seen.role, seen.at, tally.last(), tally.count(), seen.decoy, told)

    def _tally(self, code: str, seen: Seen) -> _Tally:
        key = (code, seen.who, seen.decoy)
        tally = self._kept.get(key)
        if tally is None:
            tally = self._kept[key] = _Tally(self.rules.rules[code])
        tally.add(seen)
        return tally

    def forget(self, at: datetime) -> None:
        """Let go of what no window reaches any more."""
        for key, tally in list(self._kept.items()):
            if tally.is_over(at):
                del self._kept[key]


def without_use(openings: Sequence[Seen], uses: Iterable[tuple[str, datetime]], hours: int) -> list[Seen]:
    """Give the openings after which nothing was done on their reference within so many hours.

    `uses` are references with the instant at which something was done on them, in any order.
    """
    done: dict[str, list[datetime]] = {}
    for reference, at in uses:
        done.setdefault(reference, []).append(at)
    span = timedelta(hours=hours)
    return [
        one
        for one in openings
        if one.reference and not any(one.at <= at <= one.at + span for at in done.get(one.reference, ()))
    ]
