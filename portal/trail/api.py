"""The API of the trail: entries about the caller, figures, proofs, disputes, the digest, consistency of the ledger."""

from base64 import b64encode
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, get, post, put
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from portal.desk.queries import read_case
from portal.trail.actions import choose_digest, dispute_entry, end_digest
from portal.trail.consistency import between
from portal.trail.dispute_pages import LOOKS_INTO, OWN
from portal.trail.forms import read_before, read_dispute, read_filters, read_size
from portal.trail.queries import Dispute, Moment, beside, disputed, last_days, moment, moments, own_proof
from portal.trail.queries import wishes_digest as wished
from portal.trail.rules import BY_DEED
from portal.web.cursors import read_limit
from portal.web.database import pool
from portal.web.gate import ANYBODY, allow
from portal.web.idempotency import claim, settle
from portal.web.ids import inner, outer
from portal.web.unit import Unit, act_as, unit_of
from portal.web.views import record_view

TAGS = ["trail"]
BASE = "/api/v1/trail"
CREATED = 201


class DisputeOut(msgspec.Struct, frozen=True):
    """A dispute of an entry: its case, where it stands, until when an answer is owed."""

    case: str
    entry: int
    state: str
    respond_by: datetime | None
    solve_by: datetime | None


class MomentOut(msgspec.Struct, frozen=True):
    """One entry about the caller; `leaf` is its canonical text in the ledger, `own` whether the caller made it."""

    index: int
    at: datetime
    kind: str
    decision: str
    who: str
    role: str
    field: str
    tier: str
    purpose: str
    reference: str
    region: str
    in_list: bool
    own: bool
    dispute: DisputeOut | None
    leaf: str


class TrailOut(msgspec.Struct, frozen=True):
    """A page of the trail, newest first."""

    items: list[MomentOut]
    next: str | None


class DeedOut(msgspec.Struct, frozen=True):
    """What others did of one class: opened, seen (with masks), done; people and entries, refused ones apart."""

    deed: str
    people: int
    entries: int


class DayOut(msgspec.Struct, frozen=True):
    """What others did on one day of the caller's zone."""

    day: str
    allowed: int
    denied: int


class SummaryOut(msgspec.Struct, frozen=True):
    """The last 30 days in the caller's zone."""

    time_zone: str
    deeds: list[DeedOut]
    refused: int
    days: list[DayOut]


class PlaceOut(msgspec.Struct, frozen=True):
    """The place on a list view: `path` (base64) leads from SHA-256(0x00 ‖ sub ‖ nonce) to the leaf's `set`."""

    position: int
    count: int
    nonce: str
    path: list[str]


class HandoverOut(msgspec.Struct, frozen=True):
    """One handover of the log's key: its document, and the tlog-proof of its entry under the key before."""

    document: str
    proof: str


class ProofOut(msgspec.Struct, frozen=True):
    """A C2SP tlog-proof of an entry, the log's key, and the caller's own pseudonym.

    `handovers` lead whoever trusts an earlier key to this one, oldest first.
    """

    index: int
    proof: str
    vkey: str
    sub: str
    place: PlaceOut | None
    handovers: list[HandoverOut]


class DisputeIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Own words about an entry; may be left out."""

    words: str = ""


class DigestState(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the quarterly digest is wished."""

    wished: bool


class ConsistencyOut(msgspec.Struct, frozen=True):
    """The hashes (base64) that prove that the tree of `to` leaves begins with the tree of `from` leaves."""

    from_size: int = msgspec.field(name="from")
    to_size: int = msgspec.field(name="to")
    proof: list[str]


class DisputedOut(msgspec.Struct, frozen=True):
    """The entry that a case is about; `name` of who acted is given to compliance alone."""

    index: int
    leaf: str
    name: str | None


def _dispute_out(unit: Unit, told: Dispute | None) -> DisputeOut | None:
    if told is None:
        return None
    case = outer(unit.settings.region, told.case)
    return DisputeOut(case, told.entry, told.state, told.respond_by, told.solve_by)


def _moment_out(unit: Unit, m: Moment, told: Dispute | None) -> MomentOut:
    return MomentOut(
        index=m.index,
        at=m.at,
        kind=m.kind,
        decision=m.decision,
        who=m.who,
        role=m.role,
        field=m.field,
        tier=m.tier,
        purpose=m.purpose,
        reference=m.reference,
        region=m.region,
        in_list=m.in_list,
        own=m.who == unit.who.code,
        dispute=_dispute_out(unit, told),
        leaf=m.leaf,
    )


