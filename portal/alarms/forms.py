"""What compliance submits about alarms; errors as codes by field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from portal.alarms.words import MUTE_DAYS
from portal.web.forms import is_blank, plain_line
from portal.web.refusals import FormRefused
from security.keeper.alarm_messages import VERDICTS, Verdict

MAX_FINDING = 500
MOST_COUNT = 100_000
MOST_MINUTES = 44_640


@dataclass(frozen=True, slots=True)
class Closing:
    """How an alarm is closed."""

    finding: str
    verdict: Verdict
    mute_days: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """A rule's numbers; None: those of the file."""

    threshold: int | None
    window_minutes: int | None


def read_closing(given: Mapping[str, Any]) -> Closing:
    """Read a closing. Raises FormRefused."""
    errors: dict[str, str] = {}
    finding, verdict = _line(given.get("finding")), given.get("verdict")
    if is_blank(finding):
        errors["finding"] = "alarms:finding_required"
    elif len(finding) > MAX_FINDING:
        errors["finding"] = "web:too_long"
    if verdict not in VERDICTS:
        errors["verdict"] = "alarms:verdict_required"
    days = str(given.get("mute_days") or 0)
    if days not in {str(one) for one in MUTE_DAYS}:
        errors["mute_days"] = "web:invalid"
    elif days != "0" and verdict != "false_positive":
        errors["mute_days"] = "alarms:mute_needs_false_positive"
    if errors:
        raise FormRefused(errors)
    return Closing(finding, cast("Verdict", verdict), int(days))


def read_note(given: Mapping[str, Any]) -> tuple[Literal["take", "note"], str]:
    """Read a step: take, or note with words. Raises FormRefused."""
    step, words = given.get("step"), _line(given.get("words"))
    if step == "take":
        return "take", ""
    if step != "note":
        raise FormRefused({"step": "web:invalid"})
    if is_blank(words):
        raise FormRefused({"words": "alarms:words_required"})
    if len(words) > MAX_FINDING:
        raise FormRefused({"words": "web:too_long"})
    return "note", words


def read_numbers(given: Mapping[str, Any]) -> Numbers:
    """Read a rule's numbers; both left out: the file's count again. Raises FormRefused."""
    if not given.get("threshold") and not given.get("window_minutes"):
        return Numbers(None, None)
    errors: dict[str, str] = {}
    threshold = _whole(given.get("threshold"), MOST_COUNT, "threshold", errors)
    minutes = _whole(given.get("window_minutes"), MOST_MINUTES, "window_minutes", errors)
    if errors:
        raise FormRefused(errors)
    return Numbers(threshold, minutes)


def _whole(given: Any, most: int, name: str, errors: dict[str, str]) -> int:
    text = str(given) if isinstance(given, str | int) and not isinstance(given, bool) else ""
    if text.isascii() and text.isdigit() and len(text) <= len(str(most)) and 1 <= int(text) <= most:
        return int(text)
    errors[name] = "alarms:whole_number"
    return 1


def _line(given: Any) -> str:
    return plain_line(given) if isinstance(given, str) else ""
