"""Numbers, shares, units, sizes and lengths of time, as one language writes them."""

import datetime as dt
from decimal import Decimal
from typing import Final, Literal

from babel.core import Locale as BabelLocale
from babel.dates import format_timedelta
from babel.lists import format_list
from babel.numbers import (
    format_compact_decimal,
    format_decimal,
    format_percent,
    get_currency_name,
    get_currency_precision,
)
from babel.units import format_unit

from i18n.catalogs import Translations, translations
from i18n.locale_data import babel_locale
from i18n.locales import locale_for
from i18n.messages import N_

Digits = Literal["latn", "native"]
Width = Literal["short", "long"]

_SIZES: Final = (("gigabyte", 1_000_000_000), ("megabyte", 1_000_000), ("kilobyte", 1_000), ("byte", 1))
_PARTS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_NATIVE: Final = {"arab": {ord("0") + n: digit for n, digit in enumerate("٠١٢٣٤٥٦٧٨٩")}}
_NOW: Final = dt.timedelta(seconds=45)


class Amounts:
    """How one language writes amounts. Digits are Latin unless the person prefers the language's own."""

    def __init__(self, tag: str, digits: Digits = "latn") -> None:
        locale = locale_for(tag)
        self.tag = tag
        self.babel: BabelLocale = babel_locale(locale.formatting)
        self.speech: Translations = translations(tag)
        self._system = "latn" if digits == "latn" else locale.digits

    def number(self, value: float) -> str:
        """Write a number with the language's separators: `1,234.5`."""
        return self._digits(format_decimal(value, locale=self.babel, numbering_system=self._system))

    def compact(self, value: int) -> str:
        """Write a number in little room: `12,345` is `12K`, in each language's own way."""
        if value < 1000:  # noqa: PLR2004 -- it is short as it is
            return self.number(value)
        return self._digits(format_compact_decimal(value, locale=self.babel, numbering_system=self._system))

    def percent(self, share: float) -> str:
        """Write a share of one as a percentage: 0.962 is `96%`."""
        return self._digits(format_percent(share, locale=self.babel, numbering_system=self._system))

    def money(self, minor: int, currency: str) -> str:
        """Write minor units of a currency as its ISO code and the amount: 1250050 of EUR is `EUR 12,500.50`."""
        places = get_currency_precision(currency)
        shape = "#,##0" + ("." + "0" * places if places else "")
        said = format_decimal(
            Decimal(minor).scaleb(-places), shape, locale=self.babel, numbering_system=self._system
        )
        return f"{currency}\u00a0{self._digits(said)}"

    def currency(self, code: str) -> str:
        """Give the name of a currency: `Euro`."""
        return get_currency_name(code, locale=self.babel)

    def unit(self, amount: float, unit: str, width: Width = "short") -> str:
        """Write an amount of a CLDR unit; short where a language lacks long forms (Babel prints its key)."""
        said = format_unit(amount, unit, width, locale=self.babel, numbering_system=self._system)
        return self.unit(amount, unit) if width == "long" and unit in said else self._digits(said)

    def bytes(self, size: int) -> str:
        """Write a size in decimal units: `1.2 MB`."""
        name, factor = next((s for s in _SIZES if size >= s[1]), _SIZES[-1])
        if factor == 1:
            return self.unit(size, f"digital-{name}", "long")
        return self.unit(round(size / factor, 1), f"digital-{name}")

    def duration(self, span: dt.timedelta, *, parts: int = 2) -> str:
        """Write a length of time by its largest `parts`: `3 hours, 20 minutes`."""
        left = abs(int(span.total_seconds()))
        said: list[str] = []
        for unit, size in _PARTS:
            amount, left = divmod(left, size)
            if amount or (unit == "second" and not said):
                said.append(self.unit(amount, f"duration-{unit}", "long"))
        # Arabic's list of units has no pattern for two, and Babel then says the second item twice.
        style: Literal["unit-short", "standard"] = (
            "unit-short" if "2" in self.babel.list_patterns["unit-short"] else "standard"
        )
        return format_list(said[:parts], style, self.babel)

    def relative(self, instant: dt.datetime, at: dt.datetime) -> str:
        """Write how long before or after `at`: `2 hours ago`, `in 3 days`; within 45 seconds `just now`."""
        gap = instant - at
        if abs(gap) < _NOW:
            return self.speech.gettext(N_("just now"))
        return self._digits(format_timedelta(gap, add_direction=True, locale=self.babel))

    def _digits(self, text: str) -> str:
        """Write the digits of a finished text in the chosen system (Babel changes separators only)."""
        return text.translate(_NATIVE[self._system]) if self._system in _NATIVE else text
