"""A report on paper: the figures in a language, from its template."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from i18n.catalogs import translations
from i18n.formats import formats_for
from i18n.messages import N_
from portal.oversight.words import KIND_NAMES
from portal.passengers.words import FIELD_NAMES, PURPOSE_NAMES, ROLE_NAMES
from portal.reports.words import TABLES
from portal.trips.paper import print_page
from portal.web.places import region_name
from portal.web.render import environment
from portal.web.sentences import sentence

LANGUAGES: Final = ("en", "zh-Hans", "ar")
KEY_NAMES: Mapping[str, str] = {
    "security:keys:made": N_("Epochs made"),
    "security:keys:rewrapped": N_("Times all data keys were wrapped anew"),
    "security:keys:destroyed": N_("Old epochs destroyed"),
    "security:subject:resealed": N_("People sealed anew"),
    "security:subject:shredded": N_("People shredded"),
}


def report_html(tag: str, figures: Mapping[str, Any], digest: str) -> str:
    """Write the page that is printed."""
    formats, say = formats_for(tag, "UTC"), translations(tag).say

    def refusal(code: str) -> str:
        """Say a refusal; the name of a kind where an entry has no code."""
        return say(KIND_NAMES[code]) if code in KIND_NAMES else sentence(tag, code)

    return (
        environment(tag)
        .get_template("reports/report.html")
        .render(
            figures=figures,
            digest=digest,
            region=region_name(figures["region"], tag),
            month=formats.month(date.fromisoformat(figures["month"])),
            made_at=formats.datetime_zoned(datetime.fromisoformat(figures["made_at"])),
            formats=formats,
            role_names=ROLE_NAMES,
            kind_names=KIND_NAMES,
            field_names=FIELD_NAMES,
            purpose_names=PURPOSE_NAMES,
            key_names=KEY_NAMES,
            table_names=TABLES,
            refusal=refusal,
        )
    )


def print_report(tag: str, figures: Mapping[str, Any], digest: str) -> bytes:
    """Make the PDF in a language. Raises PaperUnavailable."""
    return print_page(report_html(tag, figures, digest))
