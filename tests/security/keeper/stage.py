"""A keeper on a cell of its own: two organisations, their passengers, a trip, one account per role."""

import asyncio
import contextlib
import json
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids

from audit.blobs import Blobs, FileBlobs
from security.fields import FIELDS
from security.keeper.client import KeeperClient, KeeperUnavailable, Sealed, SealItem
from security.keeper.server import serve
from security.settings import Cost, KeeperSettings
from security.sign_in.accounts import open_account
from security.sign_in.passwords import hash_password
from tests.database import FOLDER, CellDb

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
QUICK = Cost(time=1, memory_kib=8, lanes=1)
PASSWORD = "a long enough invented sentence"
PASSPORT = "X4RTBPFW4"
HOUR = timedelta(hours=1)
CLIENTS = {"traveller", "booker", "client_admin"}
STAFF = ("sales", "service_agent", "operations", "finance", "compliance", "auditor", "administrator")
STORE = {
    "passenger": "update passenger set birth_date = $3 where id = $1 and id = $2",
    "travel_document": "insert into travel_document"
    " (id, passenger_id, org_id, kind, issuing_state, expires_on, number)"
    " select $1, $2, org_id, $4, 'NLD', $5, $3 from passenger where id = $2",
    "payment_card": "insert into payment_card (id, passenger_id, org_id, number) select $1, $2, org_id, $3"
    " from passenger where id = $2",
    "bank_account": "insert into bank_account (id, passenger_id, org_id, iban) select $1, $2, org_id, $3"
    " from passenger where id = $2",
}


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class Stage:
    """What a test of the keeper acts on."""

    db: CellDb
    settings: KeeperSettings
    client: KeeperClient
    stop: asyncio.Event
    clock: Clock
    owner: "asyncpg.Connection[asyncpg.Record]"
    org: UUID
    other_org: UUID
    mei: UUID
    stranger: UUID
    trip: UUID

    async def sign_in(self, role: str) -> str:
        signed = await self.client.sign_in(f"{role}@example.test", PASSWORD, "Firefox · Linux", "192.0.2.7")
        return signed.token

    async def stepped_up(self, role: str) -> str:
        token = await self.sign_in(role)
        await self.client.step_up(token, request(), PASSWORD)
        return token

    async def seal(
        self, field: str, value: str, subject: UUID | None = None, row: UUID | None = None
    ) -> Sealed:
        """Seal as the booker of the first organisation."""
        subject = subject or self.mei
        row = row or (subject if field == "birth_date" else uuids.uuid7())
        item = SealItem(field, row, value)
        (sealed,) = await self.client.seal(await self.sign_in("booker"), request(), subject, self.org, [item])
        return sealed

    async def on_file(self, field: str, value: str, expires: datetime | None = None) -> Sealed:
        """Seal a value of the first passenger and store it as web would."""
        sealed = await self.seal(field, value)
        await self.store(sealed, self.mei, expires)
        return sealed

    async def store(self, sealed: Sealed, subject: UUID, expires: datetime | None = None) -> None:
        table = FIELDS[sealed.field].table
        more = (sealed.field.removesuffix(".number"), expires) if table == "travel_document" else ()
        await self.owner.execute(STORE[table], sealed.row, subject, sealed.envelope, *more)

    async def reveal(self, token: str, **asked: Any) -> Any:
        """Ask for the first passenger's passport for a border filing, or what is asked instead."""
        usual = {
            "request": request(),
            "subject": self.mei,
            "field": "passport.number",
            "row": None,
            "purpose": "border_filing",
            "reference": f"eu_{self.trip}",
            "reason": "the border of the Netherlands asks",
        }
        return await self.client.reveal(token, **(usual | asked))

    async def leaves(self, act: str) -> list[dict[str, Any]]:
        """Read the leaves of one kind, oldest first, each with its side document."""
        rows = await self.owner.fetch(
            "select leaf, document from ledger_leaf left join ledger_fact using (index)"
            " where act = $1 order by index",
            act,
        )
        return [json.loads(row["leaf"]) | {"document": json.loads(row["document"] or "{}")} for row in rows]

    async def restarted(self) -> None:
        """Wait until the keeper is ready."""
        await ready(self.client)

    async def ended(self) -> None:
        """End the stage's keeper and wait until it has gone."""
        self.stop.set()
        await until(lambda: not self.settings.socket.exists())


def request() -> UUID:
    """Make a request id."""
    return uuids.uuid7()


async def ready(client: KeeperClient) -> None:
    """Wait until a keeper says that nothing is missing."""
    for _ in range(1000):
        with contextlib.suppress(KeeperUnavailable):
            if (await client.status()).ready:
                return
        await asyncio.sleep(0.02)
    raise TimeoutError


