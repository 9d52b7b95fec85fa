"""Frames: four bytes of length, big-endian, then so many bytes; never more than 64 KiB."""

from __future__ import annotations

from typing import Final

MAX_FRAME: Final = 65_536
_HEAD: Final = 4


class FrameRefused(Exception):  # noqa: N818 - errors are named for what was refused
    """A frame is empty or longer than is allowed; the connection cannot go on."""

    code = "security:frame_refused"


def frame(body: bytes) -> bytes:
    """Put a body into a frame; raises `FrameRefused` when it is empty or too long."""
    if not 0 < len(body) <= MAX_FRAME:
        raise FrameRefused
    return len(body).to_bytes(_HEAD, "big") + body


class Frames:
    """Cuts a stream of bytes into frames, holding no more than one unfinished frame."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Take what arrived and give the bodies now whole; raises `FrameRefused`."""
        self._held += data
        bodies: list[bytes] = []
        start = 0
        while len(self._held) - start >= _HEAD:
            size = int.from_bytes(self._held[start : start + _HEAD], "big")
            if not 0 < size <= MAX_FRAME:
                raise FrameRefused
            if len(self._held) - start - _HEAD < size:
                break
            bodies.append(bytes(self._held[start + _HEAD : start + _HEAD + size]))
            start += _HEAD + size
        del self._held[:start]
        return bodies
