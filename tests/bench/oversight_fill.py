"""An invented ledger of any size in a PostgreSQL of its own: made by the database itself, the same on every run."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from audit.catalogue import KINDS
from security.fields import FIELDS
from security.purposes import PURPOSES

NOW: Final = datetime(2026, 11, 1, tzinfo=UTC)
SPAN: Final = timedelta(days=730)
PIECE: Final = 500_000
SUBJECTS: Final = 100_000
STAFF, MEMBERS = 400, 20_000
LISTED: Final = 20  # people on a list view; two entries of a hundred are one
_INDEXES: Final = ("ts", "who", "act", "role", "sub")
_SUBJECTS: Final = (
    "create table bench_subject as select n::int as id,"
    " rtrim(translate(encode(sha256(('s' || n)::bytea), 'base64'), '+/', '-_'), '=') as code"
    " from generate_series(0, $1 - 1) n"
)
# `a`, `b`: 63 bits of chance for each entry, cut into pieces of ten bits.
_LEAVES: Final = """
insert into ledger_leaf (index, leaf, hash, ts, act, dec, who, role, sub, res, tier, why, reference)
select i, leaf, sha256(leaf::bytea), ts, act, dec, who, role, sub, res, tier, why, null from (
  select p.*, s.code as sub, '{"act":"' || act || '","dec":"' || dec || '","n":"' || substr(md5(i::text), 1, 22)
    || '","reg":"eu","req":"' || md5('r' || i)::uuid || '"' || coalesce(',"res":"' || res || '"', '')
    || ',"role":"' || role || '"' || coalesce(',"sub":"' || s.code || '"', '') || ',"tier":"' || tier
    || '","ts":"' || to_char(ts at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || '","v":1,"who":"' || who
    || '"' || coalesce(',"why":"' || why || '"', '') || '}' as leaf
  from (
    select i, $3::timestamptz + i * ($4::interval / $5::float8) as ts,
      ($6::text[])[1 + floor(power((a & 1023) / 1024.0, 3) * cardinality($6))::int] as act,
      case when (a >> 10) & 1023 < 20 then 'deny' else 'allow' end as dec,
      case when kind < 450 then 'staff-' || (b >> 10) % $8 when kind < 950 then 'm-' || (b >> 10) % $9
        else 'worker' end as who,
      case when kind < 450 then (array['sales', 'service_agent', 'operations', 'finance', 'compliance', 'auditor',
        'administrator'])[1 + ((b >> 10) % $8) % 7]
        when kind < 950 then (array['traveller', 'booker', 'client_admin'])[1 + ((b >> 10) % $9) % 3]
        else 'system' end as role,
      case when (a >> 20) & 1023 < 600 then floor(power(((a >> 30) & 65535) / 65536.0, 2) * $7)::int end as subject,
      ($10::text[])[1 + (a >> 46) % (cardinality($10) + 3)] as res,
      (array['hidden', 'masked', 'clear'])[1 + (b & 7) % 3] as tier,
      ($11::text[])[1 + (b >> 30) % (cardinality($11) * 3)] as why
    from (select i, hashint8extended(i, 1) & 9223372036854775807 as a,
      hashint8extended(i, 2) & 9223372036854775807 as b,
      ((hashint8extended(i, 3) & 9223372036854775807) % 1000) as kind
      from generate_series($1::bigint, $2::bigint) i) chance
  ) p left join bench_subject s on s.id = p.subject
) made order by i
"""
_MEMBERS: Final = (
    "insert into ledger_member (index, position, sub, nonce)"
    " select l.index, n, s.code, substring(sha256(s.code::bytea) for 16)"
    " from ledger_leaf l, generate_series(0, $3 - 1) n, lateral (select code from bench_subject"
    " where id = (hashint8extended(l.index, n + 9) & 9223372036854775807) % $4) s"
    " where l.index >= $1 and l.index <= $2 and l.sub is null and l.index % 20 = 0"
)
_FACTS: Final = (
    "insert into ledger_fact (index, document) select index, '{\"refusal\":\"' || (array['passengers:outside_window',"
    " 'passengers:purpose_not_allowed', 'passengers:step_up_required'])[1 + index % 3] || '\"}'"
    " from ledger_leaf where index >= $1 and index <= $2 and dec = 'deny'"
)
_HEAD: Final = (
    "insert into ledger_head (origin, size, root, note, signed_at)"
    " values ('bench/audit/eu', $1, sha256(''), '', $2)"
)


async def fill(admin: Any, entries: int) -> None:
    """Write so many entries, two years of them, with list views and refusals; indexes are made at the end."""
    await admin.execute(_SUBJECTS.replace("$1", str(SUBJECTS)))
    await admin.execute("create unique index on bench_subject (id)")
    made = [
        row[0]
        for row in await admin.fetch(
            "select indexdef from pg_indexes where tablename = 'ledger_leaf' and indexname <> 'ledger_leaf_pkey'"
        )
    ]
    for name in _INDEXES:
        await admin.execute(f"drop index if exists ledger_leaf_{name}")
    about = (NOW - SPAN, SPAN, float(entries), sorted(KINDS), SUBJECTS, STAFF, MEMBERS)
    began = time.perf_counter()
    for start in range(0, entries, PIECE):
        last = min(start + PIECE, entries) - 1
        await admin.execute(_LEAVES, start, last, *about, sorted(FIELDS), sorted(PURPOSES), timeout=None)
        await admin.execute(_MEMBERS, start, last, LISTED, SUBJECTS, timeout=None)
        await admin.execute(_FACTS, start, last, timeout=None)
        print(f"{last + 1:,} entries after {time.perf_counter() - began:,.0f} s", flush=True)
    for definition in made:
        await admin.execute(definition, timeout=None)
    await admin.execute(_HEAD, entries, NOW)
    await admin.execute("drop table bench_subject")
    await admin.execute("vacuum analyze", timeout=None)
    print(f"filled in {time.perf_counter() - began:,.0f} s", flush=True)
