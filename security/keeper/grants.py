"""Grants: what people approved to leave in bulk, opened once for a worker that shows a ticket of its own.

No grant, no opening: there is no "system" that may reveal. Each value opened is an entry in the approver's name, `via`
the grant. Whoever holds web's credentials cannot present one: only the worker's login role can write a ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from audit.catalogue import kind_of_field
from audit.entry import Facts
from security.fields import FIELDS
from security.keeper.approval_messages import GrantedValue, GrantOpened, PresentGrant
from security.keeper.held import Held
from security.keeper.sealed_files import file_password
from security.keeper.subject_keys import KeyWanted, SubjectKey, keys_of
from security.policy.window import AFTER_ARRIVAL, BEFORE_DEPARTURE, STATES
from security.sign_in.refusal import Refusal
from security.sign_in.tokens import token_hash
from security.vault.envelope import Context, EnvelopeRefused, dek_id_of, open_envelope

REFUSED: Final = "approvals:grant:refused"
NO_GRANT: Final = "approvals:no_grant"
TICKET_LIVES: Final = timedelta(minutes=1)
_TICKET: Final = """
delete from gate.grant_ticket where request_id = $1 and ticket_hash = $2 and at > clock_timestamp() - $3::interval
returning true
"""
# Used up and read in one statement, while the passenger's leg is in its window; whoever comes second gets nothing.
_OPEN: Final = """
with used as (
  update gate.approval_item i set opened_at = $2
  where i.request_id = $1 and i.opened_at is null and exists (
    select from gate.approval_standing a
    join gate_window w on w.subject_id = a.subject_id and w.reference_id = a.reference_id and w.state = any ($5::text[])
      and w.departs_at - $3::interval <= $2 and w.arrives_at + $4::interval >= $2
    where a.item_id = i.id and a.kind = 'export' and a.usable_until > $2)
  returning i.id, i.request_id, i.subject_id, i.field, i.row_id
)
select u.id, u.subject_id, u.field, u.row_id, s.envelope, r.purpose, r.reference_id, voter.code, voter.role
from used u join gate.approval_request r on r.id = u.request_id
join gate_sealed s on s.row_id = u.row_id and s.field = u.field and s.subject_id = u.subject_id
cross join lateral (
  select a.code, v.role from gate.approval_vote v join gate.account a on a.id = v.account_id
  where v.request_id = u.request_id order by v.need = 'second_person' desc limit 1
) voter
where s.envelope is not null
order by u.subject_id, u.field, u.row_id
"""


@dataclass(frozen=True, slots=True, repr=False)
class _Item:
    """One value to open: what a row of `_OPEN` says."""

    id: UUID
    subject: UUID
    field: str
    row: UUID
    envelope: bytes
    purpose: str
    reference: UUID
    approver: str
    role: str


async def present_grant(held: Held, ask: PresentGrant, at: datetime) -> GrantOpened:
    """Open what is left of a grant, in the approver's name. Refusal: `approvals:no_grant`, whatever is missing."""
    pool = held.gate.pool
    if not await pool.fetchval(_TICKET, ask.grant, token_hash(ask.ticket), TICKET_LIVES):
        raise await _refusal(held, ask, at)
    rows = await pool.fetch(_OPEN, ask.grant, at, BEFORE_DEPARTURE, AFTER_ARRIVAL, sorted(STATES))
    items = [_Item(*row.values()) for row in rows]
    if not items:
        raise await _refusal(held, ask, at)
    keys = await _keys(held, items)
    stated = [_facts(held, ask, item, key) for item, key in zip(items, keys, strict=True)]
    await held.sequencer.append_many(stated)
    values = [GrantedValue(item.id, _open(held, item, key)) for item, key in zip(items, keys, strict=True)]
    return GrantOpened(values, file_password(held.custody.link_key, ask.grant))


async def _keys(held: Held, items: Sequence[_Item]) -> list[SubjectKey]:
    wanted = [
        KeyWanted(dek_id_of(item.envelope), item.subject, FIELDS[item.field].key_class) for item in items
    ]
    found = await keys_of(held.keys, wanted)
    keys = [await held.org_keys.agreed(key, held.custody) for key in found if key is not None]
    if len(keys) != len(items):
        raise EnvelopeRefused
    return keys


def _open(held: Held, item: _Item, key: SubjectKey) -> str:
    sealed = FIELDS[item.field]
    context = Context(held.region, sealed.table, sealed.column, item.row)
    return open_envelope(item.envelope, dek=key.unwrap(held.custody), context=context).decode()


def _facts(held: Held, ask: PresentGrant, item: _Item, key: SubjectKey) -> Facts:
    return Facts(
        kind=kind_of_field(item.field, "revealed"),
        who=item.approver,
        role=item.role,
        request=ask.request,
        subject=item.subject,
        field=item.field,
        tier="clear",
        purpose=item.purpose,
        reference=f"{held.region}_{item.reference}",
        dek=key.id,
        via=f"{held.region}_{ask.grant}",
    )


async def _refusal(held: Held, ask: PresentGrant, at: datetime) -> Refusal:
    """Once a minute an entry says that somebody presents what is no grant: hammering must not fill the ledger."""
    if held.gate.memory.said.is_first(REFUSED, at):
        via = f"{held.region}_{ask.grant}"
        facts = Facts(
            kind=REFUSED, who="keeper", role="process", request=ask.request, decision="deny", via=via
        )
        await held.gate.append(facts)
    return Refusal(NO_GRANT, 403)
