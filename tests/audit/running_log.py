"""A log over a real database, for tests to write, read, kill and tamper with."""

import asyncio
import contextlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg

from audit import ledger
from audit.blobs import FileBlobs
from audit.entry import Facts
from audit.note import parse_vkey
from audit.sequencer import Sequencer
from audit.verify import Trust, verify_bundle

LINK_KEY = bytes(range(32))
SEED = bytes(32)
SUBJECT = UUID(int=77)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def reveal(**more):
    """Return the facts of a reveal."""
    stated = {"kind": "passengers:passport:revealed", "who": "op_1", "role": "operations", "request": uuid4()}
    return Facts(**{**stated, "subject": SUBJECT, "field": "passport.number", "tier": "clear", **more})


def view(**more):
    """Return the facts of a page viewed, as the web states them."""
    stated = {"kind": "passengers:profile:viewed", "who": "op_1", "role": "operations", "request": uuid4()}
    return Facts(**{**stated, "subject": SUBJECT, **more})


@dataclass
class Log:
    """A log under test: its database, its blobs, a clock that only the test moves."""

    cell: object
    pool: asyncpg.Pool
    folder: Path
    clock: list = field(default_factory=lambda: [NOON])

    def sequencer(self, **more):
        """Return a sequencer of this log."""
        stated = {
            "region": "eu",
            "log_name": "waxwing.example",
            "signing_seed": SEED,
            "link_key": LINK_KEY,
            "blobs": FileBlobs(self.folder),
            "now": lambda: self.clock[0],
        }
        return Sequencer(self.pool, **{**stated, **more})

    @contextlib.asynccontextmanager
    async def running(self, made=None):
        """Run a sequencer while the block lasts."""
        made = made or self.sequencer()
        await made.start()
        task = asyncio.create_task(made.run())
        try:
            yield made
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await made.stop()

    @contextlib.asynccontextmanager
    async def connected(self, role):
        """Connect as a login role while the block lasts."""
        connection = await asyncpg.connect(self.cell.dsn(role))
        try:
            yield connection
        finally:
            await connection.close()

    async def record(self, *many, role="wx_web"):
        """State facts as another process does."""
        async with self.connected(role) as connection:
            for facts in many:
                await ledger.record(connection, facts)

    async def settled(self):
        """Wait until nothing waits."""
        async with asyncio.timeout(10), self.connected("wx_keeper") as connection:
            while await connection.fetchval("select count(*) from ledger_pending"):
                await asyncio.sleep(0.01)

    async def leaves(self):
        """Return the parts of every leaf, in order."""
        async with self.connected("wx_keeper") as connection:
            rows = await connection.fetch("select leaf from ledger_leaf order by index")
        return [json.loads(row[0]) for row in rows]

    async def verified(self):
        """Export the log, check it with the key and against what the blobs publish, return its findings."""
        target = self.folder.parent / f"{secrets.token_hex(4)}.zip"
        async with (
            self.connected("wx_admin") as connection,
            connection.transaction(isolation="repeatable_read"),
        ):
            await ledger.export(connection, target)
        published = (self.folder / "checkpoint").read_bytes()
        key = parse_vkey(self.sequencer().vkey)
        report = await asyncio.to_thread(verify_bundle, target, Trust((key,), (), published))
        return report.findings.first

    async def tampered(self, statement):
        """Change the database as only a superuser can."""
        async with self.connected("wx_admin") as connection, connection.transaction():
            for table in ("leaf", "member", "fact", "tile", "head", "pending"):
                await connection.execute(f"alter table ledger_{table} disable trigger user")
            await connection.execute(statement)
            for table in ("leaf", "member", "fact", "tile", "head", "pending"):
                await connection.execute(f"alter table ledger_{table} enable trigger user")


async def kill_backends(log):
    """End every connection of the keeper, as a restart of the database does."""
    async with log.connected("wx_admin") as connection:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where usename = 'wx_keeper' and datname = current_database()"
        )


async def leading(made):
    """Wait until the sequencer leads again."""
    async with asyncio.timeout(10):
        while not made.leading:
            await asyncio.sleep(0.01)
