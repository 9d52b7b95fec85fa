"""Pages of findings and notes: list, open, one with its history and the next step."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.findings.actions import StepRefused, add_note, open_finding, take_step
from portal.findings.forms import MAX_TITLE, MAX_WORDS, read_finding, read_note, read_step
from portal.findings.queries import Finding, finding, findings, notes
from portal.findings.rules import SEVERITIES, STATES, offered
from portal.findings.words import SEVERITY_NAMES, STATE_NAMES, STEP_BUTTONS, STEP_NAMES
from portal.oversight.words import ACTOR_NAMES, KIND_NAMES
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused, Stale
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view

Page = Response[Any]
READS = frozenset({"auditor", "compliance"})
AUDITS = frozenset({"auditor"})
FIELDS = ("title", "severity", "words", "entries", "due_on")


def _words() -> dict[str, Any]:
    return {
        "severities": SEVERITY_NAMES,
        "severity_codes": SEVERITIES,
        "states": STATE_NAMES,
        "steps": STEP_NAMES,
        "buttons": STEP_BUTTONS,
        "role_names": ACTOR_NAMES,
        "kind_names": KIND_NAMES,
        "longest": MAX_WORDS,
        "longest_title": MAX_TITLE,
    }


def _said(request: Any, errors: dict[str, str]) -> dict[str, str]:
    return {name: sentence(language_of(request), code) for name, code in errors.items()}


@get("/findings", opt=allow(READS), name="findings", include_in_schema=False)
async def findings_page(request: Request[Any, Any, Any]) -> Page:
    """List findings, and offer auditors to open one; `?entries=` fills the numbers in."""
    return await _list(request, {"entries": request.query_params.get("entries", "")}, {})


async def _list(request: Any, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Page:
    unit = unit_of(request)
    asked = request.query_params.get("state", "")
    found = await findings(unit, state=asked if asked in STATES else None)
    await record_view(unit, "findings:list:viewed", field="finding", tier="clear")
    return page(
        request,
        "findings/list.html",
        status=status,
        findings=found,
        asked=asked,
        today=unit.at.date(),
        audits=unit.who.role in AUDITS,
        values={name: values.get(name, "") for name in FIELDS},
        errors=_said(request, errors),
        opening=bool(errors or values.get("entries")),
        **_words(),
    )


@post("/findings", opt=allow(AUDITS), include_in_schema=False)
async def add_finding(request: Request[Any, Any, Any]) -> Page:
    """Open a finding."""
    unit, fields = unit_of(request), await submitted(request, longest=MAX_WORDS + 1)
    try:
        made = await open_finding(unit, read_finding(fields, unit.at.date()))
    except FormRefused as refused:
        return await _list(request, fields, refused.errors, 422)
    return Redirect(
        address(request, f"/findings/{outer(unit.settings.region, made)}?done=open"), status_code=303
    )


@get("/findings/{wanted:str}", opt=allow(READS), include_in_schema=False)
async def finding_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show one finding with its entries, its history and what may be done next."""
    return await _one(request, await load(unit_of(request), wanted), {}, {})


async def load(unit: Unit, wanted: str) -> Finding:
    """Give one, and record that it was looked at. Raises FindingNotFound."""
    found = await finding(unit, inner(unit.settings.region, wanted))
    await record_view(unit, "findings:finding:viewed", field="finding", tier="clear", reference=wanted)
    return found


async def _one(
    request: Any, found: Finding, values: dict[str, str], errors: dict[str, str], status: int = 200
) -> Page:
    unit = unit_of(request)
    return page(
        request,
        "findings/one.html",
        status=status,
        one=found,
        today=unit.at.date(),
        offered=offered(found.standing, unit.who.role, unit.who.account),
        audits=unit.who.role in AUDITS,
        values=values,
        errors=_said(request, errors),
        done=request.query_params.get("done", ""),
        **_words(),
    )


@post("/findings/{wanted:str}/steps", opt=allow(READS), include_in_schema=False)
async def add_step(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Take a finding one step further."""
    unit, fields = unit_of(request), await submitted(request, longest=MAX_WORDS + 1)
    was = await finding(unit, inner(unit.settings.region, wanted))
    try:
        given = read_step(fields)
        await take_step(unit, was, given)
    except FormRefused as refused:
        return await _one(request, was, fields, refused.errors, 422)
    except (StepRefused, Stale) as refused:
        return await _one(request, was, fields, {"": refused.code}, refused.status)
    return Redirect(address(request, f"/findings/{wanted}?done={given.step}"), status_code=303)


@get("/notes", opt=allow(AUDITS), name="notes", include_in_schema=False)
async def notes_page(request: Request[Any, Any, Any]) -> Page:
    """List notes; `?entry=` those on one entry, and fills its number in."""
    text = request.query_params.get("entry", "")
    return await _notes(request, {"entries": text}, {}, entry=text)


async def _notes(
    request: Any, values: dict[str, str], errors: dict[str, str], status: int = 200, entry: str = ""
) -> Page:
    unit = unit_of(request)
    known = int(entry) if entry.isascii() and entry.isdigit() and len(entry) < len(str(2**62)) else None
    found = await notes(unit, entry=known)
    await record_view(unit, "findings:list:viewed", field="finding", tier="clear", reference="notes")
    return page(
        request,
        "findings/notes.html",
        status=status,
        notes=found,
        entry=known,
        values={name: values.get(name, "") for name in ("words", "entries")},
        errors=_said(request, errors),
        **_words(),
    )


@post("/notes", opt=allow(AUDITS), include_in_schema=False)
async def new_note(request: Request[Any, Any, Any]) -> Page:
    """Add a note to entries."""
    fields = await submitted(request, longest=MAX_WORDS + 1)
    try:
        await add_note(unit_of(request), read_note(fields))
    except FormRefused as refused:
        return await _notes(request, fields, refused.errors, 422)
    return Redirect(address(request, "/notes"), status_code=303)


PAGES = [findings_page, add_finding, finding_page, add_step, notes_page, new_note]
