"""What people agreed to, as a reveal meets it: one column of the statement that gathers its case."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import asyncpg

from security.policy.approvals import BREAK_GLASS, CLIENT, LIFTED, SECOND_PERSON, decide_with_approvals
from security.policy.decide import SECOND_PERSON_REQUIRED

# In `gather`: by q (the question) and caller. Nothing approved and no rule of the client: two looks into an index.
STANDING: Final = """
  array(
    select concat_ws('|', a.kind, a.purpose, array_to_string(a.needs, ','), a.request_id, a.item_id, a.row_id)
    from gate.approval_standing a
    where a.account_id = caller.account and a.role = caller.role and a.usable_until > q.at
      and a.subject_id = q.subject and a.field = q.field and a.reference_id = q.reference and a.kind <> 'export'
    union all
    select concat_ws('|', 'client', array_to_string(c.purposes, ','))
    from gate_subject g join gate.client_rule c on c.org_id = g.org_id
    where g.subject_id = q.subject and caller.role = any (c.roles)
  ) as standing"""
_USE: Final = """
update gate.approval_item set opened_at = $2 where id = $1 and opened_at is null
  and exists (select from gate.approval_standing a where a.item_id = $1 and a.usable_until > $2)
returning true
"""


@dataclass(frozen=True, slots=True)
class Approved:
    """One value that people agreed to: the request, the item that is used up, and what was agreed."""

    request: UUID
    item: UUID
    needs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands for one question: an approval of the reveal, one that breaks the glass, the client's wish."""

    reveal: Approved | None = None
    glass: Approved | None = None
    client_asked: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """The first refusal, or None; and the approval that is used up when the value is opened."""

    refused: str | None
    approved: Approved | None = None


def standing_of(lines: Sequence[str], purpose: str, row: UUID | None) -> Standing:
    """Read the column: only what was agreed for this purpose and for exactly this row counts."""
    if not lines:
        return Standing()
    found: dict[str, Approved] = {}
    client_asked = False
    for kind, *parts in (line.split("|") for line in lines):
        if kind == CLIENT:
            client_asked = purpose in parts[0].split(",")
        elif parts[0] == purpose and parts[-1] == str(row):
            one = Approved(UUID(parts[2]), UUID(parts[3]), frozenset(parts[1].split(",")))
            known = found.get(kind)
            found[kind] = one if known is None or len(one.needs) > len(known.needs) else known
    return Standing(found.get("reveal"), found.get(BREAK_GLASS), client_asked)


def judge(
    standing: Standing, decide: Callable[[bool], str | None], *, stepped_up: bool, stored: bool
) -> Judged:
    """Decide with what people agreed to; `decide` asks the matrix, told whether a second person has approved."""
    agreed = standing.reveal.needs if standing.reveal else frozenset()
    plain = decide(False)
    refused = plain if plain != SECOND_PERSON_REQUIRED else decide(SECOND_PERSON in agreed)
    glass = standing.glass if refused in LIFTED else None
    final = decide_with_approvals(
        refused,
        breaks_glass=glass is not None,
        client_asked=standing.client_asked,
        client_agreed=CLIENT in agreed,
        stepped_up=stepped_up,
        stored=stored,
    )
    needed = plain == SECOND_PERSON_REQUIRED or standing.client_asked
    return Judged(final, glass or (standing.reveal if needed else None))


async def use_approval(pool: asyncpg.Pool, approved: Approved, at: object) -> bool:
    """Use it up; False when it was used meanwhile, ran out, or no longer stands."""
    return bool(await pool.fetchval(_USE, approved.item, at))


def reason_salt(link_key: bytes, said_in: UUID) -> bytes:
    """Derive the salt of the commitment to a reason: by the approval it belongs to, else by the request.

    Whoever brings the words can have the commitment checked; the ledger alone tells nothing of them.
    """
    return hmac.new(link_key, b"cpv1/reason\0" + said_in.bytes, hashlib.sha256).digest()
