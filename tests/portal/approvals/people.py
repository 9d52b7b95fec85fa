"""What tests of approvals act with: colleagues, stepped-up programs, the worker's hands."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import httpx

from portal.web.settings import WebSettings
from tests.portal.house import House
from tests.portal.page import Visitor
from tests.security.keeper.agreeing import again, colleague, name_members
from tests.security.keeper.stage import PASSPORT, PASSWORD

BASE = "/api/v1/approvals"
CHECK = {"purpose": "identity_check", "reason": "the police of Chur asks"}


async def stepped_up(house: House, role: str) -> httpx.AsyncClient:
    """Give a program that speaks for a role and has stepped up."""
    client = await house.api(role)
    assert (await client.post("/api/v1/me/step-ups", json={"password": PASSWORD})).status_code == 201
    return client


async def second(house: House, role: str, name: str = "second", org: UUID | None = None) -> httpx.AsyncClient:
    """Give a stepped-up program of a colleague, who is made if need be."""
    known = f"{name}.{role}@example.test"
    there = await house.stage.owner.fetchval("select true from gate.account where email = $1", known)
    token = await again(house.stage, role, name) if there else await colleague(house.stage, role, name, org)
    await name_members(house.stage)
    return house.client(headers={"authorization": f"Bearer {token}"})


async def second_browser(house: House, role: str, tag: str = "en") -> Visitor:
    """Give a colleague at the pages."""
    await second(house, role)
    visitor = Visitor(house.client(), tag, "http://eu.waxwing.test")
    await visitor.open("/sign-in")
    await visitor.submit("/sign-in", email=f"second.{role}@example.test", password=PASSWORD)
    return visitor


async def asked(house: House, client: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    """Ask for the passport of the first passenger; gives the request."""
    body = {"passenger": house.mei, "field": "passport.number", "reference": house.trip, **CHECK, **changes}
    answer = await client.post(BASE, json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def decided(client: httpx.AsyncClient, made: Any, decision: str = "approve") -> httpx.Response:
    """Decide a request."""
    return await client.post(f"{BASE}/{made['id']}/decisions", json={"decision": decision})


async def on_file(house: House) -> str:
    """Put the passport of the first passenger on file; gives its row."""
    return f"eu_{(await house.stage.on_file('passport.number', PASSPORT)).row}"


@contextlib.asynccontextmanager
async def worker_of(house: House, **changes: Any) -> AsyncIterator[tuple[WebSettings, Any, Any]]:
    """Give the worker's settings, its pool, and short transactions in its role."""
    settings = replace(house.app.state.settings, database_url=house.stage.db.dsn("wx_worker"), **changes)
    pool = await asyncpg.create_pool(settings.database_url, min_size=1, max_size=2)

    @contextlib.asynccontextmanager
    async def work() -> AsyncIterator[Any]:
        async with pool.acquire() as connection, connection.transaction():
            await connection.execute("select set_config('role', 'wx_as_worker', true)")
            yield connection

    try:
        yield settings, pool, work
    finally:
        pool.terminate()
