"""`python -m tests.bench.oversight [--entries 10000000] [--rounds 40] [--folder DIR] [--alone]`: what auditors ask.

A PostgreSQL of its own holds an invented ledger of two years, and the columns beside it are made as the worker makes
them. Every kind of question is put many times, each time of another actor, kind, subject or period, by a connection in
the auditor's role; the times are those inside the web process, without drawing the page. With `--folder` ledger and
columns stay for the next run. `--alone` puts some of the questions to PostgreSQL without the columns as well.
"""

import argparse
import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import asyncpg

from audit.catalogue import KINDS
from audit.columns import Columns
from audit.counting import Counting
from audit.ledger import Filter
from audit.piecing import add_piece, clear_replaced
from infra.cell import Cell
from infra.migrate import migrate
from infra.postgres import Server
from infra.roles import prepare_roles
from portal.oversight import charts
from portal.oversight.spans import before
from security.fields import FIELDS
from security.memory import settle_memory
from security.purposes import PURPOSES
from tests.bench.figures import Promise
from tests.bench.oversight_fill import NOW, STAFF, fill

PROMISED = 200.0
ZONES = ("Europe/Amsterdam", "Asia/Shanghai", "Asia/Dubai", "America/New_York", "Asia/Kolkata")
Question = Callable[[Counting, int], Awaitable[Any]]


def lived() -> dict[str, str]:
    """Give each of the staff a zone."""
    return {f"staff-{n}": ZONES[n % len(ZONES)] for n in range(STAFF)}


def filters(subjects: list[str]) -> dict[str, Callable[[int], Filter]]:
    """Give every kind of filter, the nth of it."""
    kinds, fields, purposes = sorted(KINDS), sorted(FIELDS), sorted(PURPOSES)
    return {
        "no filter": lambda _: Filter(),
        "actor": lambda n: Filter(who=f"staff-{n * 7 % STAFF}"),
        "actor, a client": lambda n: Filter(who=f"m-{n * 997 % 20_000}"),
        "role": lambda n: Filter(role=("sales", "finance", "traveller")[n % 3]),
        "kind": lambda n: Filter(kind=kinds[n * 5 % len(kinds)]),
        "field": lambda n: Filter(fields=(fields[n % len(fields)], fields[(n + 1) % len(fields)])),
        "purpose": lambda n: Filter(purpose=purposes[n % len(purposes)]),
        "denied": lambda _: Filter(decision="deny"),
        "time, a month": _month,
        "subject": lambda n: Filter(subject=subjects[n % len(subjects)]),
        "subject, role, denied": lambda n: Filter(
            subject=subjects[n % len(subjects)], role="finance", decision="deny"
        ),
        "actor, kind, denied": lambda n: Filter(
            who=f"staff-{n * 7 % STAFF}", kind=kinds[n * 3 % len(kinds)], decision="deny"
        ),
        "nobody": lambda n: Filter(who=f"nobody-{n}"),
    }


def _month(n: int) -> Filter:
    until = NOW - timedelta(days=n * 13 % 600)
    return Filter(since=until - timedelta(days=30), until=until)


def questions(subjects: list[str]) -> dict[str, Question]:
    """Give every question by what it is called."""
    asked: dict[str, Question] = {}
    for name, make in filters(subjects).items():
        asked[f"page · {name}"] = lambda c, n, make=make: c.page(make(n), limit=51)
        asked[f"timeline · {name}"] = lambda c, n, make=make: charts.timeline(c, make(n), ZONES[0])
    for name, make in (("two years", lambda _: Filter()), ("a month", _month)):
        asked[f"heat map, UTC · {name}"] = lambda c, n, make=make: charts.heat(c, make(n), {}, own=False)
        asked[f"heat map, own · {name}"] = lambda c, n, make=make: charts.heat(c, make(n), lived(), own=True)
        for by in ("actor", "kind", "subject", "purpose", "refusal"):
            asked[f"top {by} · {name}"] = lambda c, n, make=make, by=by: charts.top(c, make(n), by)
    for by in ("kind", "role", "actor"):
        asked[f"compare months by {by}"] = lambda c, n, by=by: _compared(c, _month(n), by)
        asked[f"compare years by {by}"] = lambda c, _, by=by: _compared(
            c, Filter(since=NOW - timedelta(days=365), until=NOW), by
        )
    asked["page · far back"] = lambda c, n: c.page(Filter(), before=1000 + n * 9973, limit=51)
    asked["a person's day"] = _day
    return asked


async def _compared(counting: Counting, only: Filter, by: str) -> Any:
    assert only.since is not None
    assert only.until is not None
    return await charts.compare(counting, only, before(only.since, only.until, "UTC"), by)


