"""What may be asked about accounts: only one's own."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.accounts.tables import Organisation
from portal.web.unit import Unit


@dataclass(frozen=True, slots=True)
class LiveSession:
    """One of the actor's own sessions."""

    id: UUID
    device: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool


async def live_sessions(unit: Unit) -> list[LiveSession]:
    """List the actor's live sessions, newest first."""
    rows = await unit.connection.fetch(
        "select id, device, created_at, seen_at, expires_at from gate.session_list"
        " where expires_at > $1 order by created_at desc limit 100",
        unit.at,
    )
    return [
        LiveSession(
            row["id"],
            row["device"],
            row["created_at"],
            row["seen_at"],
            row["expires_at"],
            current=row["id"] == unit.who.session,
        )
        for row in rows
    ]


async def own_mails(unit: Unit) -> str:
    """Say how much the actor's mails may say: full or minimal."""
    found: str = await unit.connection.fetchval("select mails from member where id = $1", unit.who.account)
    return found


async def organisation_names(ids: set[UUID]) -> dict[UUID, str]:
    """Give the names of organisations that the actor may see, by id."""
    if not ids:
        return {}
    rows = await Organisation.select(Organisation.id, Organisation.name).where(
        Organisation.id.is_in(list(ids))
    )
    return {row["id"]: row["name"] for row in rows}
