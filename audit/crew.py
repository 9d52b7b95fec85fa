"""Parts judged by several processes, and handed back in order; by this one alone where there are few.

Processes are started afresh rather than forked: nothing of the caller's threads or open files goes with them. Each
opens the bundle itself. That is no hole: whatever bytes a process reads must end in the root that was signed.
"""

import multiprocessing
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from pathlib import Path
from typing import Final

from audit.bundle import BundleReader
from audit.parts import Judged, Part, Task, judge

AHEAD: Final = 3  # parts given to each process before the first is asked back
_hands: list[tuple[BundleReader, Task]] = []


def judged(reader: BundleReader, task: Task, parts: Iterable[Part], processes: int) -> Iterator[Judged]:
    """Judge parts, in order; memory is that of the few under way."""
    if processes == 1:
        yield from (judge(reader, task, part) for part in parts)
        return
    fresh = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, fresh, initializer=_begin, initargs=(reader.source, task))
    under_way: deque[Future[Judged]] = deque()
    try:
        for part in parts:
            under_way.append(pool.submit(_judge, part))
            if len(under_way) > processes * AHEAD:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _begin(source: Path, task: Task) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the caller's to hear
    _hands.append((BundleReader(source), task))


def _judge(part: Part) -> Judged:
    reader, task = _hands[0]
    return judge(reader, task, part)
