"""The API of findings and notes."""

from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from portal.findings.actions import add_note, open_finding, take_step
from portal.findings.forms import read_finding, read_note, read_step
from portal.findings.pages import AUDITS, READS, load
from portal.findings.queries import Finding, Note, finding, findings, notes
from portal.findings.rules import STATES, offered
from portal.web.gate import allow
from portal.web.idempotency import claim, settle
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view

TAGS = ["findings"]
BASE = "/api/v1/findings"


class FindingIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """severity: low, medium, high, critical. entries: indexes that the caller may see, at most 100."""

    title: str
    severity: str
    words: str
    entries: list[int]
    due_on: str


class StepIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """step: answer, remediate (compliance), return, close, sign_off (auditors; the last by a second one)."""

    step: str
    words: str


class NoteIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A note on entries."""

    words: str
    entries: list[int]


class StepOut(msgspec.Struct, frozen=True):
    """One step; SHA-256 over `cpv1/commit`, a zero byte, salt and words is the entry's `rc`."""

    step: str
    by: str
    role: str
    words: str
    language: str
    salt: str
    commitment: str
    at: datetime


class FindingOut(msgspec.Struct, frozen=True):
    """A finding. Lists leave `history` empty. `next`: the steps that the caller may take now."""

    id: str
    title: str
    severity: str
    state: str
    entries: list[int]
    due_on: date
    by: str
    opened_at: datetime
    version: int
    next: list[str]
    history: list[StepOut]


class FindingList(msgspec.Struct, frozen=True):
    """Findings, the severe at the top."""

    items: list[FindingOut]
    next: str | None = None


class NoteOut(msgspec.Struct, frozen=True):
    """A note on entries."""

    id: str
    by: str
    words: str
    language: str
    entries: list[int]
    commitment: str
    at: datetime


class NoteList(msgspec.Struct, frozen=True):
    """Notes, newest first."""

    items: list[NoteOut]
    next: str | None = None


def _out(unit: Unit, one: Finding) -> FindingOut:
    return FindingOut(
        id=outer(unit.settings.region, one.id),
        title=one.title,
        severity=one.severity,
        state=one.state,
        entries=one.entries,
        due_on=one.due_on,
        by=one.author_name,
        opened_at=one.opened_at,
        version=one.version,
        next=offered(one.standing, unit.who.role, unit.who.account),
        history=[
            StepOut(s.kind, s.by_name, s.by_role, s.words, s.language, s.salt, s.commitment, s.at)
            for s in one.steps
        ],
    )


def _note(unit: Unit, one: Note) -> NoteOut:
    name = outer(unit.settings.region, one.id)
    return NoteOut(name, one.author_name, one.words, one.language, one.entries, one.commitment, one.at)


@get(BASE, opt=allow(READS), tags=TAGS)
async def list_findings(
    request: Request[Any, Any, Any], stands: Annotated[str, QueryParameter(name="state")] = ""
) -> FindingList:
    """List findings; `?state=` those that stand so."""
    unit = unit_of(request)
    if stands and stands not in STATES:
        raise FormRefused({"state": "web:invalid"})
    found = await findings(unit, state=stands or None)
    await record_view(unit, "findings:list:viewed", field="finding", tier="clear")
    return FindingList([_out(unit, one) for one in found])


@post(BASE, opt=allow(AUDITS), tags=TAGS, status_code=201)
async def add_finding(request: Request[Any, Any, Any], data: JSONBody[FindingIn]) -> Response[FindingOut]:
    """Open a finding."""
    unit = unit_of(request)
    claimed = await claim(request, unit)
    if claimed and claimed.location:
        known = claimed.location
    else:
        made = await open_finding(unit, read_finding(msgspec.to_builtins(data), unit.at.date()))
        known = outer(unit.settings.region, made)
        await settle(unit, claimed, 201, known)
    found = await finding(unit, inner(unit.settings.region, known))
    return Response(_out(unit, found), status_code=201, headers={"location": f"{BASE}/{known}"})


@get(f"{BASE}/{{wanted:str}}", opt=allow(READS), tags=TAGS)
async def one_finding(request: Request[Any, Any, Any], wanted: FromPath[str]) -> FindingOut:
    """Give one with its history."""
    unit = unit_of(request)
    return _out(unit, await load(unit, wanted))


@post(f"{BASE}/{{wanted:str}}/steps", opt=allow(READS), tags=TAGS, status_code=201)
async def add_step(
    request: Request[Any, Any, Any], wanted: FromPath[str], data: JSONBody[StepIn]
) -> FindingOut:
    """Take a finding one step further."""
    unit, known = unit_of(request), inner(unit_of(request).settings.region, wanted)
    claimed = await claim(request, unit)
    if not (claimed and claimed.location):
        await take_step(unit, await finding(unit, known), read_step(msgspec.to_builtins(data)))
        await settle(unit, claimed, 201, wanted)
    return _out(unit, await finding(unit, known))


@get("/api/v1/ledger/notes", opt=allow(AUDITS), tags=TAGS)
async def list_notes(request: Request[Any, Any, Any], entry: FromQuery[int | None] = None) -> NoteList:
    """List notes; `?entry=` those on one entry."""
    unit = unit_of(request)
    found = await notes(unit, entry=entry)
    await record_view(unit, "findings:list:viewed", field="finding", tier="clear", reference="notes")
    return NoteList([_note(unit, one) for one in found])


@post("/api/v1/ledger/notes", opt=allow(AUDITS), tags=TAGS, status_code=201)
async def new_note(request: Request[Any, Any, Any], data: JSONBody[NoteIn]) -> NoteOut:
    """Add a note to entries."""
    unit = unit_of(request)
    claimed = await claim(request, unit)
    if claimed and claimed.location:
        known = inner(unit.settings.region, claimed.location)
    else:
        known = await add_note(unit, read_note(msgspec.to_builtins(data)))
        await settle(unit, claimed, 201, outer(unit.settings.region, known))
    return next(_note(unit, one) for one in await notes(unit) if one.id == known)


API = [list_findings, add_finding, one_finding, add_step, list_notes, new_note]
