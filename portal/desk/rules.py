"""What is true of cases: kinds, states, who may do what next, and when the desk owes an answer. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

KINDS: Final = ("question", "change_request", "document_problem", "complaint", "incident")
CLOCKED: Final = (*KINDS, "quote", "notice")
"""Work that has a clock in `clocks.toml`: cases by kind, quotes that wait for an answer, notices not acknowledged."""
STATES: Final = ("opened", "taken", "answered", "closed")
TEAMS: Final = ("service_agent", "sales", "operations")
"""The roles that work on cases; each is the team of its own name."""
OWING: Final = (*TEAMS, "compliance")
"""All who owe work: compliance owes reviews, and takes no case."""

CLIENT_STEPS: Final = frozenset({"reply", "close"})
DESK_STEPS: Final = frozenset({"take", "answer", "hand_over", "close"})
NEED_WORDS: Final = frozenset({"reply", "answer", "hand_over"})

ON_TIME: Final = "on_time"
SOON: Final = "soon"
LATE: Final = "late"
NO_CLOCK: Final = "no_clock"


@dataclass(frozen=True, slots=True)
class Clock:
    """What the desk owes for one kind of case; `solve` None means that no such promise is made."""

    team: str
    respond: timedelta
    solve: timedelta | None
    warn: timedelta


@dataclass(frozen=True, slots=True)
class Due:
    """Until when somebody must hear from the desk, and until when it must be solved."""

    respond_by: datetime | None
    solve_by: datetime | None

    @property
    def first(self) -> datetime | None:
        """The deadline that comes first, if there is any."""
        return min((at for at in (self.respond_by, self.solve_by) if at is not None), default=None)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a case stands before a step: its state and team, and whether nobody, the actor or another holds it."""

    state: str
    team: str
    held: bool
    mine: bool


def read_clocks(document: Mapping[str, Mapping[str, object]]) -> Mapping[str, Clock]:
    """Read the settings. Raises ValueError naming a kind that is missing, unknown or without sense."""
    if set(document) != set(CLOCKED):
        raise ValueError(min(set(document) ^ set(CLOCKED)))
    return {kind: _clock(kind, document[kind]) for kind in CLOCKED}


def _clock(kind: str, given: Mapping[str, object]) -> Clock:
    minutes = {name: given.get(name) for name in ("respond", "solve", "warn")}
    whole = {name: value for name, value in minutes.items() if type(value) is int and value >= 0}
    if set(given) != {"team", *minutes} or len(whole) != len(minutes) or given["team"] not in TEAMS:
        raise ValueError(kind)
    respond, solve, warn = (timedelta(minutes=whole[name]) for name in ("respond", "solve", "warn"))
    if not respond or warn >= respond or (solve and solve < respond):
        raise ValueError(kind)
    return Clock(str(given["team"]), respond, solve or None, warn)


def due_at_opening(clock: Clock, opened_at: datetime) -> Due:
    """Say what is owed from the opening on, in UTC: an hour is sixty minutes, whatever clocks on walls do meanwhile."""
    began = opened_at.astimezone(UTC)
    return Due(began + clock.respond, began + clock.solve if clock.solve else None)


def due_after_reply(clock: Clock, was: Due, at: datetime) -> Due:
    """Say what is owed when the client wrote again; an answer still owed does not become due later."""
    again = at.astimezone(UTC) + clock.respond
    return Due(min(was.respond_by, again) if was.respond_by else again, was.solve_by)


def how_urgent(due: datetime | None, at: datetime, warn: timedelta) -> str:
    """Say `on_time`, `soon` (within the warning), `late` or `no_clock`."""
    if due is None:
        return NO_CLOCK
    if at >= due:
        return LATE
    return SOON if due - at <= warn else ON_TIME


def what_forbids(step: str, stands: Standing, role: str) -> str | None:
    """Name the code of what forbids a step to this role now; None: nothing does."""
    desk = role in TEAMS
    hurdles = (
        (step in (DESK_STEPS if desk else CLIENT_STEPS), "desk:not_your_step"),
        (stands.state != "closed", "desk:already_closed"),
        (step not in {"take", "hand_over"} or role == stands.team, "desk:other_team"),
        (step != "take" or not stands.held, "desk:already_taken"),
        (step not in {"answer", "close"} or not desk or stands.mine, "desk:take_it_first"),
    )
    return next((code for passed, code in hurdles if not passed), None)


def state_after(step: str, *, held: bool) -> str:
    """Say in which state a step leaves a case; `held`: somebody of the desk had it."""
    if step == "reply":
        return "taken" if held else "opened"
    return {"take": "taken", "answer": "answered", "hand_over": "opened", "close": "closed"}[step]
