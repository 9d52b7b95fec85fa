"""Asking together: questions that arrive while one statement runs share the next one.

A single question is asked at once; under load one round trip answers many. Nothing is remembered between two
statements: each answer was read after its question had arrived.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, Generic, TypeVar

Q = TypeVar("Q")
A = TypeVar("A")

MOST: Final = 64  # questions of one statement


class Together(Generic[Q, A]):
    """Asks `ask` with the questions that wait, oldest first; it gives one answer for each, in their order."""

    def __init__(self, ask: Callable[[Sequence[Q]], Awaitable[Sequence[A]]]) -> None:
        self._ask = ask
        self._waiting: deque[tuple[Q, asyncio.Future[A]]] = deque()
        self._asking: asyncio.Task[None] | None = None

    def __call__(self, question: Q) -> asyncio.Future[A]:
        """Give the future of this question's answer, which raises what its statement raised."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[A] = loop.create_future()
        self._waiting.append((question, future))
        if self._asking is None:
            self._asking = loop.create_task(self._run())
        return future

    async def _run(self) -> None:
        try:
            while self._waiting:
                taken = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST))]
                # Whoever has gone away meanwhile needs no answer.
                await self._answer([one for one in taken if not one[1].done()])
        finally:
            self._asking = None

    async def _answer(self, asked: Sequence[tuple[Q, asyncio.Future[A]]]) -> None:
        if not asked:
            return
        try:
            answers = await self._ask([question for question, _ in asked])
        except Exception as error:  # noqa: BLE001 -- every one who asked must hear of it
            for _, future in asked:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(asked, answers, strict=True):
            if not future.done():
                future.set_result(answer)


def forsake(future: asyncio.Future[Any]) -> None:
    """Need an answer no more: one still to come is dropped, and a failure that nobody read is no news."""
    if future.done() and not future.cancelled():
        future.exception()
    else:
        future.cancel()
