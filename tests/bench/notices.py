"""`python -m tests.bench.notices`: a change to a leg with twenty passengers, until all mails are at the mail server.

Real processes on a PostgreSQL of its own that syncs every commit: keeper, web, worker, and the demo's mail server. The
time counts from the request that changes the leg; the coalescing window (one second, as in the demo) is in it.
"""

import asyncio
import os
import sys
import time
from datetime import datetime, timedelta
from typing import Any

import httpx
import uuid_utils.compat as uuids

from infra import environment
from infra.process import Process
from tests import database
from tests.bench.figures import Promise
from tests.faults.site import Site, opened
from tests.ports import free_ports

PASSENGERS, ROUNDS, PROMISED = 20, 5, 3.0
WINDOW = "1"


async def _board(site: Site) -> None:
    """Put twenty passengers who can be reached on the leg, and give it airports and times of its own."""
    async with site.owner() as owner:
        leg = await owner.fetchrow("select id, trip_id, org_id from leg limit 1")
        await owner.execute("update leg set from_airport = 'EHAM', to_airport = 'EGLF'")
        for number in range(PASSENGERS - 1):  # one is there already: the traveller with an account
            person = uuids.uuid7()
            await owner.execute(
                "insert into passenger (id, org_id, given_name, email, sort_key) values ($1, $2, $3, $4, '')",
                person,
                leg["org_id"],
                f"Number {number}",
                f"number{number}@example.test",
            )
            await owner.execute(
                "insert into leg_passenger (id, leg_id, trip_id, passenger_id, org_id) values ($1, $2, $3, $4, $5)",
                uuids.uuid7(),
                leg["id"],
                leg["trip_id"],
                person,
                leg["org_id"],
            )


async def _once(site: Site, client: httpx.AsyncClient, mail: str, seen: int) -> tuple[float, int]:
    """Change the leg and wait for its mails; gives the seconds and how many there were."""
    trip = (await client.get(f"/api/v1/trips/eu_{site.ids['trip']}")).json()
    leg = trip["legs"][0]
    times = {
        name: (datetime.fromisoformat(leg[name]) + timedelta(hours=1)).isoformat()
        for name in ("departs_at", "arrives_at")
    }
    began = time.perf_counter()
    made = await client.post(f"/api/v1/trips/{trip['id']}/changes", json={"leg": leg["id"], "set": times})
    made.raise_for_status()
    expected = seen + len(made.json()["notices"])
    async with httpx.AsyncClient() as post:
        while len((await post.get(f"{mail}/messages")).json()) < expected:
            await asyncio.sleep(0.05)
    return time.perf_counter() - began, len(made.json()["notices"])


async def _measure() -> list[float]:
    smtp, page = free_ports(2), free_ports(2)
    os.environ |= {"WX_SMTP_URL": f"smtp://127.0.0.1:{smtp}", "WX_NOTICE_WINDOW_SECONDS": WINDOW}
    took: list[float] = []
    async with database.lone_cell() as made, opened(made.server) as site:
        command: list[Any] = environment.python("infra.mail", "--folder", str(site.cell.folder / "mail"))
        ports = ("--smtp", str(smtp), "--page", str(page))
        catcher = Process("mail", [*command, *ports], environment.mail(), site.cell.logs / "mail.log")
        site.processes["mail"] = catcher
        catcher.launch()
        site.launch("worker")
        await site.ready(60)
        await _board(site)
        client, seen = await site.client("operations"), 0
        for _ in range(ROUNDS):
            seconds, count = await _once(site, client, f"http://127.0.0.1:{page}", seen)
            seen += count
            took.append(seconds)
            print(f"  {count} mails in {seconds:.2f} s", flush=True)
    return took


def main() -> int:
    """Measure, print, and exit 1 if the promise is broken."""
    print(f"{os.cpu_count()} processors, load before the start {os.getloadavg()[0]:.1f}", flush=True)
    database.announce()
    try:
        took = asyncio.run(_measure())
    finally:
        database.conclude()
    promise = Promise(
        "a change to a leg with 20 passengers: all mails at the server", max(took), PROMISED, "s"
    )
    print(promise.line())
    return 0 if promise.kept else 1


if __name__ == "__main__":
    sys.exit(main())
