"""The way of a checkpoint from one cell to another: the front door carries it and can change nothing of it."""

from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.params import FromPath

from portal.web.hop import Reply, hop
from portal.web.refusals import NotFound
from portal.web.witness import MALFORMED, PLAIN, small_body

SIZE_TYPE = "text/x.tlog.size"
UNREACHABLE = 502
BASE = "/ledger/witness"


def _cell_of(request: Any, region: str) -> str:
    cells: dict[str, str] = request.app.state.cells
    if region not in cells:
        raise NotFound
    return cells[region].rstrip("/")


def _passed_on(reply: Reply) -> Response[Any]:
    if not reply.status or 300 <= reply.status < 400:  # noqa: PLR2004 -- nothing, or a redirect
        return Response("front:cell_unreachable\n", status_code=UNREACHABLE, media_type=PLAIN)
    kind = SIZE_TYPE if reply.type.startswith(SIZE_TYPE) else PLAIN
    return Response(reply.body, status_code=reply.status, media_type=kind)


@post("/witness/{region:str}/add-checkpoint", include_in_schema=False, status_code=200)
async def relay_checkpoint(request: Request[Any, Any, Any], region: FromPath[str]) -> Response[Any]:
    """Carry a request to a cell that is known here, and its answer back."""
    cell = _cell_of(request, region)
    body = await small_body(request)
    if body is None:
        return Response("audit:witness_refused malformed\n", status_code=MALFORMED, media_type=PLAIN)
    return _passed_on(await hop("POST", f"{cell}{BASE}/add-checkpoint", body))


@get("/witness/{region:str}/checkpoint", include_in_schema=False)
async def relay_known(request: Request[Any, Any, Any], region: FromPath[str]) -> Response[Any]:
    """Carry the question what a cell cosigned last of the log `?origin=`."""
    cell = _cell_of(request, region)
    origin = quote(str(request.query_params.get("origin", ""))[:512], safe="")
    return _passed_on(await hop("GET", f"{cell}{BASE}/checkpoint?origin={origin}"))


RELAY = [relay_checkpoint, relay_known]
