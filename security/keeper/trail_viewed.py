"""Reading the own trail is an entry too, once a minute."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from security.keeper.held import Held
from security.sign_in.sessions import Session


async def record_viewed(held: Held, caller: Session, request: UUID, at: datetime) -> None:
    """State that this person read the own trail, unless that was stated a moment ago."""
    if not held.viewed.is_first(caller.account, at):
        return
    try:
        await held.gate.append(caller.facts("trail:own:viewed", request, subject=caller.passenger))
    except BaseException:
        held.viewed.forget(caller.account)
        raise
