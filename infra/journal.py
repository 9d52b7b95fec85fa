"""The logs of the processes, followed: warnings and worse are shown on the terminal, in one line each."""

import json
from pathlib import Path

LOUD = frozenset({"warning", "warn", "error", "critical"})
QUIET_FIELDS = frozenset({"event", "level", "timestamp", "ts", "logger", "exception", "exc_info"})
MOST_AT_ONCE = 256 << 10


class Journal:
    """Follows one log file from the moment it is made."""

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path
        self.last_words = ""
        self._rest = b""
        self._offset = self._size()

    def news(self) -> list[str]:
        """Return lines for the terminal out of what was written since the last call."""
        return [line for raw in self._new_lines() if (line := self._loud(raw))]

    def _loud(self, raw: str) -> str:
        self.last_words = raw.strip() or self.last_words
        try:
            entry = json.loads(raw)
        except ValueError:
            return ""  # a traceback, or PostgreSQL: its last line is shown when the process ends
        if not isinstance(entry, dict) or entry.get("level") not in LOUD:
            return ""
        fields = " ".join(f"{key}={value}" for key, value in entry.items() if key not in QUIET_FIELDS)
        return f"  {self.name:<12}{entry['level']}: {entry.get('event', '')} {fields}".rstrip()

    def _new_lines(self) -> list[str]:
        size = self._size()
        if size < self._offset:  # the log was turned over
            self._offset, self._rest = 0, b""
        if size == self._offset:
            return []
        with self.path.open("rb") as file:
            file.seek(self._offset)
            read = file.read(MOST_AT_ONCE)
        self._offset += len(read)
        *whole, self._rest = (self._rest + read).split(b"\n")
        return [line.decode("utf-8", "replace") for line in whole]

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            return 0
