"""One-time links as their holder meets them: read, opened, used once; what does not work always looks the same."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids

from audit.entry import Facts
from security.fields import FIELDS
from security.keeper.held import Held
from security.keeper.link_messages import LinkSeen, ReadLink, SealByLink, SealedByLink
from security.keeper.links import LIVE, NOT_VALID, STATES
from security.keeper.seal import Sealing, seal_all
from security.sign_in.refusal import Refusal
from security.sign_in.tokens import token_hash

HOLDER: Final = "link"  # who the ledger says it was: nobody signed in
SUBMISSION: Final = timedelta(seconds=30)  # that web has to store what was sealed
_FIND = f"""
select l.id as link, l.org_id as org, l.passenger_id as subject, l.trip_id as trip, l.leg_id as leg, l.locale,
       l.expires_at, l.opened_at is not null as opened
from gate.entry_link_token t join gate.entry_link l on l.id = t.link_id
where t.token_hash = $1 and {LIVE} and expires_at > $2 and exists (
  select from gate_window w where w.subject_id = l.passenger_id and w.leg_id = l.leg_id and w.state = any ($3)
  and w.departs_at > $2)
"""  # noqa: S608 - constants
_OPEN = "update gate.entry_link set opened_at = $2 where id = $1 and opened_at is null returning id"
_CLAIM = f"""
update gate.entry_link set claim = $2, claimed_until = $4, opened_at = coalesce(opened_at, $3)
where id = $1 and {LIVE} and expires_at > $3 and (claimed_until is null or claimed_until <= $3) returning id
"""  # noqa: S608 - constants
_RELEASE = "update gate.entry_link set claimed_until = null where claim = $1 and completed_at is null"


async def read_link(held: Held, ask: ReadLink, at: datetime) -> LinkSeen:
    """Say what a link is for. Refusals: NOT_VALID (404), `security:too_many_attempts` (429)."""
    link = await _found(held, ask, at)
    if ask.open and await held.gate.pool.fetchval(_OPEN, link["link"], at):
        await held.gate.append(_facts(held, link, "links:link:opened", ask.request))
    return LinkSeen(**link)


async def seal_by_link(held: Held, ask: SealByLink, at: datetime) -> SealedByLink:
    """Seal documents of the link's passenger; whoever comes second meanwhile is told that it does not work."""
    link = await _found(held, ask, at)
    claim = uuids.uuid7()
    if not await held.gate.pool.fetchval(_CLAIM, link["link"], claim, at, at + SUBMISSION):
        raise await _refused(held, ask, at)
    sealing = Sealing(
        subject=link["subject"],
        org=link["org"],
        items=ask.items,
        allowed=all(
            item.field in FIELDS and FIELDS[item.field].key_class == "document" for item in ask.items
        ),
        state=lambda kind, **more: _facts(held, link, kind, ask.request, **more),
    )
    try:
        return SealedByLink(claim, await seal_all(held, sealing))
    except Exception:
        await held.gate.pool.execute(_RELEASE, claim)  # nothing was told: the link is as it was
        raise


async def _found(held: Held, ask: ReadLink | SealByLink, at: datetime) -> dict[str, Any]:
    """Find a link that works. Guessing is held back by address, whether a guess is right or not."""
    gate, key = held.gate, held.gate.key("link-address", ask.address)
    wait = await gate.per_address.retry_after(gate.pool, key, at)
    if wait is not None:
        raise Refusal("security:too_many_attempts", 429, retry_after=wait)
    row: asyncpg.Record | None = await gate.pool.fetchrow(_FIND, token_hash(ask.token), at, list(STATES))
    if row is None:
        raise await _refused(held, ask, at)
    return dict(row)


async def _refused(held: Held, ask: ReadLink | SealByLink, at: datetime) -> Refusal:
    """Count a failure; one entry a minute for an address, so that guessing does not fill the ledger."""
    gate, key = held.gate, held.gate.key("link-address", ask.address)
    await gate.per_address.failed(gate.pool, key, at)
    if gate.memory.said.is_first(key, at):
        await gate.append(
            Facts(
                kind="links:link:refused",
                who=HOLDER,
                role="unknown",
                request=ask.request,
                decision="deny",
                document={"refusal": NOT_VALID},
            )
        )
    return Refusal(NOT_VALID, 404)


def _facts(held: Held, link: dict[str, Any], kind: str, request: UUID, **more: Any) -> Facts:
    """State what the holder of a link did: the traveller, as far as a mailbox can tell."""
    usual = {"field": "document", "subject": link["subject"]} | more
    reference = f"{held.region}_{link['trip']}"
    return Facts(
        kind=kind, who=HOLDER, role="traveller", request=request, reference=reference, via="link", **usual
    )
