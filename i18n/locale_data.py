"""A guard around Babel's locale data, to be called before anything is formatted.

Babel 2.18 resolves aliases in place, in dictionaries that all languages share: after Chinese has been used,
the stand-alone month and quarter names of Arabic (and others) come out in Chinese for the life of the
process (upstream issue 1234). So each language gets a deep copy of its data before the first use.
"""

import copy
from collections.abc import Iterable
from functools import cache

from babel import localedata
from babel.core import Locale as BabelLocale

from i18n.locales import LOCALES, PSEUDO

# Languages to come: loaded apart already, so that adding one to the list cannot bring the fault back.
PLANNED = ("fr", "de", "es", "pt", "ru", "ja", "ko", "hi", "tr")


def separate(codes: Iterable[str]) -> None:
    """Load the data of these CLDR locales and let none share a dictionary with another."""
    for code in codes:
        localedata.load(code)
    for code in list(localedata._cache):  # noqa: SLF001 -- the fault is in this cache and nowhere else
        localedata._cache[code] = copy.deepcopy(localedata.load(code))  # noqa: SLF001 -- as above


@cache
def separated() -> frozenset[str]:
    """Separate every language of ours once for the process, and give their CLDR names."""
    codes = {locale.formatting for locale in (*LOCALES.values(), PSEUDO)} | set(PLANNED)
    separate(sorted(codes))
    return frozenset(codes)


@cache
def babel_locale(code: str) -> BabelLocale:
    """Give Babel's Locale for a CLDR name of ours. Raises KeyError for a language that was not separated."""
    if code not in separated():
        raise KeyError(code)
    return BabelLocale.parse(code)
