"""The figures of a month, counted from the ledger and beside it. They name nobody: roles, kinds, numbers."""

import base64
import json
from datetime import date, datetime, timedelta
from typing import Any, Final

from audit.stored import head
from portal.attestations.work import bounds

OPENED: Final = "l.act like 'passengers:%:revealed' and l.dec = 'allow'"
MOST_KINDS: Final = 20
_SPAN: Final = "from ledger_leaf l where l.ts >= $1 and l.ts < $2"
_TOTALS: Final = f"""
select count(*) as entries, min(l.index) as first, max(l.index) as last, count(*) filter (where {OPENED}) as opened,
  count(*) filter (where l.dec = 'deny') as refused {_SPAN}
"""
_ROLES: Final = f"""
select l.role as name, count(*) filter (where l.act like '%:viewed') as viewed,
  count(*) filter (where {OPENED}) as opened,
  count(*) filter (where l.act like '%:downloaded') as downloaded, count(*) filter (where l.dec = 'deny') as refused,
  count(*) as entries {_SPAN} and l.role not in ('system', 'process') group by l.role order by l.role
"""
_KINDS: Final = f"""
select l.act as name, count(*) as entries {_SPAN} and l.dec = 'allow' and l.role not in ('system', 'process')
group by l.act order by count(*) desc, l.act limit {MOST_KINDS}
"""
_OPENINGS: Final = f"""
select coalesce(l.res, '') as field, coalesce(l.why, '') as purpose, count(*) as entries {_SPAN} and {OPENED}
group by 1, 2 order by 3 desc, 1, 2
"""
_REFUSALS: Final = """
select coalesce(f.document::json ->> 'refusal', l.act) as name, count(*) as entries
from ledger_leaf l left join ledger_fact f on f.index = l.index
where l.ts >= $1 and l.ts < $2 and l.dec = 'deny' group by 1 order by 2 desc, 1 limit 20
"""
_VERDICTS: Final = """
select coalesce(f.document::json ->> 'verdict', '') as name, count(*) as entries
from ledger_leaf l left join ledger_fact f on f.index = l.index
where l.ts >= $1 and l.ts < $2 and l.act = 'security:alarm:closed' group by 1
"""
_ACTS: Final = f"select l.act as name, count(*) as entries {_SPAN} and l.act = any ($3) group by 1"
_OPEN_ALARMS: Final = """
select count(*) filter (where act = 'security:alarm:raised') - count(*) filter (where act = 'security:alarm:closed')
from ledger_leaf where act = any (array['security:alarm:raised', 'security:alarm:closed']) and ts < $1
"""
_GLASS: Final = """
select count(*) as opened, count(finding) as closed, count(*) filter (where finding = 'unjustified') as unjustified,
  count(*) filter (where coalesce(closed_at, $3) > due_at) as late
from break_glass_review where opened_at >= $1 and opened_at < $2
"""
_REVIEWS: Final = """
select r.role, r.signed_at is not null as signed, count(l.id) as people, count(l.decision) as attested,
  count(*) filter (where l.decision = 'remove') as removed, r.signed_at is null and r.due_at < $2 as late
from access_review r left join access_line l on l.review_id = r.id where r.month = $1 group by r.id order by r.role
"""
_STATED: Final = """
select l.index, f.document from ledger_leaf l join ledger_fact f on f.index = l.index
where l.act = 'security:residency:stated' and l.ts >= $1 and l.ts < $2 order by l.index desc limit 1
"""
_WITNESSES: Final = "select witness, size from ledger_cosignature order by witness"
KEY_DEEDS: Final = (
    "security:keys:made",
    "security:keys:rewrapped",
    "security:keys:destroyed",
    "security:subject:resealed",
    "security:subject:shredded",
)


async def count_month(connection: Any, region: str, month: date, at: datetime) -> dict[str, Any]:
    """Count a month as of an instant; the newest checkpoint is named, which covers it."""
    span = bounds(month)
    before = bounds((month - timedelta(days=1)).replace(day=1))
    return {
        "region": region,
        "month": month.isoformat(),
        "made_at": at.isoformat(timespec="seconds"),
        "totals": await _row(connection, _TOTALS, *span),
        "before": await _row(connection, _TOTALS, *before),
        "roles": await _rows(connection, _ROLES, *span),
        "kinds": await _rows(connection, _KINDS, *span),
        "openings": await _rows(connection, _OPENINGS, *span),
        "refusals": await _rows(connection, _REFUSALS, *span),
        "alarms": await _alarms(connection, span),
        "glass": await _row(connection, _GLASS, *span, at),
        "reviews": await _rows(connection, _REVIEWS, month, at),
        "keys": await _named(connection, _ACTS, *span, list(KEY_DEEDS)),
        "residency": await _residency(connection, span),
        "log": await _log(connection),
    }


async def _row(connection: Any, sql: str, *values: Any) -> dict[str, Any]:
    return dict(await connection.fetchrow(sql, *values))


async def _rows(connection: Any, sql: str, *values: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in await connection.fetch(sql, *values)]


async def _named(connection: Any, sql: str, *values: Any) -> dict[str, int]:
    return {row["name"]: row["entries"] for row in await connection.fetch(sql, *values)}


async def _alarms(connection: Any, span: tuple[datetime, datetime]) -> dict[str, int]:
    raised = await _named(connection, _ACTS, *span, ["security:alarm:raised", "security:alarm:muted"])
    verdicts = await _named(connection, _VERDICTS, *span)
    return {
        "raised": raised.get("security:alarm:raised", 0),
        "muted": raised.get("security:alarm:muted", 0),
        "confirmed": verdicts.get("confirmed", 0),
        "false_positive": verdicts.get("false_positive", 0),
        "closed": sum(verdicts.values()),
        "open": await connection.fetchval(_OPEN_ALARMS, span[1]),
    }


async def _residency(connection: Any, span: tuple[datetime, datetime]) -> dict[str, Any]:
    """Give the last daily statement of the month: rows by table, rows of other regions, epochs of keys held."""
    row = await connection.fetchrow(_STATED, *span)
    if row is None:
        return {"index": None, "rows": {}, "foreign_rows": None, "epochs": []}
    said = json.loads(row["document"])
    return {
        "index": row["index"],
        "rows": {name: int(count) for name, count in json.loads(said["rows"]).items()},
        "foreign_rows": int(said["foreign_rows"]),
        "epochs": sorted(int(epoch) for epoch in json.loads(said.get("keks", "{}")).values()),
    }


async def _log(connection: Any) -> dict[str, Any]:
    newest = await head(connection)
    if newest is None:
        return {"origin": "", "size": 0, "root": "", "witnesses": []}
    rows = await connection.fetch(_WITNESSES)
    return {
        "origin": newest.origin,
        "size": newest.size,
        "root": base64.b64encode(newest.root).decode(),
        "witnesses": [{"name": row["witness"], "size": row["size"]} for row in rows],
    }
