"""Where values might stay: both databases, the files beside them, mails, and what processes say aloud."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator

import asyncpg
from structlog.testing import capture_logs

from tests.house.leakage.canaries import Canaries
from tests.house.leakage.grounds import Grounds
from tests.house.leakage.reading import mail_of, texts_of


async def stored(ground: Grounds, canaries: Canaries) -> list[tuple[str, str]]:
    """Name each table and file that holds a value, also one that was put away compressed."""
    db = ground.house.stage.db
    found = await _in_tables(db.dsn("wx_admin"), canaries) + await _in_tables(
        db.keys_dsn("wx_admin"), canaries
    )
    for path in ground.house.stage.settings.blobs.rglob("*"):
        if path.is_file():
            data = await asyncio.to_thread(path.read_bytes)
            found += [(path.name, code) for code in canaries.spot(texts_of("", data))]
    return found


async def _in_tables(dsn: str, canaries: Canaries) -> list[tuple[str, str]]:
    connection = await asyncpg.connect(dsn)
    found = []
    try:
        for (table,) in await connection.fetch(
            "select format('%I.%I', schemaname, tablename) from pg_tables"
            " where schemaname not in ('pg_catalog', 'information_schema')"
        ):
            text = "\n".join(row[0] for row in await connection.fetch(f"select t::text from {table} t"))
            found += [(table, code) for code in canaries.spot(text)]
    finally:
        await connection.close()
    return found


def mailed(ground: Grounds, canaries: Canaries) -> list[tuple[str, str]]:
    """Name each caught mail that holds a value."""
    mails = [mail_of(mail.as_bytes()) for mail in ground.scene.mail.caught]
    return [(f"mail {n}", code) for n, text in enumerate(mails) for code in canaries.spot(text)]


@contextlib.contextmanager
def overheard() -> Iterator[list[str]]:
    """Hear what web, keeper and worker write to their logs while something is done, by whichever library."""
    said: list[str] = []
    root = logging.getLogger()
    handler = _Ear(said)
    root.addHandler(handler)
    try:
        with capture_logs() as lines:
            yield said
        said += [str(line) for line in lines]
    finally:
        root.removeHandler(handler)


class _Ear(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__()
        self.said = said

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the line, and with it the traceback that a formatter would write."""
        self.said.append(self.format(record))
