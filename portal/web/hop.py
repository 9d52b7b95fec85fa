"""One hop between addresses of the house itself: a small body there, a small answer back, never a redirect.

Not the way out to foreign addresses: who calls this names a front door or a cell from its own settings.
"""

import asyncio
import http.client
from dataclasses import dataclass
from urllib.parse import urlsplit

SECONDS = 3.0
LARGEST = 32_768


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status (0: nothing did), type, text."""

    status: int
    type: str = ""
    body: str = ""


NOTHING = Reply(0)


async def hop(method: str, url: str, body: bytes = b"", *, seconds: float = SECONDS) -> Reply:
    """Send a request and wait a short time; whatever goes wrong is `NOTHING`, a larger answer too."""
    try:
        async with asyncio.timeout(seconds + 1):
            return await asyncio.to_thread(_send, method, url, body, seconds)
    except (OSError, ValueError, http.client.HTTPException):
        return NOTHING


def _send(method: str, url: str, body: bytes, seconds: float) -> Reply:
    place = urlsplit(url)
    made = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}.get(place.scheme)
    if made is None:
        return NOTHING
    connection = made(place.hostname or "", place.port, timeout=seconds)
    try:
        path = place.path + (f"?{place.query}" if place.query else "")
        headers = {"content-type": "text/plain; charset=utf-8"} if body else {}
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        data = answer.read(LARGEST + 1)
        if len(data) > LARGEST:
            return NOTHING
        return Reply(answer.status, answer.headers.get("content-type", ""), data.decode())
    finally:
        connection.close()
