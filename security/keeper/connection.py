"""One connection to the keeper, shared by many calls at once."""

from __future__ import annotations

import asyncio
from typing import cast

import msgspec

from security.keeper.frames import FrameRefused, Frames, frame
from security.keeper.protocol import Answer, Ask, encode_call, read_reply


class KeeperUnavailable(Exception):  # noqa: N818 - errors are named for what was refused
    """The keeper cannot be reached, went away, or did not answer in time.

    What was asked may or may not have been done; nothing opened was handed out.
    """

    code = "security:keeper_unavailable"
    status = 503


class Connection(asyncio.Protocol):
    """Numbers the calls and matches the replies; when it breaks, every waiting call is told."""

    def __init__(self) -> None:
        self._frames = Frames()
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._number = 0
        self._transport: asyncio.Transport | None = None

    @property
    def alive(self) -> bool:
        """Whether the other side is there, as far as this side knows."""
        return self._transport is not None and not self._transport.is_closing()

    async def call(self, ask: Ask, seconds: float) -> Answer:
        """Ask and wait at most so many seconds; raises `KeeperUnavailable`."""
        if self._transport is None or self._transport.is_closing():
            raise KeeperUnavailable
        self._number += 1
        number = self._number
        body = frame(encode_call(number, max(1, int(seconds * 1000)), ask))
        waiting = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._transport.write(body)
        try:
            async with asyncio.timeout(seconds):
                answer: Answer = await waiting
                return answer
        except TimeoutError:
            raise KeeperUnavailable from None
        finally:
            self._waiting.pop(number, None)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Hand each reply to the call that waits for it; one that nobody awaits any more is dropped."""
        try:
            for body in self._frames.feed(data):
                reply = read_reply(body)
                waiting = self._waiting.get(reply.id)
                if waiting is not None and not waiting.done():
                    waiting.set_result(reply.answer)
        except (FrameRefused, msgspec.MsgspecError):
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio passes it
        """Tell every waiting call that no answer will come."""
        self._transport = None
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(KeeperUnavailable())
