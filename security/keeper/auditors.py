"""External auditors: let in by compliance for a time and to a part of the ledger, let in longer, shut out.

No deed without an entry. The entries hold the limits and the person's code, never a name, an address or a firm.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import uuid_utils.compat as uuids

from audit.catalogue import KINDS
from audit.entry import Facts, timestamp
from security.fields import FIELDS
from security.keeper.auditor_messages import (
    AcceptInvitation,
    AuditorAnswer,
    AuditorInvited,
    ExtendAuditor,
    InvitationIssued,
    InviteAuditor,
    IssueInvitation,
    RevokeAuditor,
)
from security.keeper.held import Held
from security.keeper.messages import Done
from security.policy.decide import STEP_UP_REQUIRED
from security.sign_in.accounts import Account, open_account, sign_in_name
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session, session_of
from security.sign_in.step_up import use_live_step_up
from security.sign_in.tokens import new_token, token_hash

INVITES: Final = "compliance"
NOT_YOURS: Final = "auditors:not_yours"
NO_SUCH: Final = "auditors:no_such_auditor"
BAD_WINDOW: Final = "auditors:bad_window"
BAD_SCOPE: Final = "auditors:bad_scope"
NOT_VALID: Final = "auditors:invitation_not_valid"
TOO_SHORT: Final = "auditors:password_too_short"
LONGEST: Final = timedelta(days=366)
TOKEN_LIFE: Final = timedelta(days=7)
SHORTEST_PASSWORD: Final = 12
ROOMS: Final = frozenset(kind.partition(":")[0] for kind in KINDS)
FIELD_CLASSES: Final = frozenset(field.partition(".")[0] for field in FIELDS)

_INSERT: Final = """
insert into gate.external_auditor
(account_id, firm, invited_by, invited_at, starts_at, ends_at, rooms, fields, since, until)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
# Somebody who was shut out is invited anew: the same account, as if new; what was, is in the ledger.
_AGAIN: Final = """
update gate.external_auditor x set firm = $2, invited_by = $3, invited_at = $4, starts_at = $5, ends_at = $6,
  rooms = $7, fields = $8, since = $9, until = $10,
  token_hash = null, token_until = null, accepted_at = null, revoked_at = null
from gate.account a where a.id = x.account_id and a.email = $1 and x.revoked_at is not null returning a.id, a.code
"""
_FIND: Final = """
select a.code, x.starts_at, x.ends_at from gate.external_auditor x join gate.account a on a.id = x.account_id
where x.account_id = $1 and x.revoked_at is null
"""
_ISSUE: Final = """
update gate.external_auditor set token_hash = $2, token_until = least($3, ends_at)
where account_id = $1 and accepted_at is null and revoked_at is null and ends_at > $4 returning account_id
"""
_ACCEPT: Final = """
update gate.external_auditor set accepted_at = $2, token_hash = null, token_until = null
where token_hash = $1 and token_until > $2 and revoked_at is null and accepted_at is null returning account_id
"""
_WAITS: Final = """
select exists (
  select from gate.external_auditor where token_hash = $1 and token_until > $2 and revoked_at is null)
"""
_PASSWORD: Final = "update gate.account set password_hash = $2 where id = $1 returning code"  # noqa: S105
_END_ALL: Final = "update gate.session set ended_at = $2 where account_id = $1 and ended_at is null"


async def invite(held: Held, ask: InviteAuditor, at: datetime) -> AuditorInvited:
    """Open an account without a password, or anew for somebody shut out; the mail brings the way to choose one."""
    caller = await _compliance(held, ask.token, at)
    _check_window(ask.starts_at, ask.ends_at, at)
    if not set(ask.rooms or ()) <= ROOMS or not set(ask.fields or ()) <= FIELD_CLASSES:
        raise Refusal(BAD_SCOPE, 422)
    if ask.since is not None and ask.until is not None and ask.since >= ask.until:
        raise Refusal(BAD_SCOPE, 422)
    await _step_up(held, caller, at)
    limits = (ask.starts_at, ask.ends_at, ask.rooms, ask.fields, ask.since, ask.until)
    async with held.gate.pool.acquire() as connection, connection.transaction():
        opened = await _account(held, connection, ask, (ask.firm, caller.account, at, *limits))
        await connection.execute(
            "select gate.put_external_member($1, $2, $3, $4)", opened.id, ask.name, ask.locale, ask.time_zone
        )
    await held.gate.append(_facts(caller, "invited", ask.request, opened.code, _limits(ask)))
    return AuditorInvited(opened.id)


async def _account(held: Held, connection: Any, ask: InviteAuditor, row: tuple[Any, ...]) -> Account:
    nobodys = held.gate.passwords.nobodys
    again = await connection.fetchrow(_AGAIN, sign_in_name(ask.email), *row)
    if again is not None:
        await connection.execute(_PASSWORD, again["id"], nobodys)
        return Account(again["id"], again["code"])
    opened = await open_account(connection, email=ask.email, password_hash=nobodys, role="auditor")
    await connection.execute(_INSERT, opened.id, *row)
    return opened


