"""One cell brought up: its databases, its demo, its three processes, until it says that it can serve."""

import asyncio
from collections.abc import Callable

import asyncpg

from infra import environment
from infra.cell import Cell
from infra.migrate import migrate
from infra.options import Options
from infra.postgres import Server
from infra.process import Process
from infra.readiness import await_ready
from infra.refusal import Refused
from infra.roles import prepare_roles
from infra.supervisor import Supervisor
from infra.wholeness import LOADING

TICK = 0.05
PROCESSES = {"keeper": "keeper", "web": "serve", "worker": "worker"}


class CellStart:
    """The start of one cell. Everything is launched by the one thread: who started a child must outlive it."""

    def __init__(
        self, cell: Cell, options: Options, supervisor: Supervisor, tell: Callable[[str], None]
    ) -> None:
        self.cell = cell
        self._options = options
        self._supervisor = supervisor
        self._tell = tell
        self._is_old = False  # somebody was at home here before

    async def up(self) -> None:
        """Bring the cell up. Raises `Refused` with the reason when something does not come."""
        server = Server(self.cell)
        self._supervisor.start(server)
        await server.ready()
        self._is_old = not await self._shape()
        if self._options.demo and not self._is_old:
            await self._load_demo()
        self._start_processes()
        url = self._options.cells[self.cell.region]
        await await_ready(url, str(self.cell.logs))

    async def renew_demo(self) -> None:
        """Sign the demo's people of an old cell in anew, once the house serves: a password takes as long as it must."""
        if self._options.demo and self._is_old:
            await self._ended(self._start_demo())

    async def _shape(self) -> bool:
        """Bring both databases to shape, and say whether nobody is at home here yet."""
        await prepare_roles(self.cell)
        main, keys = self.cell.dsn("wx_admin"), self.cell.keys_dsn("wx_admin")
        ran = await migrate(main, keys, self.cell.region)
        if ran:
            self._tell(f"{self.cell.region}: databases made or brought up to date ({len(ran)} steps).")
        connection = await asyncpg.connect(main)
        try:
            return not await connection.fetchval("select exists (select from organisation)")
        finally:
            await connection.close()

    def _start_processes(self) -> None:
        told = {"keeper": environment.keeper, "web": environment.web, "worker": environment.worker}
        for name, command in PROCESSES.items():
            environ = told[name](self.cell, self._options)
            self._supervisor.start(self._process(name, environment.python("portal", command), environ))

    def _process(self, name: str, command: list[str], told: dict[str, str]) -> Process:
        return Process(f"{self.cell.region}/{name}", command, told, self.cell.logs / f"{name}.log")

    def _start_demo(self) -> Process:
        command = environment.python("portal", "demo", "--data", str(self.cell.folder))
        demo = self._process("demo", command, environment.demo(self.cell, self._options))
        self._supervisor.start(demo, errand=True)
        return demo

    async def _load_demo(self) -> None:
        """Fill an empty cell; a mark stands while it is half full, so that the next start begins anew."""
        self._tell(f"{self.cell.region}: loading the demo …")
        mark = self.cell.folder / LOADING
        mark.touch()
        await self._ended(self._start_demo())
        mark.unlink()

    async def _ended(self, demo: Process) -> None:
        while (status := demo.ended()) is None:  # noqa: ASYNC110 - a child sets no event
            await asyncio.sleep(TICK)
        self._supervisor.tend()
        if status != 0:
            said = self._supervisor.last_words(demo.name)
            raise Refused("infra:demo_failed", region=self.cell.region, said=said, log=str(demo.log_file))
