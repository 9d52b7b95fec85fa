"""The words of the field: one translation each, so that the linter finds a term translated two ways."""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

PLACE: Final = Path(__file__).resolve().parent / "glossary.toml"


@dataclass(frozen=True, slots=True)
class Term:
    """A word: its English forms, its forms by language tag, the rivals it must never have, its exceptions."""

    english: tuple[str, ...]
    forms: dict[str, tuple[str, ...]]
    never: dict[str, tuple[str, ...]]
    exempt: frozenset[str]

    def stands_in(self, message: str) -> bool:
        """Say whether this word is meant in an English sentence."""
        return message not in self.exempt and bool(_finder(self.english).search(message))

    def fault(self, tag: str, translation: str) -> str | None:
        """Say what is wrong with a translation: the rival it uses, or the word that is missing."""
        said = bare(translation)
        if any(bare(form) in said for form in self.forms.get(tag, ())):
            return None
        rival = next((word for word in self.never.get(tag, ()) if bare(word) in said), None)
        return rival or (self.forms[tag][0] if tag in self.forms else None)


@cache
def terms(place: Path = PLACE) -> tuple[Term, ...]:
    """Read the glossary. Raises KeyError for a term without English."""
    rows: list[dict[str, Any]] = tomllib.loads(place.read_text(encoding="utf-8"))["term"]
    return tuple(_term(row) for row in rows)


def bare(text: str) -> str:
    """Take vowel marks and letter case away, for comparing words."""
    split = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in split if not unicodedata.combining(c) and c != "ـ")


def _term(row: dict[str, Any]) -> Term:
    languages = {key: tuple(value) for key, value in row.items() if key not in {"en", "never", "except"}}
    rivals = {key: tuple(value) for key, value in row.get("never", {}).items()}
    return Term(tuple(row["en"]), languages, rivals, frozenset(row.get("except", ())))


@cache
def _finder(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, words))})\b", re.IGNORECASE)
