"""All that a reveal is decided by, gathered in one statement: who asks, of whom, on what grounds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from security.policy.window import AFTER_ARRIVAL, BEFORE_DEPARTURE, STATES
from security.purposes import REFERENCES
from security.sign_in.refusal import not_signed_in
from security.sign_in.sessions import Session
from security.sign_in.tokens import token_hash

# $1 token hash, $2 at, $3 subject, $4 field, $5 row or null, $6 reference or null, $7 kinds of reference,
# $8 and $9 the window around a leg, $10 states of a trip that have one.
# Without a row the document is chosen: valid at the referenced leg's arrival (now, if there is none)
# before one without expiry before one that has expired by then; of these the one valid the longest.
_GATHER: Final = """
with caller as (
  select s.id as session, a.id as account, a.role, a.org_id as org, a.passenger_id as passenger, a.code
  from gate.session s join gate.account a on a.id = s.account_id
  where s.token_hash = $1 and s.ended_at is null and s.expires_at > $2 and a.disabled_at is null
), leg as (
  select max(w.arrives_at) as arrives_at from gate_window w
  where w.subject_id = $3 and w.reference_id = $6 and w.state = any ($10::text[])
    and w.departs_at - $8::interval <= $2 and w.arrives_at + $9::interval >= $2
)
select caller.*,
  (select u.id from gate.step_up u
   where u.session_id = caller.session and u.expires_at > $2 and u.uses < u.max_uses
   order by u.expires_at desc limit 1) as step_up,
  (select g.org_id from gate_subject g where g.subject_id = $3) as subject_org,
  exists (select 1 from gate_reference r
          where r.reference_id = $6 and r.subject_id = $3 and r.kind = any ($7::text[])) as reference_known,
  leg.arrives_at is not null as in_window, chosen.row_id as row, chosen.envelope
from caller cross join leg left join lateral (
  select g.row_id, g.envelope from gate_sealed g
  where g.subject_id = $3 and g.field = $4 and g.envelope is not null and ($5::uuid is null or g.row_id = $5)
  order by case when g.expires_on >= coalesce(leg.arrives_at, $2)::date then 0
                when g.expires_on is null then 1 else 2 end, g.expires_on desc, g.row_id desc
  limit 1
) chosen on true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked, in words of the closed lists; `reference` None when it is no id of this region."""

    subject: UUID
    field: str
    row: UUID | None
    purpose: str
    reference: UUID | None


@dataclass(frozen=True, slots=True)
class Case:
    """The question with what the house knows about it."""

    caller: Session
    step_up: UUID | None
    subject_org: UUID | None
    reference_known: bool
    in_window: bool
    row: UUID | None
    envelope: bytes | None = field(repr=False)


async def gather(pool: asyncpg.Pool, token: str, question: Question, at: datetime) -> Case:
    """Read the case; refusal: `security:not_signed_in`."""
    row = await pool.fetchrow(
        _GATHER,
        token_hash(token),
        at,
        question.subject,
        question.field,
        question.row,
        question.reference,
        sorted(REFERENCES[question.purpose]),
        BEFORE_DEPARTURE,
        AFTER_ARRIVAL,
        sorted(STATES),
    )
    if row is None:
        raise not_signed_in()
    who = Session(*(row[name] for name in ("session", "account", "role", "org", "passenger", "code")))
    own_record = "passenger" in REFERENCES[question.purpose]
    is_self = question.reference == question.subject == who.passenger
    return Case(
        caller=who,
        step_up=row["step_up"],
        subject_org=row["subject_org"],
        reference_known=is_self if own_record else row["reference_known"],
        in_window=row["in_window"],
        row=row["row"],
        envelope=row["envelope"],
    )


def parse_reference(text: str, region: str) -> UUID | None:
    """Read an id of this region, with or without `<region>_` before it; None for anything else."""
    try:
        found = UUID(text.removeprefix(f"{region}_"))
    except ValueError:
        return None
    return found if str(found) == text.removeprefix(f"{region}_") else None
