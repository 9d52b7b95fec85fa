"""All that reveals are decided by, gathered in one statement: who asks, of whom, on what grounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from security.keeper.standing import STANDING, Approved
from security.policy.window import AFTER_ARRIVAL, BEFORE_DEPARTURE, STATES
from security.purposes import REFERENCES
from security.sign_in.sessions import Session
from security.sign_in.tokens import token_hash

_KINDS: Final = {purpose: ",".join(sorted(kinds)) for purpose, kinds in REFERENCES.items()}
# Many questions at once: $1 token hashes, $2 when, $3 subjects, $4 fields, $5 rows or null, $6 references or
# null, $7 kinds of reference, with commas; then for all of them $8 and $9 the window around a leg, $10 states of
# a trip that have one. Without a row the document is chosen: valid at the referenced leg's arrival (now, if
# there is none) before one without expiry before one that has expired by then; of these the one valid longest.
_GATHER: Final = f"""
select q.n, caller.*,
  (select u.id from gate.step_up u
   where u.session_id = caller.session and u.expires_at > q.at and u.uses < u.max_uses
   order by u.expires_at desc limit 1) as step_up,
  (select g.org_id from gate_subject g where g.subject_id = q.subject) as subject_org,
  exists (select 1 from gate_reference r where r.reference_id = q.reference and r.subject_id = q.subject
          and r.kind = any (string_to_array(q.kinds, ','))) as reference_known,
  leg.arrives_at is not null as in_window, chosen.row_id as row, chosen.envelope,
  (select h.digest from gate.matrix_head h) as matrix,{STANDING}
from unnest($1::bytea[], $2::timestamptz[], $3::uuid[], $4::text[], $5::uuid[], $6::uuid[], $7::text[])
  with ordinality as q (token, at, subject, field, row, reference, kinds, n)
cross join lateral (
  select s.id as session, a.id as account, a.role, a.org_id as org, a.passenger_id as passenger, a.code
  from gate.session s join gate.account a on a.id = s.account_id
  where s.token_hash = q.token and s.ended_at is null and s.expires_at > q.at and a.disabled_at is null
) caller
cross join lateral (
  select max(w.arrives_at) as arrives_at from gate_window w
  where w.subject_id = q.subject and w.reference_id = q.reference and w.state = any ($10::text[])
    and w.departs_at - $8::interval <= q.at and w.arrives_at + $9::interval >= q.at
) leg
left join lateral (
  select g.row_id, g.envelope from gate_sealed g
  where g.subject_id = q.subject and g.field = q.field and g.envelope is not null
    and (q.row is null or g.row_id = q.row)
  order by case when g.expires_on >= coalesce(leg.arrives_at, q.at)::date then 0
                when g.expires_on is null then 1 else 2 end, g.expires_on desc, g.row_id desc
  limit 1
) chosen on true
"""  # noqa: S608 -- a constant of the shelf beside


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
    """The question with what the house knows about it; `matrix` is the hash of the one in force."""

    caller: Session
    step_up: UUID | None
    subject_org: UUID | None
    reference_known: bool
    in_window: bool
    row: UUID | None
    matrix: str
    envelope: bytes | None = field(repr=False)
    standing: tuple[str, ...] = ()
    approved: Approved | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, by whom (the token they sent) and when."""

    token: str = field(repr=False)
    question: Question
    at: datetime


async def gather(pool: asyncpg.Pool, asked: Sequence[Asked]) -> list[Case | None]:
    """Read the case of each; None where nobody is signed in with that token."""
    questions = [one.question for one in asked]
    rows = await pool.fetch(
        _GATHER,
        [token_hash(one.token) for one in asked],
        [one.at for one in asked],
        [question.subject for question in questions],
        [question.field for question in questions],
        [question.row for question in questions],
        [question.reference for question in questions],
        [_KINDS[question.purpose] for question in questions],
        BEFORE_DEPARTURE,
        AFTER_ARRIVAL,
        sorted(STATES),
    )
    cases: list[Case | None] = [None] * len(asked)
    for row in rows:
        place = row["n"] - 1
        cases[place] = _case(row, questions[place])
    return cases


def _case(row: asyncpg.Record, question: Question) -> Case:
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
        matrix=row["matrix"],
        envelope=row["envelope"],
        standing=tuple(row["standing"]),
    )


def parse_reference(text: str, region: str) -> UUID | None:
    """Read an id of this region, with or without `<region>_` before it; None for anything else."""
    try:
        found = UUID(text.removeprefix(f"{region}_"))
    except ValueError:
        return None
    return found if str(found) == text.removeprefix(f"{region}_") else None
