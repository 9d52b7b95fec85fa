"""Unwrapped data keys, kept for a short while and never for many subjects at once.

For one event loop; not for threads. The clock is passed in (`now`, seconds of a monotonic clock).
"""

from collections import OrderedDict
from uuid import UUID


class DekCache:
    """At most `max_entries` keys, each for at most `max_seconds` since it was put, used or not."""

    __slots__ = ("_kept", "_max_entries", "_max_seconds")

    def __init__(self, *, max_entries: int, max_seconds: float) -> None:
        self._max_entries = max_entries
        self._max_seconds = max_seconds
        self._kept: OrderedDict[UUID, tuple[float, bytes]] = OrderedDict()

    def get(self, dek_id: UUID, *, now: float) -> bytes | None:
        """Return the 32-byte key if it is here and still young; forget it if it is not."""
        kept = self._kept.get(dek_id)
        if kept is None:
            return None
        put_at, dek = kept
        if not 0 <= now - put_at < self._max_seconds:
            del self._kept[dek_id]
            return None
        self._kept.move_to_end(dek_id)
        return dek

    def put(self, dek_id: UUID, dek: bytes, *, now: float) -> None:
        """Keep a key; the one unused for longest goes when there are too many."""
        self._kept[dek_id] = (now, dek)
        self._kept.move_to_end(dek_id)
        while len(self._kept) > self._max_entries:
            self._kept.popitem(last=False)

    def forget(self, dek_id: UUID) -> None:
        """Drop one key, as shredding and rewrapping must."""
        self._kept.pop(dek_id, None)

    def clear(self) -> None:
        """Drop every key."""
        self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)

    def __repr__(self) -> str:
        return f"DekCache({len(self._kept)} kept)"
