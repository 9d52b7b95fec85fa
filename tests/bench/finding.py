"""`python -m tests.bench.finding [--documents 1000000]`: a search by the whole number, inside the keeper.

A PostgreSQL of its own holds so many really sealed documents, ten a passenger, with their data keys and tags. What
is timed is `look_up`: tag, candidates, envelopes, keys, openings, comparisons. The entry of a search, which waits for
the ledger, and the tick on which answers leave are not in it.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids

from security.fields import FIELDS
from security.keeper.searching import Finder, Shelves, look_up
from security.keeper.subject_keys import keys_of
from security.keeper.together import Together
from security.settings import INDEX_BITS
from security.sign_in.often import Rate
from security.vault.custody import Custody
from security.vault.envelope import Context, seal
from security.vault.indexes import spelled
from security.vault.keys import new_key, wrap_dek
from tests import database
from tests.bench.figures import Promise

FIELD, STATE = "passport.number", "NLD"
EACH, CHUNK, SEARCHES, PROMISED = 10, 2000, 1000, 5.0
DOCUMENT = "id passenger_id org_id kind issuing_state number"
TAG = "row_id subject_id class name version bits tag"


class Filling:
    """Passengers with ten sealed documents each, until there are enough."""

    def __init__(self, custody: Custody, finder: Finder, org: UUID) -> None:
        self.custody = custody
        self.finder = finder
        self.org = org

    async def fill(self, main: Any, keys: Any, documents: int) -> None:
        """Write them by COPY."""
        await main.execute("insert into organisation values ($1, 'eu', 'bench', 'NL', 'en')", self.org)
        for people in _chunks(documents // EACH):
            made = [(uuids.uuid7(), uuids.uuid7(), new_key(), number) for number in people]
            await _copy(
                main,
                "passenger",
                "id org_id given_name sort_key",
                ((p, self.org, "B", b"") for p, *_ in made),
            )
            await _copy(keys, "subject", "id org_id", ((p, self.org) for p, *_ in made))
            await _copy(keys, "subject_key", "id subject_id class kek_id dek", map(self._key, made))
            papers = [paper for one in made for paper in self._papers(one)]
            await _copy(main, "travel_document", DOCUMENT, (paper[0] for paper in papers))
            await _copy(keys, "blind_tag", TAG, (paper[1] for paper in papers))
        for connection in (main, keys):
            await connection.execute("vacuum analyze")

    def _key(self, made: Any) -> tuple[Any, ...]:
        person, key_id, dek, _ = made
        kek, kek_id, region = self.custody.kek, self.custody.kek_id, self.custody.region
        wrapped = wrap_dek(dek, dek_id=key_id, kek=kek, kek_id=kek_id, region=region)
        return key_id, person, "document", kek_id, wrapped

    def _papers(self, made: Any) -> Iterator[tuple[tuple[Any, ...], tuple[Any, ...]]]:
        person, key_id, dek, number = made
        for which in range(EACH):
            row, value = uuids.uuid7(), number_of(number * EACH + which)
            context = Context(self.custody.region, "travel_document", "number", row)
            envelope = seal(value.encode(), dek=dek, dek_id=key_id, context=context)
            tag = self.finder.indexes.tag_of(FIELD, value, STATE)
            assert tag is not None
            index = tag.index
            about = (index.name, index.version, index.bits, tag.value)
            yield (row, person, self.org, "passport", STATE, envelope), (row, person, "document", *about)


def number_of(which: int) -> str:
    """Give a document's number, the same for the same place."""
    return f"B{which:08d}"


def _chunks(people: int) -> Iterator[range]:
    return (range(start, min(start + CHUNK, people)) for start in range(0, people, CHUNK))


async def _copy(connection: Any, table: str, columns: str, rows: Any) -> None:
    await connection.copy_records_to_table(table, columns=columns.split(), records=list(rows))


async def searched(shelves: Shelves, finder: Finder, numbers: Sequence[str], *, found: int) -> list[float]:
    """Search for each, one after the other; gives milliseconds."""
    took = []
    for number in numbers:
        began = time.perf_counter()
        wanted = spelled(FIELDS[FIELD], number, STATE)
        tag = finder.indexes.tag_of(FIELD, number, STATE)
        assert tag is not None
        subjects = await look_up(shelves, finder, FIELD, wanted, tag)
        took.append((time.perf_counter() - began) * 1000)
        assert len(subjects) == found
    return took


async def bench(documents: int) -> list[Promise]:
    """Fill, search, print."""
    async with database.lone_cell() as lone:
        with tempfile.TemporaryDirectory() as folder:
            custody = await asyncio.to_thread(Custody.open, f"file:{Path(folder) / 'custody'}", "eu")
        finder = Finder.begin(custody, Rate(20, 60), bits=INDEX_BITS, expected_rows=documents)
        main, keys = [
            await asyncpg.create_pool(dsn, min_size=2, max_size=8)
            for dsn in (lone.db.dsn("wx_admin"), lone.db.keys_dsn("wx_admin"))
        ]
        began = time.perf_counter()
        await Filling(custody, finder, uuids.uuid7()).fill(main, keys, documents)
        print(
            f"{documents:,} documents sealed and stored in {time.perf_counter() - began:,.0f} s", flush=True
        )
        named = await keys.fetchval("select avg(n) from (select count(*) as n from blind_tag group by tag) t")
        print(f"a tag of {INDEX_BITS} bits names {named:.1f} rows on average")
        shelves = Shelves(keys, main, custody, Together(partial(keys_of, keys)))
        step = documents // SEARCHES
        promises = []
        for title, numbers, found in (
            ("hits", [number_of(n * step) for n in range(SEARCHES)], 1),
            ("misses", [number_of(documents + n) for n in range(SEARCHES)], 0),
        ):
            await searched(shelves, finder, numbers[:20], found=found)  # plans and caches warm
            took = await searched(shelves, finder, numbers, found=found)
            p99 = quantiles(took, n=100)[98]
            print(f"{title}: p50 {median(took):.2f} ms, p99 {p99:.2f} ms, {len(took)} searches")
            promises.append(
                Promise(f"search by the whole number, {title}, p50", median(took), PROMISED, "ms")
            )
        await main.close()
        await keys.close()
        return promises


def main(arguments: Sequence[str]) -> int:
    """Measure; exit 1 when a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.finding", description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000_000)
    asked = parser.parse_args(arguments)
    print(f"{os.cpu_count()} processors, load before the start {os.getloadavg()[0]:.1f}", flush=True)
    database.announce()
    try:
        promises = asyncio.run(bench(asked.documents))
    finally:
        database.conclude()
    print("\n".join(promise.line() for promise in promises))
    return 0 if all(promise.kept for promise in promises) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
