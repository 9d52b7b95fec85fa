"""Every cell and the front door, brought up side by side and kept up until somebody says stop."""

import asyncio
import time
from collections.abc import Callable, Iterable

from infra import environment
from infra.cell import Cell
from infra.cell_start import CellStart
from infra.front import Front
from infra.front_start import FrontStart
from infra.options import Options
from infra.pinning import pin_each_other
from infra.process import Process
from infra.refusal import Refused
from infra.screen import show_ready, show_root, show_states, show_ways_in
from infra.sentences import say
from infra.sheet import client_domains, join_sheets, remove_sheets
from infra.supervisor import Supervisor
from infra.wholeness import check_front, check_whole, forget

TICK = 0.05
MAIL = "front/mail"
STOPPING = (("web", "worker", "demo", "assets"), ("keeper", "mail"), ("postgres",))


class House:
    """Everything `run` starts. `up` returns when it is ready, `keep` does not return, `down` stops it."""

    def __init__(self, options: Options, tell: Callable[[str], None]) -> None:
        self._options = options
        self._tell = tell
        self._supervisor = Supervisor(tell)
        self._front = FrontStart(Front(options.data), options, self._supervisor, tell)
        self._cells = [
            CellStart(Cell(options.data, region), options, self._supervisor, tell)
            for region in options.regions
        ]
        self._assets: Process | None = None
        self._began = time.monotonic()

    def up(self) -> None:
        """Bring everything up. Raises `Refused` with the reason when something does not come."""
        if self._options.fresh:
            forget(self._options)
        self._look_around()
        try:
            asyncio.run(self._up())
        except ExceptionGroup as several:  # what is refused first ends the others' start
            raise _first(several) from None
        self._tell_all(show_ways_in(self._options))

    def keep(self) -> None:
        """Watch until interrupted; say how everything is whenever something has changed."""
        seen = self._supervisor.changes
        while True:
            self._tend()
            if seen != self._supervisor.changes:
                seen = self._supervisor.changes
                self._tell_all(show_states(self._options, self._supervisor.states()))
            time.sleep(2 * TICK)

    def down(self) -> None:
        """Stop everything that was started; the tokens of this run are forgotten."""
        self._supervisor.stop(STOPPING)
        remove_sheets(self._options)

    def _look_around(self) -> None:
        """Refuse what does not belong together before anything is started."""
        check_front(self._front.front)
        for start in self._cells:
            check_whole(start.cell)
        for quarters in (self._front.front, *(start.cell for start in self._cells)):
            try:
                quarters.prepare()
            except OSError as error:
                said = (error.strerror or "").lower()
                raise Refused("infra:unwritable", path=str(quarters.folder), said=said) from None
        self._tell_all(show_root(self._front.front))

    async def _up(self) -> None:
        async with asyncio.TaskGroup() as group:
            tending = group.create_task(self._tending())
            starts = (self._front.up(), *(cell.up() for cell in self._cells))
            parts = [group.create_task(start) for start in starts]
            self._start_assets()
            if self._options.demo:
                self._start_mail()
            await asyncio.gather(*parts)
            pin_each_other([start.cell for start in self._cells], self._tell)
            await self._know_the_demo()
            took = time.monotonic() - self._began
            self._tell_all(show_ready(self._options, self._supervisor.states(), took))
            await asyncio.gather(*(cell.renew_demo() for cell in self._cells))
            await self._know_the_demo()
            tending.cancel()

    async def _know_the_demo(self) -> None:
        """Put together what the cells' demos say so far, and have the front door know their clients."""
        if self._options.demo:
            join_sheets(self._options)
            await self._front.know(client_domains(self._options))

    def _tell_all(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._tell(line)

    async def _tending(self) -> None:
        while True:
            self._tend()
            self._supervisor.refuse_failing()
            await asyncio.sleep(TICK)

    def _start_assets(self) -> None:
        """Fetch fonts and htmx beside everything else: the house does not wait for them."""
        log = self._front.front.logs / "assets.log"
        self._assets = Process("assets", environment.python("infra.assets"), environment.fetching(), log)
        self._supervisor.start(self._assets, errand=True)

    def _start_mail(self) -> None:
        """Start what catches the demo's mail, one for all cells."""
        options = self._options
        ports = ("--page", str(options.mail_port), "--smtp", str(options.mail_port + 1))
        command = environment.python("infra.mail", "--folder", str(options.data / "mail"), *ports)
        log = self._front.front.logs / "mail.log"
        self._supervisor.start(Process(MAIL, command, environment.mail(), log))

    def _tend(self) -> None:
        self._supervisor.tend()
        if self._assets is not None and (status := self._assets.ended()) is not None:
            self._assets = None
            if status != 0:
                said = self._supervisor.last_words("assets")
                self._tell(say(Refused("infra:assets_failed", said=said)))


def _first(several: BaseExceptionGroup[BaseException]) -> BaseException:
    found = several.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
