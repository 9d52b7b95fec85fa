"""The secret addresses of calendar feeds: one live address an account, of which only the hash is kept."""

from datetime import datetime
from uuid import UUID

from portal.trips.calendar import new_token, token_hash
from portal.web.ids import new_id
from portal.web.unit import Unit
from security.actor import Actor


async def live_feed(unit: Unit) -> datetime | None:
    """Say since when the actor has a live address."""
    found: datetime | None = await unit.connection.fetchval(
        "select created_at from calendar_feed where account_id = $1 and revoked_at is null", unit.who.account
    )
    return found


async def make_feed(unit: Unit) -> str:
    """Make an address in place of the one before, and give its secret. One entry."""
    await _end(unit)
    secret = new_token()
    await unit.connection.execute(
        "insert into calendar_feed (id, account_id, token_hash, created_at) values ($1, $2, $3, $4)",
        new_id(),
        unit.who.account,
        token_hash(secret),
        unit.at,
    )
    await unit.record("trips:calendar:made", field="calendar")
    return secret


async def revoke_feed(unit: Unit) -> None:
    """End the actor's address. One entry."""
    await _end(unit)
    await unit.record("trips:calendar:revoked", field="calendar")


async def _end(unit: Unit) -> None:
    await unit.connection.execute(
        "update calendar_feed set revoked_at = $2 where account_id = $1 and revoked_at is null",
        unit.who.account,
        unit.at,
    )


async def account_of(unit: Unit, digest: bytes) -> Actor | None:
    """Find whose address has this hash, as an actor without a session; None when it was revoked or never was."""
    row = await unit.connection.fetchrow("select * from calendar_account($1)", digest)
    if row is None:
        return None
    return Actor(
        account=UUID(int=row["account_id"].int),
        role=row["role"],
        org=row["org_id"],
        passenger=row["passenger_id"],
        code=row["code"],
        session=UUID(int=row["feed_id"].int),
        region=unit.settings.region,
        name="",
        email="",
        locale=row["locale"],
        time_zone=row["time_zone"],
        theme="auto",
        version=0,
        step_up_until=None,
    )
