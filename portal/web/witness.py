"""This cell as a witness (C2SP tlog-witness): the log's signature is the authority, nobody needs a token."""

from typing import Any

from litestar import Request, Response, get, post

from portal.web.gate import public
from portal.web.refusals import NotFound

Answer = Response[Any]
LARGEST = 32_768
PLAIN = "text/plain; charset=utf-8"
MALFORMED = 400


async def small_body(request: Any) -> bytes | None:
    """Read a body of at most 32 KiB; None for a larger one, of which no more is read."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > LARGEST:
            return None
    return bytes(read)


@post("/ledger/witness/add-checkpoint", opt=public(foreign=True), include_in_schema=False, status_code=200)
async def add_checkpoint(request: Request[Any, Any, Any]) -> Answer:
    """Cosign another log's checkpoint, or say why not."""
    body = await small_body(request)
    if body is None:
        return Response("audit:witness_refused malformed\n", status_code=MALFORMED, media_type=PLAIN)
    told = await request.app.state.keeper.add_checkpoint(body)
    return Response(told.body, status_code=told.status, media_type=told.type)


@get("/ledger/witness/checkpoint", opt=public(), include_in_schema=False)
async def cosigned_checkpoint(request: Request[Any, Any, Any]) -> Answer:
    """Give the checkpoint of the log `?origin=` that this cell cosigned last, with the log's own signature."""
    origin = str(request.query_params.get("origin", ""))[:512]
    note = await request.app.state.keeper.cosigned(origin)
    if not note:
        raise NotFound
    return Response(note, media_type=PLAIN, headers={"cache-control": "no-cache"})


WITNESS_ROUTES = [add_checkpoint, cosigned_checkpoint]
