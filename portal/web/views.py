"""Recording that people were shown: one entry a view; the same people again within a minute is the same view."""

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from portal.web.unit import Unit

_FRESH = (
    "insert into recent_view (account_id, digest, at) values ($1, $2, $3)"
    " on conflict (account_id, digest) do update set at = excluded.at where recent_view.at <= $4 returning true"
)


async def record_view(
    unit: Unit,
    kind: str,
    *,
    field: str,
    tier: str,
    subject: UUID | None = None,
    members: Sequence[UUID] = (),
    reference: str | None = None,
) -> None:
    """Write the entry of a view, unless this actor was shown exactly these people under it a moment ago."""
    span = unit.settings.view_repeat_seconds
    if span:  # where every view counts there is nothing to remember, and two at once must both be entries
        digest = _digest(kind, tier, subject, members, reference)
        since = unit.at - timedelta(seconds=span)
        if not await unit.connection.fetchval(_FRESH, unit.who.account, digest, unit.at, since):
            return
    await unit.record(
        kind, field=field, tier=tier, subject=subject, members=tuple(members), reference=reference
    )


def _digest(
    kind: str, tier: str, subject: UUID | None, members: Sequence[UUID], reference: str | None
) -> bytes:
    """Hash who was shown, whatever their order: sorting a list shows nobody new."""
    shown = b"".join(sorted(member.bytes for member in members))
    head = f"{kind}\0{tier}\0{subject}\0{reference}\0".encode()
    return hashlib.sha256(head + shown).digest()
