"""One-time links as who has them made sees them: made, issued for a mail, withdrawn, ended. No deed without an entry.

A link is bound to a passenger and a leg. It is made by a session that may edit this passenger; a token for it
is made only when a mail is to leave, and only its hash is kept. Web can ask for neither in anybody's name.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import uuid_utils.compat as uuids

from audit.entry import Facts
from security.keeper.held import Held
from security.keeper.link_messages import (
    ExpireLinks,
    IssueLink,
    LinkIssued,
    LinkMade,
    LinksExpired,
    MakeLink,
    WithdrawLink,
)
from security.keeper.messages import Done
from security.keeper.seal import EDITORS
from security.keeper.subject_keys import NOT_YOURS
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session, session_of
from security.sign_in.tokens import new_token, token_hash

NOT_VALID: Final = "links:not_valid"
NO_SUCH_LEG: Final = "links:no_such_leg"
ENDED: Final = "links:ended"
ISSUES: Final = 5  # mails that may have left, each with a token that works
STATES: Final = ("draft", "confirmed")  # of a trip that documents may still be wanted for
LIVE: Final = "completed_at is null and withdrawn_at is null and expired_at is null"

_LEG = """
select s.org_id as org, w.departs_at from gate_subject s
left join gate_window w on w.subject_id = s.subject_id and w.reference_id = $2 and w.leg_id = $3
  and w.state = any ($4) and w.departs_at > $5
where s.subject_id = $1
"""
_REPLACE = f"""
update gate.entry_link set withdrawn_at = $3 where passenger_id = $1 and trip_id = $2 and {LIVE} returning id
"""  # noqa: S608 - constants
_MAKE = """
insert into gate.entry_link (id, org_id, passenger_id, trip_id, leg_id, locale, made_by, made_at, expires_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_WITHDRAW = f"""
update gate.entry_link set withdrawn_at = $3 where id = $1 and org_id = $2 and {LIVE}
returning passenger_id, trip_id
"""  # noqa: S608 - constants
_ISSUE = f"""
with made as (
  insert into gate.entry_link_token (token_hash, link_id, issued_at)
  select $2, id, $3 from gate.entry_link l where id = $1 and {LIVE} and expires_at > $3
    and (select count(*) from gate.entry_link_token t where t.link_id = l.id) < $4
  returning link_id
)
select passenger_id, trip_id from made join gate.entry_link on id = link_id
"""  # noqa: S608 - constants
_EXPIRE = f"""
update gate.entry_link l set expired_at = $1 where {LIVE} and (claimed_until is null or claimed_until <= $1)
  and (expires_at <= $1 or not exists (select from gate_window w where w.subject_id = l.passenger_id
       and w.leg_id = l.leg_id and w.state = any ($2) and w.departs_at > $1))
returning passenger_id, trip_id
"""  # noqa: S608 - constants


async def make_link(held: Held, ask: MakeLink, at: datetime) -> LinkMade:
    """Make a link for a leg ahead that carries this passenger; one for the same trip is withdrawn first."""
    caller = await session_of(held.gate.pool, ask.token, at)
    row: Any = await held.gate.pool.fetchrow(_LEG, ask.subject, ask.trip, ask.leg, list(STATES), at)
    refusal = _problem(caller, row)
    if refusal is not None:
        about = {"decision": "deny", "document": {"refusal": refusal.code}}
        await held.gate.append(_by(held, caller, "made", ask.request, ask.subject, ask.trip, **about))
        raise refusal
    expires_at = min(at + timedelta(seconds=held.limits.link_seconds), row["departs_at"])
    made = uuids.uuid7()
    bound = (row["org"], ask.subject, ask.trip, ask.leg, ask.locale)
    async with held.gate.pool.acquire() as connection, connection.transaction():
        replaced = await connection.fetch(_REPLACE, ask.subject, ask.trip, at)
        await connection.execute(_MAKE, made, *bound, caller.account, at, expires_at)
    deeds = ["withdrawn"] * len(replaced) + ["made"]
    await held.sequencer.append_many(
        [_by(held, caller, deed, ask.request, ask.subject, ask.trip) for deed in deeds]
    )
    return LinkMade(made, expires_at)


def _problem(caller: Session, row: Any) -> Refusal | None:
    if caller.role not in EDITORS or row is None or row["org"] != caller.org:
        return Refusal(NOT_YOURS, 403)
    return Refusal(NO_SUCH_LEG, 422) if row["departs_at"] is None else None


async def withdraw_link(held: Held, ask: WithdrawLink, at: datetime) -> Done:
    """Take a link back, as somebody of its organisation who may edit. Refusals: `passengers:not_yours`, ENDED."""
    caller = await session_of(held.gate.pool, ask.token, at)
    if caller.role not in EDITORS:
        raise Refusal(NOT_YOURS, 403)
    row = await held.gate.pool.fetchrow(_WITHDRAW, ask.link, caller.org, at)
    if row is None:
        raise Refusal(ENDED, 409)
    await held.gate.append(_by(held, caller, "withdrawn", ask.request, row["passenger_id"], row["trip_id"]))
    return Done()


async def issue_link(held: Held, ask: IssueLink, at: datetime) -> LinkIssued:
    """Make a token for a mail; it is told once the ledger says so. Refusal: NOT_VALID."""
    token = new_token()
    async with held.gate.pool.acquire() as connection, connection.transaction():
        if not ask.keep:
            await connection.execute("delete from gate.entry_link_token where link_id = $1", ask.link)
        row = await connection.fetchrow(_ISSUE, ask.link, token_hash(token), at, ISSUES)
    if row is None:
        raise Refusal(NOT_VALID, 404)
    facts = _system(held, "issued", ask.request, row["passenger_id"], row["trip_id"], "mail")
    await held.gate.append(facts)
    return LinkIssued(token)


async def expire_links(held: Held, _ask: ExpireLinks, at: datetime) -> LinksExpired:
    """State the end of links whose time is over or whose leg no longer carries the passenger."""
    ended = await held.gate.pool.fetch(_EXPIRE, at, list(STATES))
    if ended:
        facts = [
            _system(held, "expired", uuids.uuid7(), row["passenger_id"], row["trip_id"], None)
            for row in ended
        ]
        await held.sequencer.append_many(facts)
    return LinksExpired(len(ended))


def _by(
    held: Held, caller: Session, deed: str, request: UUID, subject: UUID, trip: UUID, **more: Any
) -> Facts:
    reference = f"{held.region}_{trip}"
    return caller.facts(
        f"links:link:{deed}", request, subject=subject, reference=reference, field="document", **more
    )


def _system(held: Held, deed: str, request: UUID, subject: UUID, trip: UUID, via: str | None) -> Facts:
    return Facts(
        kind=f"links:link:{deed}",
        who="keeper",
        role="system",
        request=request,
        subject=subject,
        field="document",
        reference=f"{held.region}_{trip}",
        via=via,
    )
