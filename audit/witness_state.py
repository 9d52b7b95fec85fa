"""What a witness must never forget: of each log the checkpoint that it cosigned last.

One JSON file, replaced whole, flushed to the disk before any cosignature leaves. It belongs into no backup of
a database: a witness that was set back would cosign a second history. A lost one is therefore not made anew by
itself; whoever knows the latest sizes says them.
"""

import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar, Final

from audit.checkpoint import Checkpoint, CheckpointRefused, parse_checkpoint
from audit.note import Note, NoteRefused, parse_note
from audit.refusal import Refusal

try:
    import fcntl
except ImportError:  # a system without it can verify bundles, but keep no witness
    fcntl = None  # type: ignore[assignment]

VERSION: Final = 1
_MODE: Final = 0o600


class StateRefused(Refusal):
    """The state cannot be used. `reason`: lost (there should be one), damaged, exists."""

    code: ClassVar[str] = "audit:witness_state_refused"


class WitnessState:
    """The checkpoints cosigned last, by origin, in a file; shared by threads and processes of one machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()

    @property
    def exists(self) -> bool:
        """Whether there is a state at all; a damaged one is one too."""
        return self._path.exists()

    def begin(self, known: Iterable[bytes] = ()) -> None:
        """Make the first state, of nothing or of these checkpoints; an existing one is refused."""
        with self.held():
            if self.exists:
                raise StateRefused(reason="exists")
            notes: dict[str, str] = {}
            for data in known:
                note, tree = _read_note(data.decode(errors="replace"))
                older = notes.get(tree.origin)
                if older is None or _read_note(older)[1].size < tree.size:
                    notes[tree.origin] = str(note)
            self._write(notes)

    def notes(self) -> dict[str, str]:
        """Return by origin the checkpoint cosigned last, with its signatures; `StateRefused`."""
        try:
            document: Any = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            raise StateRefused(reason="lost") from None
        except ValueError:
            raise StateRefused(reason="damaged") from None
        if not isinstance(document, dict) or document.get("version") != VERSION:
            raise StateRefused(reason="damaged")
        logs = document.get("logs")
        if not isinstance(logs, dict) or not all(isinstance(note, str) for note in logs.values()):
            raise StateRefused(reason="damaged")
        return logs

    def known(self, origin: str) -> Checkpoint | None:
        """Return the checkpoint of a log cosigned last, None if there was none; `StateRefused`."""
        note = self.notes().get(origin)
        return None if note is None else _read_note(note)[1]

    def keep(self, origin: str, note: str) -> None:
        """Remember a checkpoint, durably; the caller holds the state since it looked."""
        self._write({**self.notes(), origin: note})

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the state against every other thread and process while it is read and changed."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._lock:
            handle = os.open(self._path.with_name(f".{self._path.name}.lock"), os.O_RDWR | os.O_CREAT, _MODE)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield
            finally:
                os.close(handle)

    def _write(self, notes: Mapping[str, str]) -> None:
        document = {"version": VERSION, "logs": dict(notes)}
        replace_file(self._path, json.dumps(document, indent=1, sort_keys=True).encode() + b"\n")


def replace_file(path: Path, data: bytes) -> None:
    """Write a file of mode 0600 whole: under a draft name, flushed, renamed over the old; the folder flushed."""
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(handle)
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read_note(text: str) -> tuple[Note, Checkpoint]:
    try:
        note = parse_note(text.encode())
        return note, parse_checkpoint(note.text)
    except (NoteRefused, CheckpointRefused):
        raise StateRefused(reason="damaged") from None
