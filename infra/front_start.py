"""The front door brought up: its database, what it must know of the cells, its process."""

from collections.abc import Callable, Mapping

import asyncpg

from infra import environment
from infra.front import FRONT, Front
from infra.migrate import migrate_front
from infra.options import Options
from infra.postgres import SMALL, Server
from infra.process import Process
from infra.readiness import await_ready
from infra.roles import prepare_front_roles
from infra.supervisor import Supervisor
from portal.directory.register import freeze_placement, list_cells, place_domains


class FrontStart:
    """The start of the front door."""

    def __init__(
        self, front: Front, options: Options, supervisor: Supervisor, tell: Callable[[str], None]
    ) -> None:
        self.front = front
        self._options = options
        self._supervisor = supervisor
        self._tell = tell

    async def up(self) -> None:
        """Bring the front door up. Raises `Refused` with the reason when something does not come."""
        server = Server(self.front, settings=SMALL)
        self._supervisor.start(server)
        await server.ready()
        await prepare_front_roles(self.front)
        if await migrate_front(self.front.dsn("wx_admin")):
            self._tell("front: database made or brought up to date.")
        connection = await self._connect()
        try:
            await list_cells(connection, self._options.cells)
            await freeze_placement(connection, self._options.regions)
        finally:
            await connection.close()
        command, told = environment.python("portal", "front"), environment.front(self.front, self._options)
        self._supervisor.start(Process(f"{FRONT}/web", command, told, self.front.logs / "web.log"))
        await await_ready(self._options.front, str(self.front.logs))

    async def know(self, domains: Mapping[str, str]) -> None:
        """Have the directory know in which region each sign-in domain is at home."""
        connection = await self._connect()
        try:
            await place_domains(connection, self.front.directory_key, domains)
        finally:
            await connection.close()

    async def _connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        connection = await asyncpg.connect(self.front.dsn("wx_admin"))
        await connection.execute("set role wx_owner")
        return connection
