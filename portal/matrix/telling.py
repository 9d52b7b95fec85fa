"""A difference in plain words: which sentence, with which codes' names in its places."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from i18n.catalogs import translations
from portal.matrix.words import CHANGES, GROUP_NAMES, TIER_CHANGES
from portal.passengers.words import FIELD_NAMES, PURPOSE_NAMES, ROLE_NAMES
from portal.web.places import region_name
from portal.web.render import language_of
from security.policy.change import Difference


@dataclass(frozen=True, slots=True)
class Told:
    """One difference as a person reads it; `loosens` marks what opens more than before."""

    text: str
    loosens: bool


def tell(request: Any, changes: Iterable[Difference]) -> list[Told]:
    """Say every difference in the reader's language."""
    tag = language_of(request)
    return [Told(_say(tag, change), loosens(change)) for change in changes]


def loosens(change: Difference) -> bool:
    """Say whether this opens or shows more than before."""
    if change.aspect == "tier":
        return change.before == "hidden" or change.after == "clear"
    comes = bool(change.after)
    return comes if change.aspect in {"purpose", "place", "group", "field"} else not comes


def _say(tag: str, change: Difference) -> str:
    speech = translations(tag)
    code = change.after or change.before
    words = (
        TIER_CHANGES[change.after] if change.aspect == "tier" else CHANGES[change.aspect, bool(change.after)]
    )
    places = {
        "role": speech.gettext(ROLE_NAMES[change.role]) if change.role else "",
        "fields": speech.gettext(GROUP_NAMES.get(change.group, change.group)),
        "what": _named(tag, change.aspect, code),
    }
    return speech.say(words, **{name: value for name, value in places.items() if f"%({name})s" in words})


def _named(tag: str, aspect: str, code: str) -> str:
    if aspect == "place":
        return region_name(code, tag)
    names = {"purpose": PURPOSE_NAMES, "field": FIELD_NAMES}.get(aspect, {})
    return translations(tag).gettext(names[code]) if code in names else code
