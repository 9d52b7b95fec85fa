"""Pages of security reports: which there are, asking for one, and taking it in a language."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from i18n.locales import LOCALES
from portal.reports.actions import ask_report, take_figures, take_paper
from portal.reports.printing import LANGUAGES
from portal.reports.queries import find_reports, months
from portal.reports.words import STATES
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner
from portal.web.refusals import FormRefused
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import unit_of
from portal.web.views import record_view

Page = Response[Any]
READS = frozenset({"compliance", "auditor"})
ASKS = frozenset({"compliance"})


@get("/reports", opt=allow(READS), name="reports", include_in_schema=False)
async def reports_page(request: Request[Any, Any, Any]) -> Page:
    """List reports, newest month first."""
    return await _list(request)


async def _list(request: Any, *, status: int = 200, errors: dict[str, str] | None = None) -> Page:
    unit = unit_of(request)
    await record_view(unit, "reports:list:viewed", field="report", tier="clear")
    return page(
        request,
        "reports/list.html",
        status=status,
        reports=await find_reports(unit),
        asks=unit.who.role in ASKS,
        months=await months(unit) if unit.who.role in ASKS else [],
        states=STATES,
        languages=[LOCALES[tag] for tag in LANGUAGES],
        errors={name: sentence(language_of(request), code) for name, code in (errors or {}).items()},
        done=request.query_params.get("done", ""),
    )


@post("/reports", opt=allow(ASKS), include_in_schema=False)
async def ask(request: Request[Any, Any, Any]) -> Page:
    """Ask for the report of a month."""
    unit = unit_of(request)
    fields = await submitted(request)
    try:
        await ask_report(unit, fields.get("month", ""))
    except FormRefused as refused:
        return await _list(request, status=422, errors=refused.errors)
    return Redirect(address(request, "/reports?done=asked"), status_code=303)


@get("/reports/{wanted:str}/papers/{tag:str}", opt=allow(READS), include_in_schema=False)
async def paper_page(request: Request[Any, Any, Any], wanted: FromPath[str], tag: FromPath[str]) -> Page:
    """Give a report as PDF in a language."""
    unit = unit_of(request)
    month, content = await take_paper(unit, inner(unit.settings.region, wanted), tag)
    return file_answer(content, f"waxwing-{unit.settings.region}-{month:%Y-%m}-{tag}.pdf", "application/pdf")


@get("/reports/{wanted:str}/figures.json", opt=allow(READS), include_in_schema=False)
async def figures_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Give the document of figures to which the entry commits."""
    unit = unit_of(request)
    month, text = await take_figures(unit, inner(unit.settings.region, wanted))
    name = f"waxwing-{unit.settings.region}-{month:%Y-%m}.json"
    return file_answer(text.encode(), name, "application/json")


def file_answer(content: bytes, name: str, kind: str) -> Page:
    """Answer with a file to be kept by whoever asked, and by nothing between."""
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(content, media_type=kind, headers=headers)


PAGES = [reports_page, ask, paper_page, figures_page]
