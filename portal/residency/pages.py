"""The page of residency, for everybody it is about: staff see figures and keys, clients the short form."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get

from portal.residency.queries import Stated, Witness, proof_of_statement, stated, witnesses
from portal.residency.words import CLASSES, CROSSINGS, DEFAULT_CROSSING
from portal.web.database import pool
from portal.web.gate import ANYBODY, allow
from portal.web.machine import keeper_status
from portal.web.render import page
from portal.web.unit import unit_of
from security.actor import CLIENT_ROLES

Page = Response[Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of this cell's residency; `keks` are the keys held now, None while the keeper is away."""

    statement: Stated | None
    keks: dict[str, int] | None
    witnesses: list[Witness]


async def residency(request: Any) -> Seen:
    """Gather it. No transaction is held while the keeper is asked."""
    async with pool().acquire() as connection:
        statement, seen_by = await stated(connection), await witnesses(connection)
    status = await keeper_status(request)
    return Seen(statement, status.keks if status is not None and status.keks else None, seen_by)


@get("/residency", opt=allow(ANYBODY, outside=True), name="residency", include_in_schema=False)
async def residency_page(request: Request[Any, Any, Any]) -> Page:
    """Show where each class of data lives, what was stated last, who witnessed it, and what crosses."""
    role = unit_of(request).who.role
    return page(
        request,
        "residency/residency.html",
        seen=await residency(request),
        classes=CLASSES,
        crossings=CROSSINGS,
        default_crossing=DEFAULT_CROSSING,
        short=role in CLIENT_ROLES,
        audits=role == "auditor",
    )


@get("/residency/proof", opt=allow(ANYBODY, outside=True), include_in_schema=False)
async def proof_file(request: Request[Any, Any, Any]) -> Page:  # noqa: ARG001 -- the guard needs it
    """Give the proof of the last statement, to be checked with a tool that the operator did not write."""
    async with pool().acquire() as connection:
        text = await proof_of_statement(connection)
    headers = {
        "content-disposition": 'attachment; filename="residency.tlog-proof"',
        "cache-control": "no-store",
    }
    return Response(text, media_type="text/plain", headers=headers)


PAGES = [residency_page, proof_file]
