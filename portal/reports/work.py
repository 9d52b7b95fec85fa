"""The worker's part: reports that are asked for, and last month's by itself; figures first, then one PDF a language."""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from audit.entry import Facts
from audit.jcs import canonical
from audit.ledger import record
from portal.attestations.rules import month_before
from portal.attestations.work import bounds
from portal.reports.figures import count_month
from portal.reports.printing import LANGUAGES, print_report
from portal.trips.paper import PaperUnavailable
from portal.web.ids import new_id, outer

log = structlog.get_logger("portal.worker")
Working = Callable[[], contextlib.AbstractAsyncContextManager[Any]]
_TAKE = """
update security_report set state = 'making' where id = (select id from security_report where state = 'waiting'
  order by asked_at, id limit 1 for update skip locked) returning id, month
"""
_DUE = """
insert into security_report (id, month, state, asked_at) select $1, $2, 'waiting', $3
where not exists (select from security_report where month = $2) and (select ledger_began()) < $4
"""
_READY = """
update security_report set state = 'ready', made_at = $2, figures = $3, digest = $4, log_size = $5, log_root = $6
where id = $1
"""
_FILE = "insert into security_report_file (report_id, locale, content, sha256) values ($1, $2, $3, $4)"


async def ask_monthly(connection: Any, at: datetime) -> None:
    """See that the report of the last month that is over is asked for once, if the ledger knows of it."""
    month = month_before(at)
    await connection.execute(_DUE, new_id(), month, at, bounds(month)[1])


async def begin_again(connection: Any) -> None:
    """Take up again what was left half-made."""
    await connection.execute("update security_report set state = 'waiting' where state = 'making'")


async def make_reports(work: Working, region: str, at: datetime) -> int:
    """Make what is asked for, one after the other; says how many were made."""
    made = 0
    while True:
        async with work() as connection:
            taken = await connection.fetchrow(_TAKE)
        if taken is None:
            return made
        try:
            made += await _make(work, region, taken["id"], taken["month"], at)
        except PaperUnavailable as missing:
            await _failed(work, taken["id"], f"trips:paper_unavailable/{missing.facts.get('missing', '')}")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            raise  # begun again when the database is back
        except Exception as failure:  # noqa: BLE001 -- this report cannot be made; the worker goes on
            log.error("report_failed", error=type(failure).__name__)
            await _failed(work, taken["id"], type(failure).__name__)


async def _failed(work: Working, report: UUID, why: str) -> None:
    async with work() as connection:
        await connection.execute(
            "update security_report set state = 'failed', failure = $2 where id = $1", report, why
        )


async def _make(work: Working, region: str, report: UUID, month: Any, at: datetime) -> int:
    async with work() as connection:
        figures = await count_month(connection, region, month, at)
    text = canonical(_texts(figures))
    digest = hashlib.sha256(text).hexdigest()
    papers = {tag: await asyncio.to_thread(print_report, tag, figures, digest) for tag in LANGUAGES}
    hashes = {tag: hashlib.sha256(paper).hexdigest() for tag, paper in papers.items()}
    known = figures["log"]
    async with work() as connection:
        values = (at, text.decode(), digest, known["size"], known["root"])
        await connection.execute(_READY, report, *values)
        for tag, paper in papers.items():
            await connection.execute(_FILE, report, tag, paper, hashes[tag])
        facts = Facts(
            kind="reports:report:made",
            who="worker",
            role="system",
            request=new_id(),
            field="report",
            reference=outer(region, report),
            document={
                "month": month.isoformat(),
                "figures": digest,
                "log_size": str(known["size"]),
                "log_root": known["root"],
                **{f"pdf_{tag}": value for tag, value in hashes.items()},
            },
        )
        await record(connection, facts)
    return 1


def _texts(value: Any) -> Any:
    """Give figures as texts throughout: canonical without any question of numbers."""
    if isinstance(value, dict):
        return {name: _texts(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_texts(one) for one in value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
