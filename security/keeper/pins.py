"""Whose keys the keeper believes: of logs that it cosigns, of witnesses that cosign its own.

A person (on a laptop: `infra`) writes the file `pins`, a line each:

    log VKEY
    witness REGION VKEY
    log VKEY replaces KEYID by CODE CODE

A witness may have two lines: its Ed25519 key and its ML-DSA-44 key, under one name.

The first key of a name and algorithm is taken. Another is not, unless its line names the key that it replaces and two
people; what was taken is kept in the file `accepted`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from audit.entry import is_code
from audit.note import COSIGNATURE_MLDSA, COSIGNING, ED25519, NoteRefused, Verifier, parse_vkey
from security.vault.private_files import NotPrivate, read_private, write_private

PINS: Final = "pins"
ACCEPTED: Final = "accepted"
_LOG_WORDS: Final = 2
_TWO: Final = 2


@dataclass(frozen=True, slots=True)
class Peer:
    """A witness of this cell's log: its keys, and the region to which checkpoints for it go."""

    keys: tuple[Verifier, ...]
    region: str

    @property
    def name(self) -> str:
        """The witness's name."""
        return self.keys[0].name


@dataclass(frozen=True, slots=True)
class Change:
    """A key that was taken, or (`refused`) was not; `old` is the id of the key that was known before."""

    key: Verifier
    refused: bool
    old: str = ""
    by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pins:
    """The keys that count, and what changed since they were read last."""

    logs: dict[str, tuple[Verifier, ...]] = field(default_factory=dict)
    peers: tuple[Peer, ...] = ()
    changes: tuple[Change, ...] = ()
    unread: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    key: Verifier
    region: str
    replaces: str
    by: tuple[str, ...]


def read_pins(folder: Path) -> Pins:
    """Read both files, judge what is new, and keep what is taken; a line that cannot be read is counted."""
    accepted = _accepted(folder)
    lines, unread = _lines(folder)
    logs: dict[str, tuple[Verifier, ...]] = {}
    peers: dict[str, Peer] = {}
    changes: list[Change] = []
    for line in lines:
        slot = _slot(line.key)
        change = _judge(line, accepted.get(slot))
        if change is not None:
            changes.append(change)
            if not change.refused:
                accepted[slot] = str(line.key)
        key = parse_vkey(accepted[slot])
        if key.algorithm == ED25519:
            logs[key.name] = (key,)
        else:
            known = peers.get(key.name)
            others = tuple(one for one in known.keys if one.algorithm != key.algorithm) if known else ()
            peers[key.name] = Peer((*others, key), line.region)
    if any(not change.refused for change in changes):
        write_private(folder / ACCEPTED, json.dumps(accepted, indent=1, sort_keys=True).encode() + b"\n")
    return Pins(logs, tuple(peers.values()), tuple(changes), unread)


def _slot(key: Verifier) -> str:
    """Name the place of a key among those accepted: one for each name, and one more for its ML-DSA-44 key."""
    return f"{key.name} mldsa" if key.algorithm == COSIGNATURE_MLDSA else key.name


def _judge(line: _Line, known: str | None) -> Change | None:
    if known == str(line.key):
        return None
    if known is None:
        return Change(line.key, refused=False)
    old = parse_vkey(known).key_id.hex()
    agreed = line.replaces == old and len(set(line.by)) == _TWO
    return Change(line.key, refused=not agreed, old=old, by=line.by if agreed else ())


def _accepted(folder: Path) -> dict[str, str]:
    data = read_private(folder / ACCEPTED)
    return dict(json.loads(data)) if data else {}


def _lines(folder: Path) -> tuple[list[_Line], int]:
    try:
        data = read_private(folder / PINS) or b""
    except NotPrivate:
        return [], 1
    lines: list[_Line] = []
    unread = 0
    for text in data.decode(errors="replace").splitlines():
        if not text.strip() or text.startswith("#"):
            continue
        try:
            lines.append(_line(text))
        except (NoteRefused, ValueError):
            unread += 1
    return lines, unread


def _line(text: str) -> _Line:
    stated, _, change = text.partition(" replaces ")
    words = stated.split()
    algorithms = {"log": {ED25519}, "witness": COSIGNING}.get(words[0], set())
    key = parse_vkey(words[-1])
    cosigns = key.algorithm in COSIGNING
    if key.algorithm not in algorithms or len(words) != _LOG_WORDS + cosigns:
        raise ValueError
    replaces, _, people = change.partition(" by ")
    by = tuple(code for code in people.split() if is_code(code))
    return _Line(key, words[1] if cosigns else "", replaces.strip(), by)
