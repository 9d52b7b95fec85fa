"""Asks the house's own addresses whether they can serve."""

import asyncio
import http.client
import json
import time
from urllib.parse import urlsplit

from infra.refusal import Refused

OK = 200
PATIENCE = 2.0
READY_SECONDS = 90.0  # until a cell or the front door must be ready
TICK = 0.1
MOST = 2048


def missing_at(url: str) -> str:
    """Return what `<url>/readyz` says is missing, an empty string when nothing is."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "localhost", parts.port, timeout=PATIENCE)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read(MOST).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return f"{url} does not answer yet"
    finally:
        connection.close()
    return _judged(url, answer.status, body)


async def ask_missing(url: str) -> str:
    """Return what `missing_at` does, while others go on: without a thread, beside which no child may be forked."""
    try:
        async with asyncio.timeout(PATIENCE):
            status, body = await _asked(url)
    except (OSError, ValueError, asyncio.IncompleteReadError):  # TimeoutError is an OSError
        return f"{url} does not answer yet"
    return _judged(url, status, body)


async def _asked(url: str) -> tuple[int, str]:
    """Ask on this machine's own address: a name would be looked up in a thread."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port or 80)
    try:
        host = urlsplit(url).netloc
        writer.write(f"GET /readyz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        body = await reader.read(MOST)
    finally:
        writer.close()
    return int(head.split(" ", 2)[1]), body.decode("utf-8", "replace")


def _judged(url: str, status: int, body: str) -> str:
    return "" if status == OK else f"{url} lacks {_named(body)}"


def _named(body: str) -> str:
    try:
        said = json.loads(body[body.find("{") : body.rfind("}") + 1])  # it may come in chunks
    except ValueError:
        return "something it cannot name"
    missing = said.get("missing") if isinstance(said, dict) else None
    return ", ".join(map(str, missing)) if isinstance(missing, list) else str(missing or "something")


async def await_ready(url: str, logs: str) -> None:
    """Wait until an address can serve. Raises `infra:not_ready` with what is missing, and where to read more."""
    deadline = time.monotonic() + READY_SECONDS
    while missing := await ask_missing(url):
        if time.monotonic() > deadline:
            raise Refused("infra:not_ready", seconds=f"{READY_SECONDS:.0f}", missing=missing, log=logs)
        await asyncio.sleep(TICK)
