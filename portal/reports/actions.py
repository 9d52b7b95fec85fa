"""What is done with reports: asked for, and taken. One entry each."""

from datetime import date
from typing import Any
from uuid import UUID

from portal.reports.printing import LANGUAGES
from portal.reports.queries import ReportNotFound, months, ready_report
from portal.web.ids import new_id, outer
from portal.web.refusals import FormRefused
from portal.web.unit import Unit


async def ask_report(unit: Unit, wanted: str) -> UUID:
    """Ask the worker for the report of a month. Raises FormRefused."""
    try:
        month = date.fromisoformat(wanted)
    except ValueError:
        raise FormRefused({"month": "reports:unknown_month"}) from None
    if month not in await months(unit):
        raise FormRefused({"month": "reports:unknown_month"})
    made = new_id()
    await unit.connection.execute(
        "insert into security_report (id, month, state, asked_at, asked_by, asked_name)"
        " values ($1, $2, 'waiting', $3, $4, $5)",
        made,
        month,
        unit.at,
        unit.who.account,
        unit.who.name,
    )
    reference = outer(unit.settings.region, made)
    document = {"month": month.isoformat()}
    await unit.record("reports:report:asked", field="report", reference=reference, document=document)
    return made


async def take_paper(unit: Unit, wanted: UUID, tag: str) -> tuple[date, bytes]:
    """Give the PDF in a language. Raises ReportNotFound, ReportFailed, ReportNotReady."""
    report = await ready_report(unit.connection, wanted)
    content = None
    if tag in LANGUAGES:
        content = await unit.connection.fetchval(
            "select content from security_report_file where report_id = $1 and locale = $2", wanted, tag
        )
    if content is None:
        raise ReportNotFound
    await unit.record("reports:report:downloaded", **_what(unit, wanted, tag))
    return report.month, bytes(content)


async def take_figures(unit: Unit, wanted: UUID) -> tuple[date, str]:
    """Give the document of figures. Raises as above."""
    report = await ready_report(unit.connection, wanted)
    figures: str = await unit.connection.fetchval("select figures from security_report where id = $1", wanted)
    await unit.record("reports:report:downloaded", **_what(unit, wanted, "figures"))
    return report.month, figures


def _what(unit: Unit, wanted: UUID, what: str) -> dict[str, Any]:
    reference = outer(unit.settings.region, wanted)
    return {"field": "report", "reference": reference, "document": {"what": what}}
