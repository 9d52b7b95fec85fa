"""Watches processes, starts them again with growing pauses, and stops all of them in order."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from infra.journal import Journal
from infra.process import Tended
from infra.refusal import Refused
from infra.sentences import say

FIRST_PAUSE = 0.2  # seconds
LONGEST_PAUSE = 5.0
STEADY = 10.0  # a process that lived this long begins with the first pause again
POLITE = 1.6  # seconds given to each step of stopping; with three steps within the promised five
TRIES = 3  # before the house is ready: then it is not an accident


def _wall_clock() -> datetime:
    return datetime.now().astimezone()


@dataclass(slots=True)
class Watch:
    """One process and when it is started again. Times are those of `time.monotonic`, but for `since`."""

    process: Tended
    journal: Journal
    pause: float = FIRST_PAUSE
    started: float = 0.0
    again_at: float | None = None
    failures: int = 0
    errand: bool = False  # ends by itself and is not started again
    since: datetime = field(default_factory=_wall_clock)


@dataclass(frozen=True, slots=True)
class State:
    """How one process is, and since when."""

    name: str
    runs: bool
    since: datetime


class Supervisor:
    """All processes of one run, in the order they are started; they are stopped in the reverse order."""

    def __init__(self, tell: Callable[[str], None], now: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._now = now
        self._watches: list[Watch] = []
        self.changes = 0  # how often something ended or was started again

    def start(self, process: Tended, *, errand: bool = False) -> None:
        """Start a process and watch it from now on. An errand ends by itself and is not started again."""
        journal = Journal(process.name, process.log_file)
        self._watches.append(Watch(process, journal, started=self._now(), errand=errand))
        process.launch()

    def last_words(self, name: str) -> str:
        """Return the last line a process wrote."""
        return next((watch.journal.last_words for watch in self._watches if watch.process.name == name), "")

    def states(self) -> Iterator[State]:
        """Say how each process is that is meant to run for good."""
        for watch in self._watches:
            if not watch.errand:
                yield State(watch.process.name, watch.again_at is None, watch.since)

    def tend(self) -> None:
        """Look at every process once: tell its warnings, note its end, start it again after its pause."""
        for watch in self._watches:
            for line in watch.journal.news():
                self._tell(line)
            if watch.again_at is None:
                self._look(watch)
            elif self._now() >= watch.again_at:
                self._again(watch)

    def _again(self, watch: Watch) -> None:
        watch.again_at, watch.started = None, self._now()
        try:
            watch.process.launch()
        except (Refused, OSError) as refused:  # what stops one process from starting leaves the others alone
            said = say(refused) if isinstance(refused, Refused) else str(refused.strerror)
            self._put_off(watch, f"does not start: {said}")
        else:
            self._changed(watch)

    def refuse_failing(self) -> None:
        """Raise `infra:process_fails` for a process that ended several times before the house was ready."""
        for watch in self._watches:
            if watch.failures >= TRIES:
                said, log = watch.journal.last_words, str(watch.process.log_file)
                raise Refused("infra:process_fails", name=watch.process.name, said=said, log=log)

    def _look(self, watch: Watch) -> None:
        status = watch.process.ended()
        if status is None or watch.errand:
            return
        if self._now() - watch.started >= STEADY:
            watch.pause = FIRST_PAUSE
        watch.failures += 1
        self._put_off(watch, f"ended by signal {-status}" if status < 0 else f"ended with status {status}")

    def _put_off(self, watch: Watch, how: str) -> None:
        watch.again_at = self._now() + watch.pause
        self._tell(f"  {watch.process.name:<11} {how}; starts again in {watch.pause:.1f} s")
        watch.pause = min(watch.pause * 2, LONGEST_PAUSE)
        self._changed(watch)

    def _changed(self, watch: Watch) -> None:
        watch.since = _wall_clock()
        self.changes += 1

    def stop(self, groups: Sequence[Sequence[str]]) -> None:
        """Stop all processes, those of one group together, group after group, politely at first.

        A group is told by what stands after the slash of a name: `web` is that of every cell.
        """
        for kinds in groups:
            group = [w.process for w in self._watches if w.process.name.rpartition("/")[2] in kinds]
            for process in group:
                process.ask_to_stop()
            deadline = time.monotonic() + POLITE
            while time.monotonic() < deadline and any(process.ended() is None for process in group):
                time.sleep(0.02)
            for process in group:
                process.kill()