@get(BASE, opt=allow(ANYBODY, outside=True), tags=TAGS)
async def read_trail(
    request: Request[Any, Any, Any],
    since: Annotated[str, QueryParameter(name="from")] = "",
    until: Annotated[str, QueryParameter(name="to")] = "",
    what: FromQuery[str] = "",
    role: FromQuery[str] = "",
    by: FromQuery[str] = "",
    decision: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[str | None] = None,
) -> TrailOut:
    """List the entries about the caller's own passenger, list views included; days are of the caller's zone.

    `what`: opened, seen, done. `by`: all, others, me. `decision=deny`: only what was refused.
    """
    unit = unit_of(request)
    asked = {"from": since, "to": until, "what": what, "role": role, "by": by, "decision": decision}
    only = read_filters(asked, unit.who.time_zone).only
    found, older = await moments(unit, before=read_before(cursor), only=only, limit=read_limit(limit))
    known = await beside(unit, found)
    items = [_moment_out(unit, m, known.disputes.get(m.index)) for m in found]
    return TrailOut(items, str(older) if older is not None else None)


@get(f"{BASE}/summary", opt=allow(OWN, outside=True), tags=TAGS)
async def read_summary(request: Request[Any, Any, Any]) -> SummaryOut:
    """Count what others did with the caller's data in the last 30 days."""
    unit = unit_of(request)
    found = await last_days(unit)
    return SummaryOut(
        time_zone=unit.who.time_zone,
        deeds=[DeedOut(deed, found.people(deed), found.entries(deed)) for deed in BY_DEED],
        refused=found.refused,
        days=[DayOut(day.isoformat(), allowed, denied) for day, allowed, denied in found.days],
    )


@get(f"{BASE}/entries/{{index:int}}/proof", opt=allow(ANYBODY, outside=True), tags=TAGS)
async def read_proof(request: Request[Any, Any, Any], index: FromPath[int]) -> ProofOut:
    """Prove an entry that is about the caller, or that the caller made."""
    given = await own_proof(unit_of(request), index)
    place = None
    if given.place is not None:
        path = [b64encode(one).decode() for one in given.place.path]
        nonce = b64encode(given.place.nonce).decode()
        place = PlaceOut(given.place.position, given.place.count, nonce, path)
    handed = [HandoverOut(one.document, one.proof) for one in given.handovers]
    return ProofOut(index, given.proof, given.vkey, given.sub, place, handed)


@post(f"{BASE}/entries/{{index:int}}/disputes", opt=allow(OWN, outside=True), tags=TAGS, status_code=CREATED)
async def add_dispute(
    request: Request[Any, Any, Any], index: FromPath[int], data: JSONBody[DisputeIn]
) -> Response[DisputeOut]:
    """Say that one does not recognise an entry: opens a complaint, once; said again, it gives the same case."""
    unit = unit_of(request)
    words = read_dispute(msgspec.to_builtins(data))
    found = await moment(unit, index)
    await unit.open()
    await act_as(unit.connection, unit.who)
    claimed = await claim(request, unit)
    made = await dispute_entry(unit, found, words)
    case = outer(unit.settings.region, made)
    await settle(unit, claimed, CREATED, f"/api/v1/cases/{case}")
    view = await read_case(unit, made)
    body = DisputeOut(case, index, view.state, view.respond_by, view.solve_by)
    return Response(body, status_code=CREATED, headers={"location": f"/api/v1/cases/{case}"})


@get("/api/v1/cases/{wanted:str}/entry", opt=allow(LOOKS_INTO), tags=["desk"])
async def read_disputed(request: Request[Any, Any, Any], wanted: FromPath[str]) -> DisputedOut:
    """Give the entry that a case is about."""
    unit = unit_of(request)
    case = await read_case(unit, inner(unit.settings.region, wanted))
    found = await disputed(unit, case.id)
    reference = outer(unit.settings.region, case.id)
    await record_view(
        unit, "trail:dispute:viewed", field="case", tier="clear", subject=case.passenger, reference=reference
    )
    return DisputedOut(found.moment.index, found.moment.leaf, found.name)


@get(f"{BASE}/digest", opt=allow(OWN), tags=TAGS)
async def read_digest(request: Request[Any, Any, Any]) -> DigestState:
    """Say whether the caller wishes the quarterly digest."""
    return DigestState(await wished(unit_of(request)))


@put(f"{BASE}/digest", opt=allow(OWN), tags=TAGS)
async def set_digest(request: Request[Any, Any, Any], data: JSONBody[DigestState]) -> DigestState:
    """Wish the quarterly digest, or wish it no more."""
    unit = unit_of(request)
    await (choose_digest(unit) if data.wished else end_digest(unit))
    return data


@get("/api/v1/ledger/consistency", opt=allow(ANYBODY, outside=True), tags=["ledger"])
async def read_consistency(
    smaller: Annotated[str, QueryParameter(name="from")] = "",
    larger: Annotated[str, QueryParameter(name="to")] = "",
) -> ConsistencyOut:
    """Prove that a larger tree of this ledger begins with a smaller one: hashes only."""
    sizes = read_size(smaller, "from"), read_size(larger, "to")
    async with pool().acquire() as connection:
        proof = await between(connection, *sizes)
    return ConsistencyOut(*sizes, [b64encode(one).decode() for one in proof])


API = [
    read_trail,
    read_summary,
    read_proof,
    add_dispute,
    read_disputed,
    read_digest,
    set_digest,
    read_consistency,
]
