"""The keeper's side of a connection: who calls, what is called, how much at once."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections import deque
from typing import Final, cast

import msgspec
import structlog

from security.keeper.frames import FrameRefused, Frames, frame
from security.keeper.operations import FAILED, Operations
from security.keeper.protocol import Call, encode_reply, read_call

AT_ONCE: Final = 64
_PEER: Final = struct.Struct("3i")  # pid, uid, gid

_log = structlog.get_logger(process="keeper")


def may_call(transport: asyncio.BaseTransport) -> bool:
    """Whether the other side is a process of our own user, or root's.

    Asked of the kernel (Linux, SO_PEERCRED). Elsewhere the folder's mode, 0700, is what keeps others out.
    """
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as peer:
        raw = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    uid: int = _PEER.unpack(raw)[1]
    return uid in (0, os.getuid())


class Listener(asyncio.Protocol):
    """Reads calls of one connection and writes replies as they come; too many open calls stop the reading."""

    def __init__(self, operations: Operations, everyone: set[Listener]) -> None:
        self._operations = operations
        self._everyone = everyone
        self._frames = Frames()
        self._queue: deque[Call] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._full = False
        self._transport: asyncio.Transport | None = None

    @property
    def under_way(self) -> set[asyncio.Task[None]]:
        """The calls being answered."""
        return set(self._tasks)

    def close(self) -> None:
        """Hang up after what is written has left."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let in only our own."""
        self._transport = cast("asyncio.Transport", transport)
        if not may_call(transport):
            _log.warning("keeper_peer_refused")
            self._transport.abort()
            return
        self._everyone.add(self)

    def data_received(self, data: bytes) -> None:
        """Take up the calls; one that cannot be read ends the connection."""
        try:
            for body in self._frames.feed(data):
                self._queue.append(read_call(body))
        except (FrameRefused, msgspec.MsgspecError) as error:
            _log.warning("keeper_frame_refused", cause=type(error).__name__)
            self.close()
            return
        self._take_up()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio passes it
        """Nobody listens any more: what is under way ends in its own time, and is dropped."""
        self._transport = None
        self._queue.clear()
        self._everyone.discard(self)

    def pause_writing(self) -> None:
        """Take up nothing while the other side does not read."""
        self._full = True
        self._breathe()

    def resume_writing(self) -> None:
        """Go on."""
        self._full = False
        self._take_up()

    def _take_up(self) -> None:
        while self._queue and not self._full and len(self._tasks) < AT_ONCE:
            task = asyncio.get_running_loop().create_task(self._answer(self._queue.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._finished)
        self._breathe()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._take_up()

    def _breathe(self) -> None:
        if self._transport is None or self._transport.is_closing():
            return
        if self._queue or self._full:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    async def _answer(self, call: Call) -> None:
        answer = await self._operations.answer(call)
        if self._transport is None or self._transport.is_closing():
            return
        try:
            body = frame(encode_reply(call.id, answer))
        except FrameRefused:
            body = frame(encode_reply(call.id, FAILED))
        self._transport.write(body)
