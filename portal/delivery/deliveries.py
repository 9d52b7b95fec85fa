"""Deliveries as rows: made with the promise, claimed before the server is called, settled by what it said."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.web.ids import new_id

OPEN = ("created", "sending")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery in one attempt: its id is its Message-ID; `may_have_left`: an earlier attempt has no known end."""

    id: UUID
    may_have_left: bool


async def make_delivery(connection: Any, org: UUID, about: UUID, at: datetime) -> None:
    """Say in the caller's transaction that a message is to be delivered."""
    await connection.execute(
        "insert into delivery (id, org_id, about, channel, state, created_at)"
        " values ($1, $2, $3, 'mail', 'created', $4)",
        new_id(),
        org,
        about,
        at,
    )


async def begin_sending(connection: Any, about: UUID, at: datetime) -> Delivery | None:
    """Claim the delivery of this message for one attempt; None when it has been settled."""
    row = await connection.fetchrow(
        "select id, state from delivery where about = $1 and state = any($2) for update", about, list(OPEN)
    )
    if row is None:
        return None
    await connection.execute(
        "update delivery set state = 'sending', attempts = attempts + 1, sending_at = $2 where id = $1",
        row["id"],
        at,
    )
    return Delivery(row["id"], row["state"] == "sending")


async def settle(
    connection: Any, delivery: UUID, state: str, at: datetime, failure: str | None = None
) -> None:
    """Say what became of it for good: sent, bounced, failed."""
    await connection.execute(
        "update delivery set state = $2, failure = $3, next_at = null, settled_at = $4,"
        " sent_at = case when $2 = 'sent' then $4 else sent_at end where id = $1",
        delivery,
        state,
        failure,
        at,
    )


async def wait(connection: Any, delivery: UUID, failure: str, next_at: datetime, *, uncertain: bool) -> None:
    """Say that it waits: an uncertain one stays `sending`, because it may have arrived."""
    await connection.execute(
        "update delivery set state = $2, failure = $3, next_at = $4 where id = $1",
        delivery,
        "sending" if uncertain else "created",
        failure,
        next_at,
    )


async def withdraw(connection: Any, about: UUID, at: datetime) -> None:
    """Say that it need not be sent any more."""
    await connection.execute(
        "update delivery set state = 'expired', settled_at = $2 where about = $1 and state = any($3)",
        about,
        at,
        list(OPEN),
    )