async def until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so, at most twenty seconds."""
    for _ in range(2000):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise TimeoutError


def settings_for(db: CellDb, folder: Path, **changes: Any) -> KeeperSettings:
    """Configure a keeper for a cell whose files lie in a folder."""
    usual = KeeperSettings(
        region=db.region,
        database_url=db.dsn("wx_keeper"),
        keystore_url=db.keys_dsn("wx_keeper"),
        socket=folder / "run" / "k.sock",
        custodian=f"file:{folder / 'custody'}",
        blobs=folder / "blobs",
        erasures=folder / "erasures",
        password_cost=QUICK,
        connections=4,
    )
    return replace(usual, **changes)


@contextlib.asynccontextmanager
async def keeper(
    settings: KeeperSettings, clock: Clock, blobs: Blobs | None = None
) -> AsyncIterator[tuple[KeeperClient, asyncio.Event]]:
    """Run a keeper in this process, until its event is set; its client need not find it ready."""
    stop = asyncio.Event()
    serving = asyncio.create_task(serve(settings, blobs or FileBlobs(settings.blobs), clock, stop))
    client = KeeperClient(f"unix:{settings.socket}")
    try:
        await until(lambda: settings.socket.exists() or serving.done())
        yield client, stop
    finally:
        await client.close()
        stop.set()
        await serving


@contextlib.asynccontextmanager
async def short_folder() -> AsyncIterator[Path]:
    """Give a folder whose name is short enough for a socket, in memory where the session's folder is."""
    folder = Path(tempfile.mkdtemp(prefix="wxk-", dir=os.environ.get(FOLDER)))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def staged(db: CellDb, blobs: Blobs | None = None, **changes: Any) -> AsyncIterator[Stage]:
    """Set the stage and wait until its keeper is ready."""
    async with short_folder() as folder:
        settings, clock = settings_for(db, folder, **changes), Clock()
        owner = await asyncpg.connect(db.dsn("wx_admin"))
        try:
            ids = await _people(owner)
            async with keeper(settings, clock, blobs) as (client, stop):
                await ready(client)
                yield Stage(db, settings, client, stop, clock, owner, **ids)
        finally:
            await owner.close()


async def _people(owner: "asyncpg.Connection[asyncpg.Record]") -> dict[str, UUID]:
    ids = {name: uuids.uuid7() for name in ("org", "other_org", "mei", "stranger", "trip")}
    for org, passenger in (("org", "mei"), ("other_org", "stranger")):
        await owner.execute("insert into organisation values ($1, 'eu', $2, 'NL', 'en')", ids[org], org)
        await owner.execute(
            "insert into passenger (id, org_id, given_name, sort_key) values ($1, $2, $3, $4)",
            ids[passenger],
            ids[org],
            passenger,
            b"",
        )
    await add_leg(owner, ids["trip"], ids["org"], ids["mei"])
    hashed = hash_password(PASSWORD, QUICK)
    for role in (*sorted(CLIENTS), *STAFF):
        await open_account(
            owner,
            email=f"{role}@example.test",
            password_hash=hashed,
            role=role,
            org=ids["org"] if role in CLIENTS else None,
            passenger=ids["mei"] if role == "traveller" else None,
        )
    return ids


async def add_leg(
    owner: "asyncpg.Connection[asyncpg.Record]",
    trip: UUID,
    org: UUID,
    passenger: UUID,
    *,
    state: str = "confirmed",
    departs: datetime = NOON + timedelta(days=3),
) -> None:
    """Make a trip with one leg of two hours that carries one passenger."""
    leg = uuids.uuid7()
    arrives = departs + 2 * HOUR
    await owner.execute(
        "insert into trip (id, org_id, reference, state) values ($1, $2, $3, $4)", trip, org, str(trip), state
    )
    await owner.execute(
        "insert into leg"
        " (id, trip_id, org_id, position, from_airport, to_airport, departs_local, arrives_local,"
        " departs_at, arrives_at, aircraft, tail)"
        " values ($1, $2, $3, 1, 'AMS', 'LHR', $4, $5, $6, $7, 'PC12', 'PH-ABC')",
        leg,
        trip,
        org,
        departs.replace(tzinfo=None),
        arrives.replace(tzinfo=None),
        departs,
        arrives,
    )
    await owner.execute(
        "insert into leg_passenger (id, leg_id, trip_id, passenger_id, org_id) values ($1, $2, $3, $4, $5)",
        uuids.uuid7(),
        leg,
        trip,
        passenger,
        org,
    )
