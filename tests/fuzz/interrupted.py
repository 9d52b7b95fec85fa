"""Stepping a coroutine by hand, so that any of its awaits can be made to fail."""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Interrupted(Generic[T]):
    """Awaits a coroutine and throws an exception into it at its n-th suspension, if it has that many.

    `asyncio.CancelledError` stands for a task that was cancelled there: it goes on its way out afterwards.
    """

    def __init__(self, work: Coroutine[Any, Any, T], at: int, error: BaseException) -> None:
        self._work = work
        self._at = at
        self._error = error
        self.struck = False

    def __await__(self) -> Generator[Any, Any, T]:
        """Pass on what the coroutine waits for, but once."""
        steps = 0
        given: Any = None
        failure: BaseException | None = None
        while True:
            try:
                if failure is None:
                    waited = self._work.send(given)
                else:
                    struck, failure = failure, None
                    waited = self._work.throw(struck)
            except StopIteration as done:
                result: T = done.value
                return result
            steps += 1
            if steps == self._at and not self.struck:
                self.struck = True
                _let_go(waited)
                failure, given = self._error, None
                continue
            try:
                given = yield waited
            except BaseException as error:  # noqa: BLE001 -- whatever it is belongs to the coroutine
                failure = error


def _let_go(waited: Any) -> None:
    """Tell a future that nobody waits for it any more, as a task does when it is cancelled."""
    if asyncio.isfuture(waited):
        waited._asyncio_future_blocking = False
        waited.cancel()
