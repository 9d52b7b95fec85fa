"""The API of oversight: entries, proofs, exports."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, QueryParameter

from audit.ledger import Entry
from portal.oversight.actions import ExportFailed, request_export
from portal.oversight.charts import counting
from portal.oversight.forms import given, read_filters
from portal.oversight.pages import AUDITS, bundle_file
from portal.oversight.queries import export, line, proof
from portal.trail.pages import read_before
from portal.web.cursors import read_limit
from portal.web.gate import allow
from portal.web.idempotency import claim, settle
from portal.web.ids import inner, outer
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view

TAGS = ["ledger"]
BASE = "/api/v1/ledger"


class EntryOut(msgspec.Struct, frozen=True):
    """One entry: its index, its canonical text, and its parts."""

    index: int
    leaf: str
    parts: dict[str, str]


class EntryList(msgspec.Struct, frozen=True):
    """Entries, newest first."""

    items: list[EntryOut]
    next: str | None


class ProofOut(msgspec.Struct, frozen=True):
    """A proof in the C2SP tlog-proof format."""

    index: int
    leaf: str
    proof: str


class ExportOut(msgspec.Struct, frozen=True):
    """A bundle that is being made."""

    id: str
    state: str
    progress: int


def _out(entry: Entry) -> EntryOut:
    return EntryOut(entry.index, entry.leaf, {name: str(value) for name, value in entry.parts.items()})


@get(f"{BASE}/entries", opt=allow(AUDITS), tags=TAGS)
async def list_entries(
    request: Request[Any, Any, Any],
    subject: FromQuery[str] = "",
    actor: FromQuery[str] = "",
    role: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    field: FromQuery[str] = "",
    purpose: FromQuery[str] = "",
    region: FromQuery[str] = "",
    decision: FromQuery[str] = "",
    when: FromQuery[str] = "",
    since: Annotated[str, QueryParameter(name="from")] = "",
    until: Annotated[str, QueryParameter(name="to")] = "",
    limit: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> EntryList:
    """List entries, newest first. `subject` is a pseudonym and finds list views too; `to` as a day includes it.

    `field` is a field's code or one of `class:documents`, `class:payment`, `class:sealed`; `when` is `24h`, `7d`, ….
    """
    unit = unit_of(request)
    asked = {"subject": subject, "actor": actor, "role": role, "kind": kind, "decision": decision}
    asked |= {"field": field, "purpose": purpose, "region": region, "when": when, "from": since, "to": until}
    only = read_filters(given(asked), at=unit.at, region=unit.settings.region)
    size, before = read_limit(limit), read_before(cursor)
    found = await counting(unit).page(only, before=before, limit=size + 1)
    await record_view(unit, "oversight:ledger:viewed", field="ledger", tier="clear")
    older = str(found[size - 1].index) if len(found) > size else None
    return EntryList([_out(entry) for entry in found[:size]], older)


@get(f"{BASE}/entries/{{index:int}}/proof", opt=allow(AUDITS), tags=TAGS)
async def read_proof(request: Request[Any, Any, Any], index: FromPath[int]) -> ProofOut:
    """Give an entry with its proof against the newest checkpoint."""
    unit = unit_of(request)
    found = await line(unit, index)
    await record_view(unit, "oversight:proof:viewed", field="ledger", tier="clear", reference=str(index))
    return ProofOut(index, found.leaf, await proof(unit, index))


def _accepted(unit: Unit, wanted: Any, state: str, progress: int) -> Response[ExportOut]:
    name = outer(unit.settings.region, wanted)
    headers = {"location": f"{BASE}/exports/{name}", "retry-after": "1"}
    return Response(ExportOut(name, state, progress), status_code=202, headers=headers)


@post(f"{BASE}/exports", opt=allow(AUDITS), tags=TAGS, status_code=202)
async def ask_export(request: Request[Any, Any, Any]) -> Response[ExportOut]:
    """Ask for a bundle; poll its `Location`."""
    unit = unit_of(request)
    claimed = await claim(request, unit)
    if claimed and claimed.location:
        known = await export(unit.connection, inner(unit.settings.region, claimed.location))
        return _accepted(unit, known.id, known.state, known.progress)
    made = await request_export(unit)
    await settle(unit, claimed, 202, outer(unit.settings.region, made))
    return _accepted(unit, made, "waiting", 0)


@get(f"{BASE}/exports/{{wanted:str}}", opt=allow(AUDITS, outside=True, streams=True), tags=TAGS)
async def read_export(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Response[Any]:
    """202 while the bundle is being made, then 200 with the bundle: one ZIP for `python -m audit verify`."""
    unit = unit_of(request)
    async with unit.short() as connection:
        found = await export(connection, inner(unit.settings.region, wanted))
    if found.state == "failed":
        raise ExportFailed
    if found.state != "ready":
        return _accepted(unit, found.id, found.state, found.progress)
    return await bundle_file(request, wanted)


API = [list_entries, read_proof, ask_export, read_export]