async def _day(counting: Counting, n: int) -> Any:
    day = (NOW - timedelta(days=n * 11 % 700)).date()
    begins, ends = charts.day_span(day, ZONES[n % len(ZONES)])
    only = Filter(who=f"staff-{n * 7 % STAFF}", since=begins, until=ends)
    return await counting.page(only, limit=201), await charts.timeline(counting, only, ZONES[0], unit="hour")


async def timed(
    connection: Any, columns: Columns, question: Question, rounds: int
) -> tuple[float, float, float]:
    """Put a question so many times; p50 and p95, and the processor time of this process, in milliseconds."""
    took, worked = [], []
    for n in range(-2, rounds):  # the first two warm plans and caches
        began, busy = time.perf_counter(), time.process_time()
        await question(Counting(connection, columns), abs(n))
        took.append((time.perf_counter() - began) * 1000)
        worked.append((time.process_time() - busy) * 1000)
    return median(took[2:]), quantiles(took[2:], n=20)[18], median(worked[2:])


@contextlib.asynccontextmanager
async def ledger(folder: Path, entries: int) -> AsyncIterator[Cell]:
    """Start the server, and fill its ledger if it is empty."""
    await asyncio.to_thread(folder.mkdir, mode=0o711, parents=True, exist_ok=True)
    cell = Cell(folder, "eu", home=folder / "postgres")
    server = Server(cell, durable=False)
    server.start()
    try:
        await prepare_roles(cell)
        await migrate(cell.dsn("wx_admin"), cell.keys_dsn("wx_admin"), "eu")
        admin = await asyncpg.connect(cell.dsn("wx_admin"))
        await admin.execute("set work_mem = '256MB'; set maintenance_work_mem = '512MB'")
        if not await admin.fetchval("select exists (select from ledger_leaf)"):
            await fill(admin, entries)
        await admin.close()
        yield cell
    finally:
        server.stop()


async def prepared(connection: Any, folder: Path) -> None:
    """Make the columns as the worker does, and say what they cost."""
    began, made = time.perf_counter(), 0
    while await add_piece(connection, folder):
        made += 1
    await clear_replaced(folder, after=-1)
    size = await asyncio.to_thread(lambda: sum(path.stat().st_size for path in folder.iterdir()) / 1e6)
    print(f"columns: {made} steps in {time.perf_counter() - began:,.0f} s, {size:,.0f} MB", flush=True)


async def bench(folder: Path, entries: int, rounds: int, only: str, *, alone: bool) -> list[Promise]:
    """Fill, ask, print."""
    async with ledger(folder, entries) as cell:
        worker = await asyncpg.connect(cell.dsn("wx_worker"))
        await worker.execute("set role wx_as_worker")
        await prepared(worker, folder / "columns")
        auditor = await asyncpg.connect(cell.dsn("wx_web"))
        await auditor.execute("set role wx_as_auditor")
        size = await auditor.fetchval("select max(index) + 1 from ledger_leaf")
        subjects = [
            row[0]
            for row in await auditor.fetch(
                "select distinct sub from (select sub from ledger_leaf where sub is not null"
                " order by index desc limit 400) s"
            )
        ]
        settle_memory()  # as the web process does
        promises: list[Promise] = []
        columns, none = Columns(folder / "columns"), Columns(folder / "none")
        for name, question in questions(subjects).items():
            if only not in name:
                continue
            p50, p95, busy = await timed(auditor, columns, question, rounds)
            said = ""
            if alone:
                bare, *_ = await timed(auditor, none, question, 2)
                said = f"   PostgreSQL alone: {bare:9,.0f} ms"
            print(
                f"{name:36} p50 {p50:7.1f} ms   p95 {p95:7.1f} ms   processor {busy:6.1f} ms{said}",
                flush=True,
            )
            promises.append(Promise(f"{name}, p95, of {size:,}", p95, PROMISED, "ms"))
        await auditor.close()
        await worker.close()
        return promises


def main() -> int:
    """Run the bench; 1 if a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--only", default="", help="questions whose name holds this")
    parser.add_argument("--folder", type=Path, help="where the ledger stays for the next run")
    parser.add_argument("--alone", action="store_true", help="ask PostgreSQL without the columns too")
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="waxwing-oversight-"))
    try:
        promises = asyncio.run(bench(folder, given.entries, given.rounds, given.only, alone=given.alone))
    finally:
        if given.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    kept = [promise for promise in promises if promise.kept]
    for promise in promises:
        if not promise.kept:
            print(promise.line())
    print(f"{len(kept)} of {len(promises)} within {PROMISED:.0f} ms")
    return 0 if len(kept) == len(promises) else 1


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
