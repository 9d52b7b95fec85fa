import asyncio, asyncpg, time, contextlib, pytest
from tests.faults.site import *
from tests.faults.test_worker_killed import held_up
@pytest.mark.parametrize("n", range(9))
async def test_x(site, n):
    async with site.owner() as o:
        await o.execute("alter table ledger_leaf disable trigger user; update ledger_leaf set ts = ts - interval '2 days' where act='security:residency:stated'")
    if n % 3 == 2:
        site.power_cut(); await site.power_back()
    if n % 3 == 1:
        site.processes["keeper"].kill(); site.launch("keeper"); await site.ready()
    try:
        async with held_up(site):
            site.launch("worker")
            await until(lambda: stated(site))
            c = await site.client()
            t=time.monotonic()
            with contextlib.suppress(httpx.TransportError):
                a = await c.post("/api/v1/sessions", json={"email": "booker@example.test", "password": PASSWORD})
                print(a.status_code, time.monotonic()-t)
    finally:
        await site.hung_up()
    t=time.monotonic()
    for what in (site.ready, site.sequenced):
        try:
            await what()
            print(what.__name__, time.monotonic()-t)
        except BaseException:
            print("FAILED", what.__name__)
            async with site.owner() as o:
                for r in await o.fetch("select pid, usename, state, wait_event_type, wait_event, left(query,80) q from pg_stat_activity where datname=current_database()"): print(dict(r))
                for r in await o.fetch("select id, kind from ledger_pending"): print(dict(r))
            async with httpx.AsyncClient() as c: print((await c.get(site.options.cells["eu"]+"/readyz")).text)
            print((site.cell.logs/"keeper.log").read_text()[-3000:])
            print((site.cell.logs/"worker.log").read_text()[-1000:])
async def stated(site):
    async with site.owner() as o:
        return await o.fetchval("select exists (select from ledger_pending where kind like '%residency%')")
