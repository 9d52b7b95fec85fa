"""Checkpoints, C2SP tlog-checkpoint: `origin`, `size`, `base64(root)`, a line each, text of a signed note.

Strict, so that one tree has one spelling: a size must print back to itself and a hash must encode back to
itself. We read extension lines but never write any.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import ClassVar, Final

from audit.merkle import HASH_LENGTH
from audit.note import Note, Signer, Signers
from audit.refusal import Refusal

_LINES: Final = 3
_MAX_SIZE: Final = 2**63 - 1


class CheckpointRefused(Refusal):
    """The text is no checkpoint. `reason`: lines, origin, size, root."""

    code: ClassVar[str] = "audit:checkpoint_refused"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree: whose, how many leaves, and its root hash (32 bytes)."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = (self.origin, str(self.size), b64encode(self.root).decode(), *self.extensions)
        return "".join(f"{line}\n" for line in lines)


def origin_of(log_name: str, region: str, generation: int = 1) -> str:
    """Name a log: `<name>/audit/<region>`, from generation 2 on with `/<generation>`."""
    origin = f"{log_name}/audit/{region}"
    return origin if generation == 1 else f"{origin}/{generation}"


def region_of(origin: str) -> str | None:
    """Return the region an origin names, or None where it is not one of ours."""
    _, audit, rest = origin.partition("/audit/")
    return rest.partition("/")[0] if audit and rest else None


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a note as a checkpoint."""
    lines = text.split("\n")
    if len(lines) <= _LINES or lines.pop() or "" in lines[_LINES:]:
        raise CheckpointRefused(reason="lines")
    origin, size, root, *extensions = lines
    if not origin:
        raise CheckpointRefused(reason="origin")
    return Checkpoint(origin, read_size(size), _root(root), tuple(extensions))


def read_size(text: str) -> int:
    """Read a size that is spelt in the one way there is; `CheckpointRefused`."""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(_MAX_SIZE))):
        raise CheckpointRefused(reason="size")
    size = int(text)
    if str(size) != text or size > _MAX_SIZE:
        raise CheckpointRefused(reason="size")
    return size


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer | Signers) -> Note:
    """Sign a checkpoint of the signer's own log."""
    if checkpoint.origin != signer.name or checkpoint.extensions:
        raise CheckpointRefused(reason="origin")
    text = str(checkpoint)
    return Note(text, signer.signatures(text))


def _root(text: str) -> bytes:
    try:
        root = b64decode(text, validate=True)
    except ValueError:
        raise CheckpointRefused(reason="root") from None
    if len(root) != HASH_LENGTH or b64encode(root).decode() != text:
        raise CheckpointRefused(reason="root")
    return root
