"""How often others met a person's data: by class of deed and role, and day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from audit.entry import subject_pseudonym
from security.keeper.held import Held
from security.keeper.trail_messages import CountQuarter, Day, Figure, Summary
from security.policy.deeds import OPENED, SEEN, patterns
from security.sign_in.refusal import Refusal

NO_DIGEST: Final = "trail:no_digest"
# What others did from an instant on; the first entry of that time bounds the list views that are looked at.
_OTHERS: Final = """
with met as (
  select f.ts, f.act, f.who, f.role, f.dec from ledger_leaf f
  where f.sub = $1 and f.ts >= $2 and f.ts < $3 and f.who <> $4
  union all
  select f.ts, f.act, f.who, f.role, f.dec from ledger_member m join ledger_leaf f using (index)
  where m.sub = $1 and m.index >= (select index from ledger_leaf where ts >= $2 order by ts, index limit 1)
    and f.ts >= $2 and f.ts < $3 and f.who <> $4
)
"""
_FIGURES: Final = (
    _OTHERS + " select case when act like any($5::text[]) then 'opened'"  # noqa: S608 -- constants
    " when act like any($6::text[]) then 'seen'"
    " else 'done' end as deed, coalesce(role, '') as role, dec = 'allow' as allowed, count(distinct who) as people,"
    " count(*) as entries from met where role <> 'system' group by grouping sets ((deed, dec, role), (deed, dec))"
    " order by 1, 2, 3"
)
_DAYS: Final = (
    _OTHERS + " select width_bucket(ts, $5::timestamptz[]) - 1 as place,"  # noqa: S608 -- constants
    " count(*) filter (where dec = 'allow') as allowed, count(*) filter (where dec = 'deny') as denied"
    " from met where role <> 'system' group by 1 order by 1"
)


async def count_since(pool: Any, sub: str, own: str, bounds: Sequence[datetime]) -> Summary:
    """Count from the first of the bounds to now, and for each day that begins at one of them."""
    until = await pool.fetchval("select 'infinity'::timestamptz")
    figures = await _figures(pool, sub, own, bounds[0], until)
    days = await pool.fetch(_DAYS, sub, bounds[0], until, own, list(bounds))
    return Summary(figures, [Day(**row) for row in days])


async def _figures(pool: Any, sub: str, own: str, since: datetime, until: datetime) -> list[Figure]:
    rows = await pool.fetch(_FIGURES, sub, since, until, own, patterns(OPENED), patterns(SEEN))
    return [Figure(**row) for row in rows]


async def count_quarter(held: Held, ask: CountQuarter, at: datetime) -> Summary:
    """Count for a digest, only of who has asked for one. Refusal: `trail:no_digest`."""
    own = await held.gate.pool.fetchval(
        "select a.code from trail_wish w join gate.account a on a.id = w.account_id"
        " where w.passenger_id = $1 and a.passenger_id = $1 and a.disabled_at is null",
        ask.passenger,
    )
    if own is None or ask.until > at:
        raise Refusal(NO_DIGEST, 404)
    sub = subject_pseudonym(held.custody.link_key, ask.passenger)
    return Summary(await _figures(held.gate.pool, sub, own, ask.since, ask.until), [])
