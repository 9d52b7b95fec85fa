"""Idempotency keys: the same key with the same request is done once; answers themselves are never stored."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from portal.web.refusals import FormRefused, KeyReused, NotSignedIn
from portal.web.session import header
from portal.web.unit import Unit

MAX_KEY = 255


@dataclass(frozen=True, slots=True)
class Claim:
    """What a key stands for: its hash, the request's hash, and where the made thing is if it was made before."""

    id: bytes
    body: bytes
    location: str | None = None


def _sent(request: Any) -> str | None:
    sent = header(request.scope, b"idempotency-key")
    if sent is not None and not 1 <= len(sent) <= MAX_KEY:
        raise FormRefused({"Idempotency-Key": "web:invalid"})
    return sent


def _key(request: Any, unit: Unit) -> bytes | None:
    sent = _sent(request)
    if sent is None:
        return None
    text = f"{unit.who.account}\0{request.scope['method']}\0{request.scope['path']}\0{sent}"
    return hashlib.sha256(text.encode()).digest()


async def claim(request: Any, unit: Unit) -> Claim | None:
    """Claim the request's key in this transaction; a concurrent twin waits here until the first has settled.

    None without a key. Raises KeyReused when the key came with another request before.
    """
    key = _key(request, unit)
    if key is None:
        return None
    # Keyed with what only the client knows: a bare hash would let whoever steals a backup try numbers against it.
    body = hmac.digest((_sent(request) or "").encode(), await request.body(), "sha256")
    fresh = await unit.connection.fetchval(
        "insert into idempotency (id, account_id, body_hash, status, created_at) values ($1, $2, $3, 0, $4)"
        " on conflict (id) do nothing returning true",
        key,
        unit.who.account,
        body,
        unit.at,
    )
    if fresh:
        return Claim(key, body)
    row = await unit.connection.fetchrow("select body_hash, location from idempotency where id = $1", key)
    if row is None or bytes(row["body_hash"]) != body:
        raise KeyReused
    return Claim(key, body, row["location"])


async def settle(unit: Unit, claimed: Claim | None, status: int, location: str) -> None:
    """Remember where the made thing is."""
    if claimed is not None:
        await unit.connection.execute(
            "update idempotency set status = $2, location = $3 where id = $1", claimed.id, status, location
        )


async def spend(request: Any, unit: Unit) -> None:
    """Use up a key for a deed whose answer is never stored: a second use is refused and does nothing.

    Raises KeyReused, NotSignedIn.
    """
    if _sent(request) is None:
        return
    await unit.recognise()
    if unit.actor is None:
        raise NotSignedIn
    key = _key(request, unit)
    async with unit.short() as connection:
        fresh = await connection.fetchval(
            "insert into idempotency (id, account_id, body_hash, status, created_at) values ($1, $2, $3, 0, $4)"
            " on conflict (id) do nothing returning true",
            key,
            unit.who.account,
            b"",
            unit.at,
        )
    if not fresh:
        raise KeyReused
