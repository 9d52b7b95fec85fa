"""Pages of the auditor: one entry with its proof, exports, witnesses."""

import asyncio
import hashlib
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import File, Redirect

from audit.pack import packed
from portal.oversight.actions import request_export, take_export
from portal.oversight.forms import link
from portal.oversight.queries import exports, line, log_key, proof, side_document
from portal.oversight.words import (
    ACTOR_NAMES,
    KIND_NAMES,
    NOUNS,
    OTHER_REASON,
    PART_NAMES,
    VALUE_NAMES,
    WHY_NAMES,
    WITNESS_REASONS,
    WITNESS_STATES,
)
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner
from portal.web.render import address, page
from portal.web.unit import unit_of
from portal.web.views import record_view
from security.keeper.client import KeeperRefused, KeeperUnavailable

Page = Response[Any]
AUDITS = frozenset({"auditor"})
WATCHES = frozenset({"auditor", "compliance", "administrator"})


def entry_words() -> dict[str, Any]:
    """Give what the codes of an entry are called."""
    return {
        "kind_names": KIND_NAMES,
        "role_names": ACTOR_NAMES,
        "field_names": NOUNS,
        "purpose_names": WHY_NAMES,
        "part_names": PART_NAMES,
    }


@get("/ledger/entries/{index:int}", opt=allow(AUDITS), include_in_schema=False)
async def entry_page(request: Request[Any, Any, Any], index: FromPath[int]) -> Page:
    """Show one entry: its parts, canonical text, side document and proof."""
    unit = unit_of(request)
    found = await line(unit, index)
    await record_view(unit, "oversight:proof:viewed", field="ledger", tier="clear", reference=str(index))
    return page(
        request,
        "oversight/entry.html",
        entry=found,
        proof=await proof(unit, index),
        document=await side_document(unit, index),
        value_names=VALUE_NAMES,
        link=link,
        moments={
            name: datetime.fromisoformat(found.parts[name]) for name in ("ts", "at") if name in found.parts
        },
        **entry_words(),
    )


@get("/ledger/exports", opt=allow(AUDITS), name="exports", include_in_schema=False)
async def exports_page(request: Request[Any, Any, Any]) -> Page:
    """List one's exports with their progress."""
    found = await exports(unit_of(request))
    return page(
        request,
        "oversight/exports.html",
        exports=found,
        vkey=await log_key(unit_of(request)),
        verifier_hash=hashlib.sha256(await asyncio.to_thread(packed)).hexdigest(),
        busy=any(e.state in {"waiting", "building"} for e in found),
    )


@post("/ledger/exports", opt=allow(AUDITS), include_in_schema=False)
async def ask_export(request: Request[Any, Any, Any]) -> Page:
    """Ask for a bundle."""
    await submitted(request)
    await request_export(unit_of(request))
    return Redirect(address(request, "/ledger/exports"), status_code=303)


@get(
    "/ledger/exports/{wanted:str}/bundle",
    opt=allow(AUDITS, outside=True, streams=True),
    include_in_schema=False,
)
async def bundle(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Download a ready bundle."""
    return await bundle_file(request, wanted)


async def bundle_file(request: Any, wanted: str) -> File:
    """Record the download, then give the file."""
    unit = unit_of(request)
    found = await take_export(unit, inner(unit.settings.region, wanted))
    name = f"waxwing-{unit.settings.region}-ledger-{found.requested_at:%Y%m%dT%H%M%SZ}.zip"
    return File(
        path=unit.settings.blob_folder / "exports" / f"{found.id}.zip",
        filename=name,
        media_type="application/zip",
        headers={"cache-control": "no-store"},
    )


@get("/ledger/verifier", opt=allow(AUDITS), include_in_schema=False)
async def verifier(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Download the verifier as one file, the same that the source makes."""
    del request  # whoever may export may have it; there is nothing of anybody in it
    headers = {
        "content-disposition": 'attachment; filename="waxwing-verifier.pyz"',
        "cache-control": "no-store",
    }
    content = await asyncio.to_thread(packed)
    return Response(content, media_type="application/octet-stream", headers=headers)


@get("/witnesses", opt=allow(WATCHES), name="witnesses", include_in_schema=False)
async def witnesses_page(request: Request[Any, Any, Any]) -> Page:
    """Show who cosigns this region's ledger, and which ledgers are cosigned here."""
    try:
        seen = await request.app.state.keeper.witnesses()
    except (KeeperUnavailable, KeeperRefused):
        seen = None
    items = seen.items if seen else []
    return page(
        request,
        "oversight/witnesses.html",
        reachable=seen is not None,
        missing=bool(seen and seen.missing),
        size=seen.size if seen else 0,
        witnesses=[one for one in items if one.role == "witness"],
        logs=[one for one in items if one.role == "log"],
        states=WITNESS_STATES,
        reasons=WITNESS_REASONS,
        other_reason=OTHER_REASON,
        public_url=request.app.state.settings.public_url,
    )


PAGES = [entry_page, exports_page, ask_export, bundle, verifier, witnesses_page]
