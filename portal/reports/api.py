"""The API of security reports: which there are, asking for one, taking it."""

from datetime import date, datetime
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody

from portal.reports.actions import ask_report, take_figures, take_paper
from portal.reports.pages import ASKS, READS, file_answer
from portal.reports.printing import LANGUAGES
from portal.reports.queries import Report, find_reports, read_report
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view

TAGS = ["reports"]
BASE = "/api/v1/security-reports"


class ReportOut(msgspec.Struct, frozen=True):
    """A report; `figures_sha256` and the hash of each paper stand in the entry that says it was made."""

    id: str
    month: date
    state: str
    asked_at: datetime
    asked_by: str | None
    made_at: datetime | None
    figures_sha256: str | None
    log_size: int | None
    log_root: str | None
    failure: str | None
    papers: dict[str, str]


class ReportList(msgspec.Struct, frozen=True):
    """Reports, the newest month first."""

    items: list[ReportOut]
    next: str | None


class ReportIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The month wanted, by its first day."""

    month: str = ""


def _out(unit: Unit, one: Report) -> ReportOut:
    known = outer(unit.settings.region, one.id)
    papers = {tag: f"{BASE}/{known}/papers/{tag}" for tag in LANGUAGES} if one.state == "ready" else {}
    return ReportOut(
        known,
        one.month,
        one.state,
        one.asked_at,
        one.asked_name,
        one.made_at,
        one.digest,
        one.log_size,
        one.log_root,
        one.failure,
        papers,
    )


@get(BASE, opt=allow(READS), tags=TAGS)
async def list_reports(request: Request[Any, Any, Any]) -> ReportList:
    """List reports."""
    unit = unit_of(request)
    await record_view(unit, "reports:list:viewed", field="report", tier="clear")
    return ReportList([_out(unit, one) for one in await find_reports(unit)], None)


@post(BASE, opt=allow(ASKS), tags=TAGS, status_code=202)
async def ask(request: Request[Any, Any, Any], data: JSONBody[ReportIn]) -> Response[ReportOut]:
    """Ask for the report of a month; the answer says where to look."""
    unit = unit_of(request)
    made = await ask_report(unit, data.month)
    headers = {"location": f"{BASE}/{outer(unit.settings.region, made)}"}
    return Response(_out(unit, await read_report(unit.connection, made)), status_code=202, headers=headers)


@get(f"{BASE}/{{wanted:str}}", opt=allow(READS), tags=TAGS)
async def one_report(request: Request[Any, Any, Any], wanted: FromPath[str]) -> ReportOut:
    """Give one report's state and hashes."""
    unit = unit_of(request)
    return _out(unit, await read_report(unit.connection, inner(unit.settings.region, wanted)))


@get(f"{BASE}/{{wanted:str}}/papers/{{tag:str}}", opt=allow(READS), tags=TAGS)
async def paper(
    request: Request[Any, Any, Any], wanted: FromPath[str], tag: FromPath[str]
) -> Response[bytes]:
    """Give a report as PDF in a language: en, zh-Hans or ar."""
    unit = unit_of(request)
    month, content = await take_paper(unit, inner(unit.settings.region, wanted), tag)
    return file_answer(content, f"waxwing-{unit.settings.region}-{month:%Y-%m}-{tag}.pdf", "application/pdf")


@get(f"{BASE}/{{wanted:str}}/figures", opt=allow(READS), tags=TAGS)
async def figures(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Response[bytes]:
    """Give the document of figures."""
    unit = unit_of(request)
    month, text = await take_figures(unit, inner(unit.settings.region, wanted))
    name = f"waxwing-{unit.settings.region}-{month:%Y-%m}.json"
    return file_answer(text.encode(), name, "application/json")


API = [list_reports, ask, one_report, paper, figures]
