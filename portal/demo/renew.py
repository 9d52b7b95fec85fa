"""A later start: the cell is as it was left; everybody of the demo signs in again, and the sheet is written anew."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, Final

import asyncpg

from portal.demo.opened import DEVICE, Opened
from portal.demo.people import accounts_of
from portal.demo.settings import DemoSettings
from portal.demo.sheet import write_sheet
from security.keeper.client import KeeperClient, KeeperRefused, KeeperUnavailable
from security.sign_in.accounts import sign_in_name

PATIENCE: Final = timedelta(seconds=20)
PAUSE: Final = 0.1
DEADLINE: Final = 10.0
TRIES: Final = 5
AT_ONCE: Final = 2  # the keeper checks two passwords at a time
ADDRESS: Final = "127.0.0.1"
_KNOWN: Final = (
    "select id, email, code, org_id, passenger_id from gate.account"
    " where email = any ($1) and disabled_at is null"
)


class KeeperSilent(Exception):  # noqa: N818 -- named for what happened
    """The keeper did not begin to serve in time."""

    code: ClassVar[str] = "demo:keeper_silent"


async def renew(settings: DemoSettings, data: Path) -> int:
    """Sign in every demo account that there is and write the sheet; give their number. Raises KeeperSilent."""
    known = await _known(settings)
    keeper = KeeperClient(settings.keeper_url, deadline=DEADLINE, connections=AT_ONCE)
    try:
        await _await_keeper(keeper)
        turns = asyncio.Semaphore(AT_ONCE)
        tokens = await asyncio.gather(*(_sign_in(keeper, one, turns) for one in known))
    finally:
        await keeper.close()
    signed_in = [(one, token) for one, token in zip(known, tokens, strict=True) if token is not None]
    write_sheet(data, settings, signed_in)
    return len(signed_in)


async def is_empty(settings: DemoSettings) -> bool:
    """Whether nobody is at home in this cell yet."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        return not await connection.fetchval("select exists (select from organisation)")
    finally:
        await connection.close()


async def _known(settings: DemoSettings) -> list[Opened]:
    """Find the demo's accounts: a cell that was begun without the demo has none, and nobody is guessed at."""
    demo = {sign_in_name(account.email): account for account in accounts_of(settings.region)}
    connection: Any = await asyncpg.connect(settings.database_url)
    try:
        rows = {row["email"]: row for row in await connection.fetch(_KNOWN, list(demo))}
    finally:
        await connection.close()
    return [
        Opened(account, row["id"], row["code"], row["org_id"], row["passenger_id"])
        for email, account in demo.items()
        if (row := rows.get(email)) is not None
    ]


async def _await_keeper(keeper: KeeperClient) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE.total_seconds()
    while True:
        try:
            if (await keeper.status()).ready:
                return
        except KeeperUnavailable:
            pass
        if loop.time() > until:
            raise KeeperSilent
        await asyncio.sleep(PAUSE)


async def _sign_in(keeper: KeeperClient, one: Opened, turns: asyncio.Semaphore) -> str | None:
    """Give a new token, or None for somebody who is refused: a changed password is no reason not to start.

    On a busy machine a password may take longer than the keeper's deadline. Raises KeeperSilent.
    """
    async with turns:
        for _ in range(TRIES):
            try:
                return (await keeper.sign_in(one.demo.email, one.demo.password, DEVICE, ADDRESS)).token
            except KeeperRefused:
                return None
            except KeeperUnavailable:
                await asyncio.sleep(PAUSE)
        raise KeeperSilent
