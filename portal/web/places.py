"""Names of regions and states in the reader's language; where an airport is."""

from functools import cache
from typing import Any

import airportsdata
import pycountry

from i18n.catalogs import translations
from i18n.formats import formats_for
from i18n.messages import N_

REGION_NAMES = {
    "eu": N_("European Union"),
    "cn": N_("Mainland China"),
    "us": N_("United States"),
    "me": N_("Middle East"),
}


def region_name(region: str, tag: str) -> str:
    """Say which region this is."""
    return translations(tag).gettext(REGION_NAMES[region])


@cache
def states() -> dict[str, str]:
    """Give ISO 3166 alpha-3 codes with their alpha-2."""
    return {country.alpha_3: country.alpha_2 for country in pycountry.countries}


@cache
def state_name(code: str, tag: str) -> str:
    """Say a state by its alpha-3 code; an issuer that ISO 3166 does not know keeps its code."""
    short = states().get(code)
    return formats_for(tag, "UTC").country(short) if short else code


@cache
def airfields() -> dict[str, Any]:
    """Give every airport's row by its ICAO code."""
    return airportsdata.load("ICAO")


@cache
def _by_iata() -> dict[str, str]:
    return {row["iata"]: icao for icao, row in airfields().items() if row["iata"]}


def airfield(code: str) -> Any:
    """Give an airport's row by its ICAO or IATA code. Raises KeyError."""
    return airfields()[code if code in airfields() else _by_iata()[code]]


@cache
def state_of_airport(code: str) -> str:
    """Say in which state an airport lies, by its alpha-3 code. Raises KeyError for an unknown airport."""
    short = airfield(code)["country"]
    return next((state for state, alpha_2 in states().items() if alpha_2 == short), short)
