"""The front door's addresses for machines: health, readiness, static files."""

from typing import Any

import structlog
from litestar import Request, Response, get
from litestar.params import FromPath

from portal.directory.queries import is_placement_known
from portal.web.assets import read_static
from portal.web.refusals import NotFound

Answer = Response[Any]
log = structlog.get_logger("portal.front")


@get("/healthz", include_in_schema=False, sync_to_thread=False)
def healthz() -> dict[str, str]:
    """Alive."""
    return {"status": "alive"}


@get("/readyz", include_in_schema=False)
async def readyz(request: Request[Any, Any, Any]) -> Answer:
    """Can place every address, or what is missing: `database`, `placement`."""
    try:
        async with request.app.state.database.connection() as connection:
            missing = [] if await is_placement_known(connection) else ["placement"]
    except Exception as failure:  # noqa: BLE001 -- whatever is wrong with it, it is missing
        log.warning("database_away", error=type(failure).__name__)
        missing = ["database"]
    body = {"status": "waiting" if missing else "ready", "missing": missing}
    return Response(body, status_code=503 if missing else 200)


@get("/static/{path:path}", include_in_schema=False, sync_to_thread=False)
def static(path: FromPath[str]) -> Answer:
    """Serve a static file."""
    found = read_static(path.removeprefix("/"))
    if found is None:
        raise NotFound
    body, kind = found
    return Response(body, media_type=kind, headers={"cache-control": "public, max-age=31536000, immutable"})


MACHINE_ROUTES = [healthz, readyz, static]
