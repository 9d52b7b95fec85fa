"""The witness's folder, outside every backup of a database: what was cosigned, whose keys count, own checkpoints.

| file | holds |
|---|---|
| `state` | of each other log the checkpoint cosigned last |
| `own` | of this cell's log the newest checkpoints that others hold, as they hold them |
| `pins`, `accepted` | see `pins.py` |
| `public` | this cell's own public keys, for others to pin |
| `known/` | checkpoints that a person puts here to begin again after `state` was lost |
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from audit.checkpoint import Checkpoint, parse_checkpoint
from audit.note import parse_note
from audit.witness_state import WitnessState
from security.vault.private_files import private_folder, read_private, write_private


class WitnessFiles:
    """The files of one keeper."""

    def __init__(self, folder: Path) -> None:
        private_folder(folder)
        self.folder = folder
        self.state = WitnessState(folder / "state")
        self._own = WitnessState(folder / "own")
        if not self._own.exists:
            self._own.begin()

    def begin_state(self, *, is_first: bool) -> bool:
        """Begin to remember, if nothing was ever cosigned or a person says what was; say whether it is there."""
        if not self.state.exists:
            known = sorted((self.folder / "known").glob("*"))
            if not (is_first or known):
                return False
            self.state.begin(path.read_bytes() for path in known)
        return True

    def publish_keys(self, log: str, witness: Sequence[str]) -> None:
        """Write down the public keys of this cell."""
        lines = [f"log {log}", *(f"witness {key}" for key in witness)]
        data = "".join(f"{line}\n" for line in lines).encode()
        if read_private(self.folder / "public") != data:
            write_private(self.folder / "public", data)

    def keep_own(self, holder: str, note: str) -> None:
        """Remember a checkpoint of the own log that somebody else holds."""
        with self._own.held():
            self._own.keep(holder, note)

    def held_by(self, holder: str) -> Checkpoint | None:
        """Return the checkpoint of the own log that this witness cosigned last."""
        return self._own.known(holder)

    def others_hold(self) -> list[Checkpoint]:
        """Return every checkpoint of the own log that others are known to hold."""
        return [parse_checkpoint(parse_note(note.encode()).text) for note in self._own.notes().values()]
