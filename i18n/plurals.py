"""Plural forms: our own headers, checked against CLDR.

Babel's own header for Arabic swaps forms 4 and 5 (upstream issue 816) and `pybabel init` gives Turkish a
wrong count, so no header of Babel's is ever written into a catalog.
"""

import gettext
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from babel.core import Locale as BabelLocale

CLDR_ORDER: Final = ("zero", "one", "two", "few", "many", "other")
# Where a whole number can never reach a category of CLDR, the catalog has no form for it.
WHOLE: Final = range(1000)
LARGE: Final = (1_000, 1_001, 1_002, 1_003, 1_011, 1_100, 10_000, 100_000, 1_000_000, 2_000_000, 1_000_001)
SAMPLES: Final = (*WHOLE, *LARGE)

ARABIC = "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5"
RUSSIAN = "n%10==1 && n%100!=11 ? 0 : n%10>=2 && n%10<=4 && (n%100<12 || n%100>14) ? 1 : 2"
MILLIONS = "n!=0 && n%1000000==0 ? 1"

# Catalog folder -> (number of forms, C expression), in the order of CLDR_ORDER.
PLURAL_FORMS: Final[Mapping[str, tuple[int, str]]] = MappingProxyType(
    {
        "en": (2, "n != 1"),
        "zh_Hans": (1, "0"),
        "ar": (6, ARABIC),
        "de": (2, "n != 1"),
        "es": (3, f"n==1 ? 0 : {MILLIONS} : 2"),
        "fr": (3, f"n<2 ? 0 : {MILLIONS} : 2"),
        "hi": (2, "n > 1"),
        "ja": (1, "0"),
        "ko": (1, "0"),
        "pt": (3, f"n<2 ? 0 : {MILLIONS} : 2"),
        "ru": (3, RUSSIAN),
        "tr": (2, "n != 1"),
    }
)

_HEADER = re.compile(r"nplurals\s*=\s*(\d+)\s*;\s*plural\s*=\s*(.+?)\s*;?\s*$")


def header(code: str) -> str:
    """Write the Plural-Forms header of a catalog. Raises KeyError for a language without one."""
    count, expression = PLURAL_FORMS[code]
    return f"nplurals={count}; plural=({expression});"


def parse(text: str) -> tuple[int, Callable[[int], int]]:
    """Read a Plural-Forms header: how many forms, and which form a number takes. Raises ValueError."""
    found = _HEADER.match(text)
    if found is None:
        raise ValueError("i18n:plural_header_unreadable")
    expression = found[2]
    chooser: Callable[[int], int] = gettext.c2py(expression)
    return int(found[1]), chooser


def categories(locale: BabelLocale) -> tuple[str, ...]:
    """Give the CLDR categories that whole numbers reach in this language, in catalog order."""
    reached = {locale.plural_form(n) for n in SAMPLES}
    return tuple(name for name in CLDR_ORDER if name in reached)


def disagreements(text: str, locale: BabelLocale) -> list[int]:
    """Give the numbers for which a header and CLDR choose different forms; [-1] for a wrong count."""
    count, chooser = parse(text)
    names = categories(locale)
    if count != len(names):
        return [-1]
    return [n for n in SAMPLES if names[chooser(n)] != locale.plural_form(n)]
