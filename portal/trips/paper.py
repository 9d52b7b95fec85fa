"""PDF: a template becomes bytes, with whole fonts and nothing fetched. WeasyPrint is imported when it is needed."""

import asyncio
from functools import cache
from typing import Any

from portal.web.assets import BUILT, third_party
from portal.web.refusals import Refusal

# (family, weight, file): whole fonts, because slices made for the web print other characters.
FONTS = (
    ("Inter", 400, "Inter_400Regular.ttf"),
    ("Inter", 600, "Inter_600SemiBold.ttf"),
    ("Plex Arabic", 400, "IBMPlexSansArabic_400Regular.ttf"),
    ("Plex Arabic", 600, "IBMPlexSansArabic_600SemiBold.ttf"),
    ("Noto SC", 400, "NotoSansSC_400Regular.ttf"),
    ("Noto SC", 600, "NotoSansSC_600SemiBold.ttf"),
)


class PaperUnavailable(Refusal):
    """No PDF can be made here; `missing` names what it needs: libpango, or the fonts."""

    code = "trips:paper_unavailable"
    status = 503


@cache
def _printer() -> Any:
    """Import WeasyPrint, which loads libpango. Raises PaperUnavailable."""
    try:
        import weasyprint  # noqa: PLC0415 -- it needs a Debian package that running does without
    except OSError:
        raise PaperUnavailable(missing="libpango") from None
    return weasyprint


def font_faces() -> str:
    """Write the rules that name the fonts. Raises PaperUnavailable while they are not here."""
    files = {row.name: row.file for row in third_party()}
    if any(file not in files for _, _, file in FONTS):
        raise PaperUnavailable(missing="fonts")
    return "".join(
        f'@font-face{{font-family:"{family}";font-weight:{weight};src:url("{(BUILT / files[file]).as_uri()}")}}'
        for family, weight, file in FONTS
    )


async def printed(html: str) -> bytes:
    """Make a PDF of a whole page, in a thread. Raises PaperUnavailable."""
    return await asyncio.to_thread(_print, html)


def _print(html: str) -> bytes:
    weasyprint = _printer()
    sheet = weasyprint.CSS(string=font_faces(), url_fetcher=_fetcher())
    made: bytes = weasyprint.HTML(string=html, url_fetcher=_fetcher()).write_pdf(stylesheets=[sheet])
    return made


def _fetcher() -> Any:
    """Fetch files only: a font of ours; no address of the network can be reached from a page."""
    from weasyprint.urls import URLFetcher  # noqa: PLC0415 -- as above

    return URLFetcher(allowed_protocols=("file",))
