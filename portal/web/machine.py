"""Addresses for machines: health, readiness, metrics, static files, and the log in the C2SP formats."""

import hmac
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from audit.ledger import checkpoint, tile
from audit.tiles import TileRefused
from portal.web.assets import read_static
from portal.web.database import pool
from portal.web.gate import allow, public
from portal.web.metrics import (
    KEEPER_UP,
    LEDGER_AGE,
    LEDGER_SIZE,
    WITNESS_ALARMS,
    WITNESS_WAITING,
    WITNESSES,
    WITNESSES_BEHIND,
    exposition,
)
from portal.web.refusals import NotFound
from portal.web.session import header
from portal.web.unit import act_as, unit_of
from security.keeper.client import KeeperRefused, KeeperUnavailable, Status

Answer = Response[Any]
LOOPBACK = frozenset({"127.0.0.1", "::1"})
FOREVER = "public, max-age=31536000, immutable"


@get("/healthz", opt=public(), include_in_schema=False, sync_to_thread=False)
def healthz() -> dict[str, str]:
    """Alive."""
    return {"status": "alive"}


async def keeper_status(request: Any) -> Status | None:
    """Ask the keeper how it is; None when it does not answer."""
    try:
        status: Status = await request.app.state.keeper.status()
    except (KeeperUnavailable, KeeperRefused):
        return None
    return status


@get("/readyz", opt=public(), include_in_schema=False)
async def readyz(request: Request[Any, Any, Any]) -> Answer:
    """Can serve, or what is missing: `database`, `keeper`, and what the keeper waits for."""
    missing: list[str] = []
    try:
        async with pool().acquire(timeout=2) as connection:
            await connection.fetchval("select region from home")
    except Exception:  # noqa: BLE001 -- whatever is wrong with it, it is missing
        missing.append("database")
    status = await keeper_status(request)
    if status is None:
        missing.append("keeper")
    elif not status.ready:
        missing += [f"keeper:{name}" for name in status.missing]
    body = {"status": "waiting" if missing else "ready", "missing": missing}
    return Response(body, status_code=503 if missing else 200)


@get("/metrics", opt=public(), include_in_schema=False)
async def metrics(request: Request[Any, Any, Any]) -> Answer:
    """Prometheus figures, to this machine or to whoever holds the token."""
    settings = request.app.state.settings
    peer = request.client.host if request.client else ""
    sent = (header(request.scope, b"authorization") or "").removeprefix("Bearer ")
    allowed = peer in LOOPBACK or (
        settings.metrics_token and hmac.compare_digest(sent.encode(), settings.metrics_token.encode())
    )
    if not allowed:
        raise NotFound
    status = await keeper_status(request)
    KEEPER_UP.set(1 if status and status.ready else 0)
    if status:
        LEDGER_SIZE.set(status.figures.get("ledger_size", 0))
        LEDGER_AGE.set(status.figures.get("checkpoint_age_seconds", 0))
        WITNESSES.set(status.figures.get("witnesses", 0))
        WITNESSES_BEHIND.set(status.figures.get("witnesses_behind", 0))
        WITNESS_WAITING.set(status.figures.get("witness_waiting_seconds", 0))
        WITNESS_ALARMS.set(status.figures.get("witness_alarms", 0))
    return Response(exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")


@get("/static/{path:path}", opt=public(), include_in_schema=False, sync_to_thread=False)
def static(path: FromPath[str]) -> Answer:
    """Serve a static file under its content-hashed address."""
    found = read_static(path.removeprefix("/"))
    if found is None:
        raise NotFound
    body, kind = found
    return Response(body, media_type=kind, headers={"cache-control": FOREVER})


@get("/ledger/checkpoint", opt=public(), include_in_schema=False)
async def log_checkpoint() -> Answer:
    """Give the newest checkpoint (C2SP tlog-tiles); it is public."""
    async with pool().acquire() as connection:
        note = await checkpoint(connection)
    if note is None:
        raise NotFound
    return Response(note, media_type="text/plain", headers={"cache-control": "no-cache"})


@get("/ledger/tile/{path:path}", opt=allow({"auditor"}, outside=True), include_in_schema=False)
async def log_tile(request: Request[Any, Any, Any], path: FromPath[str]) -> Answer:
    """Give a tile or an entry bundle to an auditor."""
    unit = unit_of(request)
    async with pool().acquire() as connection, connection.transaction():
        await act_as(connection, unit.who)
        try:
            data = await tile(connection, f"/tile/{path.removeprefix('/')}")
        except TileRefused:
            raise NotFound from None
    return Response(data, media_type="application/octet-stream")


MACHINE_ROUTES = [healthz, readyz, metrics, static, log_checkpoint, log_tile]
