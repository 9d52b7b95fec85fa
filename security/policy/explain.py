"""Why something may be opened, or why not and what would be needed: codes for whoever asks, before he asks. Pure.

It says no more than a refusal would: nothing of windows or records to a role that may not ask at all.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from security.policy.matrix import MATRIX
from security.policy.rule import Matrix, Rule, Tier
from security.policy.window import LegTimes, window_of

HIDDEN_FROM_ROLE: Final = "hidden_from_role"
MASK_ONLY: Final = "mask_only"
OWN_RECORD_ONLY: Final = "own_record_only"
OTHER_PLACE: Final = "other_place"
NO_REFERENCE: Final = "no_reference"
NO_LEG: Final = "no_leg"
WINDOW_OPENS: Final = "window_opens"
WINDOW_OPEN: Final = "window_open"
WINDOW_PASSED: Final = "window_passed"
SECOND_PERSON: Final = "second_person"
CLIENT_APPROVAL: Final = "client_approval"
CLIENT_FOR_SOME: Final = "client_for_some"
APPROVED: Final = "approved"
STEP_UP: Final = "step_up"
NOTHING_ON_FILE: Final = "nothing_on_file"

WHYS: Final = (
    HIDDEN_FROM_ROLE,
    MASK_ONLY,
    OWN_RECORD_ONLY,
    OTHER_PLACE,
    NO_REFERENCE,
    NO_LEG,
    WINDOW_OPENS,
    WINDOW_OPEN,
    WINDOW_PASSED,
    SECOND_PERSON,
    CLIENT_APPROVAL,
    CLIENT_FOR_SOME,
    APPROVED,
    STEP_UP,
    NOTHING_ON_FILE,
)
"""Every code that an explanation may hold."""
# These say what holds, or what the asker can do at once: they keep nothing closed.
_PASSABLE: Final = frozenset({WINDOW_OPEN, CLIENT_FOR_SOME, APPROVED, STEP_UP})


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg of this passenger that the asker may see: how its trip is called, which leg, and its times."""

    trip: str
    position: int
    times: LegTimes


@dataclass(frozen=True, slots=True)
class Why:
    """One reason: its code, and for a window whose leg it is, when it opens and when it closes."""

    code: str
    trip: str = ""
    position: int = 0
    opens_at: datetime | None = None
    closes_at: datetime | None = None

    @property
    def is_hurdle(self) -> bool:
        """Whether this keeps the value closed."""
        return self.code not in _PASSABLE


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a role may do with one field of one passenger here and now.

    `purposes` are those that the role has for it anywhere; `whys` are in the order in which refusals are given.
    """

    role: str
    field: str
    tier: Tier
    purposes: tuple[str, ...]
    whys: tuple[Why, ...]

    @property
    def is_open(self) -> bool:
        """Whether it may be opened now: all that is left is in the asker's own hands."""
        granted = self.purposes or any(why.code == APPROVED for why in self.whys)
        return bool(granted) and not any(why.is_hurdle for why in self.whys)


def explain(
    *,
    role: str,
    field: str,
    is_own: bool,
    legs: Sequence[Leg],
    has_reference: bool,
    second_person: bool,
    stepped_up: bool,
    stored: bool,
    place: str,
    at: datetime,
    client_asks: Collection[str] = (),
    approved: bool = False,
    matrix: Matrix = MATRIX,
) -> Explanation:
    """Explain what this role may do. `legs`: of this passenger, as far as the asker may see them.

    `client_asks`: the purposes for which the passenger's organisation wants to be asked; `approved`: others have
    agreed that this asker opens exactly this, which lifts what people can lift.
    """
    rule = matrix.rule(role, field)
    last = [] if stepped_up else [Why(STEP_UP)]
    last += [] if stored else [Why(NOTHING_ON_FILE)]
    if approved:
        return Explanation(role, field, rule.tier, rule.purposes, (Why(APPROVED), *last))
    refused = _refused(rule, is_own=is_own, place=place)
    if refused is not None:
        shown = rule.purposes if refused == OTHER_PLACE else ()
        return Explanation(role, field, rule.tier, shown, (Why(refused),))
    whys = [*_of_window(legs, at)] if rule.window else []
    if not rule.window and not has_reference:
        whys.append(Why(NO_REFERENCE))
    whys += [Why(SECOND_PERSON)] if rule.second_person and not second_person else []
    asked = [code for code in rule.purposes if code in client_asks]
    whys += [Why(CLIENT_APPROVAL if len(asked) == len(rule.purposes) else CLIENT_FOR_SOME)] if asked else []
    return Explanation(role, field, rule.tier, rule.purposes, (*whys, *last))


def _refused(rule: Rule, *, is_own: bool, place: str) -> str | None:
    if rule.tier == "hidden":
        return HIDDEN_FROM_ROLE
    if not rule.purposes:
        return MASK_ONLY
    if rule.own and not is_own:
        return OWN_RECORD_ONLY
    return None if place in rule.places else OTHER_PLACE


def _of_window(legs: Iterable[Leg], at: datetime) -> Iterable[Why]:
    """Say of the one leg that matters: open now, else the next to open, else the last that closed."""
    windows = [(leg, window) for leg in legs if (window := window_of(leg.times)) is not None]
    now = [one for one in windows if one[1][0] <= at <= one[1][1]]
    ahead = [one for one in windows if at < one[1][0]]
    if now:
        yield _why(WINDOW_OPEN, max(now, key=lambda one: one[1][1]))
    elif ahead:
        yield _why(WINDOW_OPENS, min(ahead, key=lambda one: one[1][0]))
    elif windows:
        yield _why(WINDOW_PASSED, max(windows, key=lambda one: one[1][1]))
    else:
        yield Why(NO_LEG)


def _why(code: str, found: tuple[Leg, tuple[datetime, datetime]]) -> Why:
    leg, (opens_at, closes_at) = found
    return Why(code, leg.trip, leg.position, opens_at, closes_at)
