"""PDF: a template becomes bytes, with whole fonts and nothing fetched. WeasyPrint is imported when it is needed."""

import asyncio
import os
from functools import cache
from pathlib import Path
from typing import Any

from portal.web.assets import third_party
from portal.web.refusals import Refusal

FONTS = frozenset(
    f"{family}_{weight}.ttf"
    for family in ("Inter", "IBMPlexSansArabic", "NotoSansSC")
    for weight in ("400Regular", "600SemiBold")
)
CONFIGURATION = Path(__file__).with_name("fonts.conf")


class PaperUnavailable(Refusal):
    """No PDF can be made here; `missing` names what it needs: libpango, or the fonts."""

    code = "trips:paper_unavailable"
    status = 503


@cache
def _printer() -> Any:
    """Import WeasyPrint, which loads libpango and reads which fonts there are. Raises PaperUnavailable."""
    if FONTS - {row.name for row in third_party()}:
        raise PaperUnavailable(missing="fonts")
    os.environ["FONTCONFIG_FILE"] = str(CONFIGURATION)
    try:
        import weasyprint  # noqa: PLC0415 -- it needs a Debian package that running does without
    except OSError:
        raise PaperUnavailable(missing="libpango") from None
    return weasyprint


async def printed(html: str) -> bytes:
    """Make a PDF of a whole page, in a thread. Raises PaperUnavailable."""
    return await asyncio.to_thread(print_page, html)


def print_page(html: str) -> bytes:
    """Make a PDF of a whole page, where one may wait. Raises PaperUnavailable."""
    made: bytes = _printer().HTML(string=html, url_fetcher=_refuse).write_pdf()
    return made


def _refuse(url: str) -> Any:
    """Fetch nothing: a page that is printed holds all it needs."""
    raise ValueError(url[:0])
