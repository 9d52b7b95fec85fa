"""Asks the house's own addresses whether they can serve."""

import http.client
import json
from urllib.parse import urlsplit

OK = 200


def missing_at(url: str) -> str:
    """Return what `<url>/readyz` says is missing, an empty string when nothing is."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "localhost", parts.port, timeout=2)
    try:
        connection.request("GET", "/readyz")
        answer = connection.getresponse()
        body = answer.read(2048).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return f"{url} does not answer yet"
    finally:
        connection.close()
    return "" if answer.status == OK else f"{url} lacks {_named(body)}"


def _named(body: str) -> str:
    try:
        said = json.loads(body)
    except ValueError:
        return "something it cannot name"
    missing = said.get("missing") if isinstance(said, dict) else None
    return ", ".join(map(str, missing)) if isinstance(missing, list) else str(missing or "something")
