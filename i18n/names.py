"""Names that CLDR knows (countries, languages, cities of time zones), and lists of things."""

from collections.abc import Iterable
from functools import cache
from typing import Final

from babel.dates import get_timezone_location
from babel.lists import format_list

from i18n.amounts import Amounts
from i18n.isolates import isolate
from i18n.locale_data import babel_locale
from i18n.locales import locale_for
from i18n.ordering import sort_key

# What CLDR lists among territories and ISO 3166-1 does not assign: groups, exceptional and private codes.
NOT_COUNTRIES: Final = frozenset(
    ["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"]
)


class Names(Amounts):
    """How one language calls places and languages, and joins a list."""

    def list(self, items: Iterable[str]) -> str:
        """Join items as the language does, each isolated: `A, B and C`."""
        return format_list([isolate(item) for item in items], "standard", self.babel)

    def country(self, code: str) -> str:
        """Name a country (ISO 3166-1 alpha-2); what CLDR does not know is given back as it is."""
        return str(self.babel.territories.get(code.upper(), code))

    def countries(self) -> tuple[tuple[str, str], ...]:
        """Give (code, name) of every country, in the order of their names in this language, for a select."""
        return _countries(self.tag)

    def language(self, tag: str) -> str:
        """Name a language (`zh-Hans`) in the reader's language."""
        return str(self.babel.languages.get(tag.replace("-", "_"), tag))

    def zone_city(self, zone: str) -> str:
        """Name the city of a time zone: `Asia/Dubai` is Dubai, دبي, 迪拜; UTC stays UTC."""
        if zone in {"UTC", "Etc/UTC"}:
            return "UTC"
        return get_timezone_location(zone, locale=self.babel, return_city=True)


@cache
def _countries(tag: str) -> tuple[tuple[str, str], ...]:
    names = babel_locale(locale_for(tag).formatting).territories
    found = [(str(c), str(n)) for c, n in names.items() if str(c).isalpha() and c not in NOT_COUNTRIES]
    return tuple(sorted(found, key=lambda pair: sort_key(pair[1], tag)))
