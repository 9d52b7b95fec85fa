"""`python -m portal directory place` and `front`, at a terminal."""

import asyncpg
import pytest
from click.testing import CliRunner

from portal.commands import front
from portal.commands.directory import directory
from portal.directory.queries import region_of
from portal.directory.rules import domain_digest
from tests.database import FrontDb
from tests.portal.directory.front import KEY, furnish


async def run(db: FrontDb, *arguments: str) -> tuple[int, str]:
    """Call the command in a thread: it has a loop of its own."""
    import asyncio  # noqa: PLC0415 - beside its only use

    told = {"WX_DATABASE_URL": db.dsn("wx_admin"), "WX_DIRECTORY_KEY": KEY}
    done = await asyncio.to_thread(CliRunner().invoke, directory, list(arguments), env=told)
    return done.exit_code, done.output


async def test_a_domain_is_placed_and_moved(front_db: FrontDb) -> None:
    """A new domain leads where it was placed, a known one moves; what is no domain changes nothing."""
    await furnish(front_db)
    owner = await asyncpg.connect(front_db.dsn("wx_admin"))
    for region in ("cn", "eu"):
        assert (await run(front_db, "place", "--region", region, "new.example"))[0] == 0
        assert await region_of(owner, domain_digest(KEY, "new.example")) == region
    before = await owner.fetchval("select count(*) from sign_in_domain")
    code, said = await run(front_db, "place", "--region", "cn", "good.example", "not a domain")
    assert (code, "directory:no_domain" in said) == (1, True)
    assert await owner.fetchval("select count(*) from sign_in_domain") == before
    await owner.close()


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without their environment both commands end with a sentence that names every variable."""
    for name in ("WX_DATABASE_URL", "WX_DIRECTORY_KEY", "WX_CELLS", "WX_FRONT_URL"):
        monkeypatch.delenv(name, raising=False)
    placed = CliRunner().invoke(directory, ["place", "--region", "eu", "a.example"])
    assert (placed.exit_code, "WX_DATABASE_URL, WX_DIRECTORY_KEY" in placed.output) == (1, True)
    served = CliRunner().invoke(front, [])
    assert served.exit_code == 2
    assert "WX_CELLS, WX_FRONT_URL, WX_DATABASE_URL, WX_DIRECTORY_KEY" in served.output