async def extend(held: Held, ask: ExtendAuditor, at: datetime) -> Done:
    """Move the end of the time given, never to before now."""
    caller = await _compliance(held, ask.token, at)
    found = await _found(held, ask.account)
    _check_window(found["starts_at"], ask.ends_at, at)
    await _step_up(held, caller, at)
    await held.gate.pool.execute(
        "update gate.external_auditor set ends_at = $2 where account_id = $1 and revoked_at is null",
        ask.account,
        ask.ends_at,
    )
    # What was opened under a longer time must not outlive a shorter one.
    await held.gate.pool.execute(
        "update gate.session set expires_at = least(expires_at, $2) where account_id = $1 and ended_at is null",
        ask.account,
        ask.ends_at,
    )
    moved = {"ends_at": timestamp(ask.ends_at), "was": timestamp(found["ends_at"])}
    await held.gate.append(_facts(caller, "extended", ask.request, found["code"], moved))
    return Done()


async def revoke(held: Held, ask: RevokeAuditor, at: datetime) -> Done:
    """Shut out at once: no session lives on, and no invitation works any more."""
    caller = await _compliance(held, ask.token, at)
    found = await _found(held, ask.account)
    async with held.gate.pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "update gate.external_auditor set revoked_at = $2, token_hash = null where account_id = $1",
            ask.account,
            at,
        )
        await connection.execute(_END_ALL, ask.account, at)
    await held.gate.append(_facts(caller, "revoked", ask.request, found["code"], None))
    return Done()


async def issue(held: Held, ask: IssueInvitation, at: datetime) -> InvitationIssued:
    """Make a token for a mail; only its hash is kept. Refusal: NOT_VALID."""
    token = new_token()
    row = await held.gate.pool.fetchval(_ISSUE, ask.account, token_hash(token), at + TOKEN_LIFE, at)
    if row is None:
        raise Refusal(NOT_VALID, 404)
    found = await _found(held, ask.account)
    facts = Facts(
        kind="auditors:invitation:issued",
        who="keeper",
        role="system",
        request=ask.request,
        reference=found["code"],
    )
    await held.gate.append(facts)
    return InvitationIssued(token)


async def accept(held: Held, ask: AcceptInvitation, at: datetime) -> Done:
    """Set the password, once. Guessing tokens is held back by address, whether a guess is right or not."""
    gate, key = held.gate, held.gate.key("invitation-address", ask.address)
    wait = await gate.per_address.retry_after(gate.pool, key, at)
    if wait is not None:
        raise Refusal("security:too_many_attempts", 429, retry_after=wait)
    if len(ask.password) < SHORTEST_PASSWORD:
        raise Refusal(TOO_SHORT, 422)
    if not await gate.pool.fetchval(_WAITS, token_hash(ask.token), at):
        await gate.per_address.failed(gate.pool, key, at)
        raise Refusal(NOT_VALID, 404)
    hashed = await gate.passwords.hashed(ask.password)
    async with gate.pool.acquire() as connection, connection.transaction():
        account = await connection.fetchval(_ACCEPT, token_hash(ask.token), at)
        code = None if account is None else await connection.fetchval(_PASSWORD, account, hashed)
    if code is None:
        raise Refusal(NOT_VALID, 404)
    await gate.append(
        Facts(kind="auditors:invitation:accepted", who=code, role="auditor", request=ask.request)
    )
    return Done()


async def _compliance(held: Held, token: str, at: datetime) -> Session:
    caller = await session_of(held.gate.pool, token, at)
    if caller.role != INVITES:
        document = {"refusal": NOT_YOURS}
        facts = caller.facts("auditors:account:invited", uuids.uuid7(), decision="deny", document=document)
        await held.gate.append(facts)
        raise Refusal(NOT_YOURS, 403)
    return caller


async def _step_up(held: Held, caller: Session, at: datetime) -> None:
    if not await use_live_step_up(held.quick, caller.session, at):
        raise Refusal(STEP_UP_REQUIRED, 403)


async def _found(held: Held, account: UUID) -> Any:
    row = await held.gate.pool.fetchrow(_FIND, account)
    if row is None:
        raise Refusal(NO_SUCH, 404)
    return row


def _check_window(starts_at: datetime, ends_at: datetime, at: datetime) -> None:
    if not max(starts_at, at) < ends_at <= starts_at + LONGEST:
        raise Refusal(BAD_WINDOW, 422)


def _limits(ask: InviteAuditor) -> dict[str, str]:
    """Write the limits as the entry's document: times and codes."""
    told = {"starts_at": timestamp(ask.starts_at), "ends_at": timestamp(ask.ends_at)}
    told |= {"rooms": " ".join(ask.rooms)} if ask.rooms else {}
    told |= {"fields": " ".join(ask.fields)} if ask.fields else {}
    told |= {"since": timestamp(ask.since)} if ask.since else {}
    return told | ({"until": timestamp(ask.until)} if ask.until else {})


def _facts(caller: Session, deed: str, request: UUID, code: str, document: dict[str, str] | None) -> Facts:
    return caller.facts(f"auditors:account:{deed}", request, reference=code, document=document)


AUDITOR_ANSWERS: Final[dict[type, Callable[[Held, Any, datetime], Awaitable[AuditorAnswer | Done]]]] = {
    InviteAuditor: invite,
    ExtendAuditor: extend,
    RevokeAuditor: revoke,
    IssueInvitation: issue,
    AcceptInvitation: accept,
}
