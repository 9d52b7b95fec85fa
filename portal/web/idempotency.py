"""Done once: the same idempotency key, or the same button of the same page pressed twice; no answer is ever stored."""

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from portal.web.refusals import DoneBefore, FormRefused, KeyReused, NotSignedIn
from portal.web.session import header
from portal.web.unit import Unit

MAX_KEY = 255
SEE_OTHER = 303
NOT_KEPT = 1  # of a press: it led to no other page and may be pressed again; 0 while its answer is not known
LOST = timedelta(seconds=30)  # a press under way for longer broke off
_PATIENCE = (0.05,) * 20 + (0.25,) * 36
_PRESS = """
insert into idempotency (id, account_id, body_hash, status, created_at) values ($1, $2, '', 0, $3)
on conflict (id) do update set status = 0, created_at = excluded.created_at
where idempotency.status = 1 or (idempotency.status = 0 and idempotency.created_at < $4) returning true
"""


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


async def press(request: Any, unit: Unit, once: str, fields: Mapping[str, str]) -> None:
    """Let a form that was filled on one page have its effect once, however often its button is pressed.

    `once` is what the page gave the form, made anew with every page. Only an answer that leads on (303) counts as
    done: after a refusal the same may be pressed again. Raises DoneBefore with where the first press led;
    KeyReused when that is still not known after ten seconds.
    """
    if unit.actor is None or not 1 <= len(once) <= MAX_KEY:
        return
    body = hmac.digest(once.encode(), repr(sorted(fields.items())).encode(), "sha256").hex()
    text = f"{unit.who.account}\0{request.scope['method']}\0{request.scope['path']}\0{once}\0{body}"
    key = hashlib.sha256(text.encode()).digest()
    values = (key, unit.who.account, unit.at, unit.at - LOST)
    if unit.transacting:  # a twin waits here until the first has settled
        if not await unit.connection.fetchval(_PRESS, *values):
            raise await _done(unit.connection, key)
    else:
        await _press_outside(unit, values)

    async def settle_press(connection: Any, status: int, location: str) -> None:
        kept = (status, location) if status == SEE_OTHER else (NOT_KEPT, None)
        await connection.execute(
            "update idempotency set status = $2, location = $3 where id = $1", key, *kept
        )

    unit.when_answered(settle_press)


async def _press_outside(unit: Unit, values: tuple[Any, ...]) -> None:
    for pause in (*_PATIENCE, None):
        async with unit.short() as connection:
            if await connection.fetchval(_PRESS, *values):
                return
            done = await _done(connection, values[0])
        if isinstance(done, DoneBefore) or pause is None:
            raise done
        await asyncio.sleep(pause)


async def _done(connection: Any, key: bytes) -> DoneBefore | KeyReused:
    location = await connection.fetchval("select location from idempotency where id = $1", key)
    return DoneBefore(location) if location else KeyReused()
