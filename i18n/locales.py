"""The one list of languages: tag, name in itself, direction, and how Babel calls it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

Direction = Literal["ltr", "rtl"]


@dataclass(frozen=True, slots=True)
class Locale:
    """One language offered.

    `tag` is BCP 47 (as in `<html lang>` and in paths), `babel` the name of its catalog folder, `formatting`
    the CLDR locale for dates and numbers, `name` its name in itself, `font` the family to prefer.
    """

    tag: str
    babel: str
    formatting: str
    name: str
    direction: Direction
    font: str
    digits: str = "latn"
    is_source: bool = False
    is_pseudo: bool = False


# World English (en_001): day before month, as a world-wide desk reads it; en_US would say 11/23.
ENGLISH: Final = Locale("en", "en", "en_001", "English", "ltr", "Inter", is_source=True)
CHINESE: Final = Locale("zh-Hans", "zh_Hans", "zh_Hans", "简体中文", "ltr", "Noto Sans SC")
ARABIC: Final = Locale("ar", "ar", "ar", "العربية", "rtl", "IBM Plex Sans Arabic", digits="arab")
PSEUDO: Final = Locale("en-XA", "en_XA", "en_001", "Ƥşḗŭḓǿ", "ltr", "Inter", is_pseudo=True)

DEFAULT: Final = ENGLISH.tag


def offered(*, pseudo: bool) -> Mapping[str, Locale]:
    """Give the languages a person may choose, in order; with the pseudo-locale when it is asked for."""
    chosen = [ENGLISH, CHINESE, ARABIC, *([PSEUDO] if pseudo else [])]
    return MappingProxyType({locale.tag: locale for locale in chosen})


LOCALES: Final = offered(pseudo=os.environ.get("WX_PSEUDO") == "1")


def locale_for(tag: str) -> Locale:
    """Give the language with this exact tag, the pseudo-locale too. Raises KeyError for any other."""
    return PSEUDO if tag == PSEUDO.tag else LOCALES[tag]


def translated() -> tuple[Locale, ...]:
    """Give the languages that have a catalog: all but the source and the pseudo-locale."""
    return tuple(x for x in LOCALES.values() if not (x.is_source or x.is_pseudo))
