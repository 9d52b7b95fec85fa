"""One cell and its front door, brought up in order and kept up until somebody says stop."""

import asyncio
import time
from collections.abc import Callable

import asyncpg

from infra import environment
from infra.cell import Cell
from infra.migrate import migrate
from infra.options import Options
from infra.postgres import Server
from infra.process import Process
from infra.readiness import missing_at
from infra.refusal import Refused
from infra.roles import prepare_roles
from infra.screen import show_ready, show_root
from infra.sentences import say
from infra.supervisor import Supervisor
from infra.wholeness import LOADING, check_whole, forget

PATIENCE = 60.0  # seconds until everything must be ready
TICK = 0.05
STOPPING = (("front", "web", "worker", "demo", "assets"), ("keeper",), ("postgres",))


class House:
    """Everything `run` starts. `up` returns when it is ready, `keep` does not return, `down` stops it."""

    def __init__(self, options: Options, tell: Callable[[str], None]) -> None:
        self._options = options
        self._tell = tell
        self._cell = Cell(options.data, options.regions[0])
        self._supervisor = Supervisor(tell)
        self._assets: Process | None = None
        self._began = time.monotonic()

    def up(self) -> None:
        """Bring everything up. Raises `Refused` with the reason when something does not come."""
        if self._options.fresh:
            forget(self._options)
        check_whole(self._cell)
        self._cell.prepare()
        for line in show_root(self._cell):
            self._tell(line)
        is_empty = self._databases()
        self._start_assets()
        if self._options.demo and is_empty:
            self._load_demo()
        self._start_processes()
        if self._options.demo and not is_empty:
            self._await_demo(self._start_demo())  # an old cell: only the tokens are made anew
        self._await_ready()
        for line in show_ready(self._options, self._cell, time.monotonic() - self._began):
            self._tell(line)

    def keep(self) -> None:
        """Watch until interrupted."""
        while True:
            self._tend()
            time.sleep(2 * TICK)

    def down(self) -> None:
        """Stop everything that was started; the tokens of this run are forgotten."""
        self._supervisor.stop(STOPPING)
        (self._options.data / "demo.json").unlink(missing_ok=True)

    def _databases(self) -> bool:
        """Start PostgreSQL, bring both databases to shape, and say whether nobody is at home here yet."""
        server = Server(self._cell)
        self._supervisor.start(server)
        server.await_ready()
        return asyncio.run(self._shape())

    async def _shape(self) -> bool:
        await prepare_roles(self._cell)
        main, keys = self._cell.dsn("wx_admin"), self._cell.keys_dsn("wx_admin")
        ran = await migrate(main, keys, self._cell.region)
        if ran:
            self._tell(f"Databases made or brought up to date ({len(ran)} steps).")
        connection = await asyncpg.connect(main)
        try:
            return not await connection.fetchval("select exists (select from organisation)")
        finally:
            await connection.close()

    def _process(self, name: str, command: list[str], told: dict[str, str]) -> Process:
        logs = self._options.data / "front" / "log" if name == "front" else self._cell.logs
        return Process(name, command, told, logs / f"{name}.log")

    def _start_processes(self) -> None:
        cell, options, python = self._cell, self._options, environment.python
        self._supervisor.start(
            self._process("keeper", python("portal", "keeper"), environment.keeper(cell, options))
        )
        self._supervisor.start(
            self._process("web", python("portal", "serve"), environment.web(cell, options))
        )
        self._supervisor.start(
            self._process("worker", python("portal", "worker"), environment.worker(cell, options))
        )
        self._supervisor.start(self._process("front", python("portal", "front"), environment.front(options)))

    def _start_demo(self) -> Process:
        command = environment.python("portal", "demo", "--data", str(self._options.data))
        demo = self._process("demo", command, environment.demo(self._cell, self._options))
        self._supervisor.start(demo, errand=True)
        return demo

    def _load_demo(self) -> None:
        """Fill an empty cell; a mark stands while it is half full, so that the next start begins anew."""
        self._tell("Loading the demo …")
        mark = self._cell.folder / LOADING
        mark.touch()
        self._await_demo(self._start_demo())
        mark.unlink()

    def _await_demo(self, demo: Process) -> None:
        while (status := demo.ended()) is None:
            self._tend()
            time.sleep(TICK)
        self._tend()
        if status != 0:
            raise Refused(
                "infra:demo_failed", said=self._supervisor.last_words("demo"), log=str(demo.log_file)
            )

    def _await_ready(self) -> None:
        deadline = time.monotonic() + PATIENCE
        addresses = [*self._options.cells.values(), self._options.front]
        while missing := next(filter(None, map(missing_at, addresses)), ""):
            self._tend()
            self._supervisor.refuse_failing()
            if time.monotonic() > deadline:
                logs = str(self._cell.logs)
                raise Refused("infra:not_ready", seconds=f"{PATIENCE:.0f}", missing=missing, log=logs)
            time.sleep(TICK)

    def _start_assets(self) -> None:
        """Fetch fonts and htmx beside everything else: the house does not wait for them."""
        self._assets = self._process("assets", environment.python("infra.assets"), environment.fetching())
        self._supervisor.start(self._assets, errand=True)

    def _tend(self) -> None:
        self._supervisor.tend()
        if self._assets is not None and (status := self._assets.ended()) is not None:
            self._assets = None
            if status != 0:
                said = self._supervisor.last_words("assets")
                self._tell(say(Refused("infra:assets_failed", said=said)))
