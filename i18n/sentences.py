"""What can be wrong with one sentence and its translation, seen alone."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from i18n.isolates import LEAKING, balanced

PLACE: Final = re.compile(r"%\((\w+)\)s")
TAG: Final = re.compile(r"</?([a-z][a-z0-9]*)[^>]*>")
TAGS_ALLOWED: Final = frozenset(["a", "b", "bdi", "br", "code", "em", "kbd", "q", "strong"])
# Categories that stand for one number only: there a translation may write the number as a word.
SINGLE: Final = frozenset(["zero", "one", "two"])
GROWTH, SLACK = 2.0, 24

Fault = tuple[str, str]


def places(text: str) -> set[str]:
    """Give the names of the places that a sentence leaves open."""
    return set(PLACE.findall(text))


def source_faults(text: str) -> Iterator[Fault]:
    """Find what makes an English sentence untranslatable or unsafe."""
    if _stray_percent(text):
        yield "i18n:stray_percent", text
    if LEAKING.search(text) or not balanced(text):
        yield "i18n:bidi_marks", text
    for tag in set(TAG.findall(text)) - TAGS_ALLOWED:
        yield "i18n:tag_not_allowed", tag
    if text != text.strip():
        yield "i18n:edges", text


def translation_faults(source: str, said: str, category: str | None = None) -> Iterator[Fault]:
    """Find what is wrong with a translation; `category` is the plural category, if it has one."""
    spare = {"num"} if category in SINGLE else set()
    wanted, found = places(source), places(said)
    if found - wanted or wanted - found - spare:
        yield "i18n:placeholders", ", ".join(sorted(wanted ^ found))
    if _stray_percent(said):
        yield "i18n:stray_percent", said
    if not balanced(said):
        yield "i18n:bidi_marks", said
    if Counter(TAG.findall(source)) != Counter(TAG.findall(said)):
        yield "i18n:tags", said
    if said != said.strip():
        yield "i18n:edges", said
    if _visible(said) > GROWTH * _visible(source) + SLACK:
        yield "i18n:too_long", said


def arity_fault(forms: tuple[str, ...], wanted: int) -> Fault | None:
    """Find a plural that has not exactly one form for each category of its language."""
    filled = sum(1 for form in forms if form)
    return None if filled == len(forms) == wanted else ("i18n:plural_arity", f"{filled}/{wanted}")


def _stray_percent(text: str) -> bool:
    return "%" in PLACE.sub("", text.replace("%%", ""))


def _visible(text: str) -> int:
    return len(TAG.sub("", PLACE.sub("", text)))
