"""An export broken off half-way: it is begun again by itself and ends as one whole bundle."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx

from tests.faults.site import Site, judged, until

EXPORTS = "/api/v1/ledger/exports"


@contextlib.asynccontextmanager
async def held_up(site: Site) -> AsyncIterator[None]:
    """Let exports begin and come no further than the documents beside the leaves, which they read last."""
    owner = await asyncpg.connect(site.cell.dsn("wx_admin"))
    try:
        await owner.execute("begin; lock table ledger_fact in access exclusive mode")
        yield
    finally:
        owner.terminate()  # the server lets go, unless it is gone itself


async def _asked(auditor: httpx.AsyncClient) -> str:
    asked = await auditor.post(EXPORTS)
    assert asked.status_code == 202
    return str(asked.headers["location"])


def _folder(site: Site) -> Path:
    return site.cell.blobs / "exports"


async def _stated(site: Site) -> None:
    """Wait until the worker has stated what lies here, as it does once a day: that is a document too."""

    async def is_stated() -> bool:
        return bool(await site.leaves("security:residency:stated"))

    await until(is_stated)


async def _half_made(site: Site, name: str) -> None:
    """Wait until the bundle has been begun."""

    async def is_begun() -> bool:
        return (_folder(site) / f"{name}.part").exists()

    await until(is_begun)


async def _one_whole_bundle(site: Site, auditor: httpx.AsyncClient, where: str, name: str) -> None:
    async def is_made() -> bool:
        answer = await auditor.get(where)
        assert answer.status_code in {200, 202}, answer.text
        return answer.status_code == 200

    await until(is_made, 15)
    assert [path.name for path in _folder(site).glob(f"{name}*")] == [f"{name}.zip"]
    report = judged(_folder(site) / f"{name}.zip", "--key", await site.key())
    assert (report["whole"], report["keys_checked"]) == (True, True)
    await site.sequenced()


async def _name(site: Site) -> str:
    """Return the id of the newest export, by which its files are called."""
    async with site.owner() as owner:
        newest = await owner.fetchval("select id from ledger_export order by requested_at desc limit 1")
    return str(newest)


async def test_a_worker_killed_while_it_builds(site: Site) -> None:
    """A worker killed amid an export leaves half a file; the next one makes the bundle, once."""
    auditor = await site.client("auditor")
    where = await _asked(auditor)
    name, before = await _name(site), len(await site.leaves("oversight:export:built"))
    async with held_up(site):
        site.launch("worker")
        await _half_made(site, name)
        site.processes["worker"].kill()
        assert (await auditor.get(where)).status_code == 202
    site.launch("worker")
    await _one_whole_bundle(site, auditor, where, name)
    assert len(await site.leaves("oversight:export:built")) == before + 1


async def test_the_database_killed_while_a_worker_builds(site: Site) -> None:
    """A worker that loses PostgreSQL amid an export lives on, and makes the bundle when the database is back."""
    auditor = await site.client("auditor")
    site.launch("worker")
    worker = site.pid("worker")
    await _stated(site)
    async with held_up(site):
        where = await _asked(auditor)
        name = await _name(site)
        await _half_made(site, name)
        site.power_cut()
    await site.power_back()
    await site.ready()
    await _one_whole_bundle(site, auditor, where, name)
    assert site.pid("worker") == worker
