"""The log's own side of `key_chain.py`: which keys sign now, and what an export needs so that others can follow.

The ledger itself says that a key was announced. What is kept beside it (a row, and a blob `handover/<n>`) is the
checkpoint under the old key that covers the entry; where it is missing it is made good at the next start, from the
blobs or from the head, and believed only if the log that we hold agrees.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audit import jcs, merkle, stored
from audit.blobs import Blobs
from audit.catalogue import LOG_KEY_ANNOUNCED
from audit.checkpoint import CheckpointRefused, parse_checkpoint
from audit.entry import b64url
from audit.key_chain import NEW, OLD
from audit.note import NoteRefused, Signer, Signers, Verifier, parse_note, parse_vkey, verified_by
from audit.stored import Head

if TYPE_CHECKING:
    from audit.stored import Connection

_KEEP = (
    "insert into ledger_handover (origin, index, size, note, document) values ($1, $2, $3, $4, $5)"
    " on conflict do nothing"
)
_OF = (
    "select index, size, note, document from ledger_handover where origin = $1 and size <= $2 order by index"
)
_ANNOUNCED = (
    "select l.index, f.document from ledger_leaf l join ledger_fact f using (index)"
    " where l.act = $1 and l.dec = 'allow' and l.index < $2 order by l.index desc limit 1"
)
_LEAF = "select leaf from ledger_leaf where index = $1"


@dataclass(frozen=True, slots=True)
class Kept:
    """A handover as it is kept."""

    index: int
    size: int
    note: str
    document: str

    @property
    def old(self) -> Verifier:
        """The key that handed over."""
        return parse_vkey(json.loads(self.document)[OLD])

    @property
    def new(self) -> Verifier:
        """The key that took over."""
        return parse_vkey(json.loads(self.document)[NEW])

    def line(self) -> dict[str, Any]:
        """Return the line of an export."""
        return {"checkpoint": self.note, "document": self.document, "index": self.index}


async def kept(connection: "Connection", origin: str, size: int) -> list[Kept]:
    """Return the handovers that a tree of this size covers, in order."""
    return [Kept(*row) for row in await connection.fetch(_OF, origin, size)]


async def known_keys(connection: "Connection", origin: str) -> tuple[Verifier, ...]:
    """Return every key that was ever this log's, as far as handovers tell."""
    steps = await kept(connection, origin, 2**62)
    return tuple(dict.fromkeys(key for step in steps for key in (step.old, step.new)))


async def settled(
    connection: "Connection", blobs: Blobs, head: Head, first: Signer, second: Signer | None
) -> Signer | Signers:
    """Say who signs from here on: `first`, and `second` beside it once it is announced and handed over to."""
    await _bring_back(connection, blobs, head)
    if second is not None:
        await _hand_over(connection, head, first, second)
    steps = await kept(connection, head.origin, head.size)
    await blobs.put({_path(nth): jcs.canonical(step.line()) for nth, step in enumerate(steps)})
    both = second is not None and any(step.new == second.verifier() for step in steps)
    keys = (first, second) if both and second is not None else (first,)
    signing = {key.verifier() for key in keys}
    known = [key for step in steps for key in (step.old, step.new) if key not in signing]
    return Signers(keys, tuple(dict.fromkeys(known))) if steps else first


async def _hand_over(connection: "Connection", head: Head, first: Signer, second: Signer) -> None:
    """Keep the head as the checkpoint of the handover, if the key was announced and the old one has signed it."""
    row = await connection.fetchrow(_ANNOUNCED, LOG_KEY_ANNOUNCED, head.size)
    if row is None:
        return
    said = Kept(row[0], head.size, head.note, row[1])
    if (said.old, said.new) != (first.verifier(), second.verifier()):
        return
    verified_by(parse_note(head.note.encode()), [first.verifier()])
    await connection.execute(_KEEP, head.origin, said.index, said.size, said.note, said.document)


async def _bring_back(connection: "Connection", blobs: Blobs, head: Head) -> None:
    """Keep again what the blobs know and a database that was set back does not."""
    nth = len(await kept(connection, head.origin, head.size))
    while (data := await blobs.read(_path(nth))) is not None:
        step = await _read(connection, head, data)
        if step is None:
            return
        await connection.execute(_KEEP, head.origin, step.index, step.size, step.note, step.document)
        nth += 1


async def _read(connection: "Connection", head: Head, data: bytes) -> Kept | None:
    """Read a handover from the blobs; None unless it fits the log that is here."""
    try:
        line = jcs.parse(data)
        note = parse_note(str(line["checkpoint"]).encode())
        tree = parse_checkpoint(note.text)
        step = Kept(int(line["index"]), tree.size, str(note), str(line["document"]))
        verified_by(note, [step.old])
    except (jcs.JcsRefused, NoteRefused, CheckpointRefused, KeyError, TypeError, ValueError):
        return None
    if tree.origin != head.origin or not 0 <= step.index < tree.size <= head.size:
        return None
    leaf = json.loads(await connection.fetchval(_LEAF, step.index))
    digest = b64url(hashlib.sha256(step.document.encode()).digest())
    agrees = (leaf["act"], leaf["dec"], leaf.get("facts")) == (LOG_KEY_ANNOUNCED, "allow", digest)
    roots = await stored.read_covers(connection, [merkle.cover(0, tree.size)])
    return step if agrees and roots == [tree.root] else None


def _path(nth: int) -> str:
    return f"handover/{nth:03}"
