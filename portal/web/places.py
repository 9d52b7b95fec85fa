"""Names of regions and states, in the reader's language."""

from functools import cache

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
