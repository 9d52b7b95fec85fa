import json, time, os
from datetime import UTC, datetime
from pathlib import Path
import cProfile, pstats
from portal.demo.load import load
from portal.demo.settings import read_demo_settings

async def test_load(cell_db, tmp_path):
    env = {"WX_REGION":"eu","WX_DATABASE_URL":cell_db.dsn("wx_admin"),"WX_KEYSTORE_URL":cell_db.keys_dsn("wx_admin"),
      "WX_CUSTODIAN":f"file:{tmp_path}/custody","WX_BLOB_URL":f"file:{tmp_path}/blobs","WX_PUBLIC_URL":"http://localhost:8081","WX_FRONT_URL":"http://localhost:8080"}
    t=time.monotonic(); pt=time.process_time()
    pr=cProfile.Profile(); 
    if os.environ.get("PROF"): pr.enable()
    made = await load(read_demo_settings(env), tmp_path/"data", datetime.now(UTC), lambda a,b: None)
    if os.environ.get("PROF"):
        pr.disable(); pstats.Stats(pr).sort_stats("cumtime").print_stats(60)
    print(made, time.monotonic()-t, time.process_time()-pt)
    import asyncpg
    c = await asyncpg.connect(cell_db.dsn("wx_admin"))
    print(await c.fetch("select act, dec, count(*) from ledger_leaf group by 1,2 order by 1,2"))
    for r in await c.fetch("select role, count(*), count(distinct date_trunc('day', ts)) from ledger_leaf group by 1"): print(r)
    print(await c.fetch("select date_trunc('day', ts)::date::text d, count(*) n from ledger_leaf group by 1 order by 1"))
    print(await c.fetch("select count(*) from ledger_member"), await c.fetch("select count(distinct ts) from ledger_leaf"))
    for r in await c.fetch("select leaf from ledger_leaf order by random() limit 12"): print(r[0])
    for r in await c.fetch("select a.email, count(*) n from gate.account a join ledger_leaf l on l.who=a.code group by 1 order by 2"): print(r)
    await c.close()
