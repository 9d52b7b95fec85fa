"""What a leaf says, checked in order: form, version, region, time, and what is kept beside it."""

import hashlib
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from typing import Any, Final

from audit import jcs
from audit.catalogue import RESIDENCY_STATED
from audit.entry import VERSION, EntryRefused, b64url, view_set
from audit.findings import Findings

FOREIGN_ROWS: Final = "foreign_rows"  # in a residency document: rows that belong to another region
_REQUIRED: Final = frozenset({"v", "ts", "reg", "act", "dec", "who", "role", "req", "n"})
_KNOWN: Final = _REQUIRED | {"at", "res", "tier", "sub", "set", "why", "rc", "case", "dek", "via", "facts"}
_TS: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
_PAIR: Final = 2


class Beside:
    """Side documents in the order of their leaves, taken one leaf after the other."""

    def __init__(self, lines: Iterator[dict[str, Any]]) -> None:
        self._lines = lines
        self._next = next(lines, None)

    def take(self, index: int) -> dict[str, Any] | None:
        """Return the document of this leaf, or None."""
        if self._next is None or self._next["index"] != index:
            return None
        taken, self._next = self._next, next(self._lines, None)
        return taken

    def left(self) -> int | None:
        """Return the index of the first document that no leaf claimed, or None."""
        return None if self._next is None else int(self._next["index"])


class LeafCheck:
    """Checks leaves from the first on; `done` once something makes the rest impossible to judge."""

    def __init__(self, region: str | None, facts: Beside, sets: Beside, findings: Findings) -> None:
        self._region = region
        self._facts = facts
        self._sets = sets
        self._findings = findings
        self._ts = ""
        self.done = False

    def check(self, index: int, leaf: bytes) -> None:
        """Check one leaf, the next in order."""
        parts = self._parts(index, leaf)
        if parts is None or self.done:
            return
        if self._region is not None and parts["reg"] != self._region:
            self._findings.add("audit:leaf_region", leaf=index, region=parts["reg"])
        if parts["ts"] < self._ts:
            self._findings.add("audit:time_backwards", leaf=index, ts=parts["ts"])
        self._ts = max(self._ts, parts["ts"])
        self._check_document(index, parts)
        self._check_set(index, parts)

    def finish(self) -> None:
        """Check that no document is left over."""
        for beside, code in ((self._facts, "audit:facts_mismatch"), (self._sets, "audit:set_mismatch")):
            left = beside.left()
            if left is not None and not self.done:
                self._findings.add(code, leaf=left)

    def _parts(self, index: int, leaf: bytes) -> dict[str, Any] | None:
        try:
            parts = jcs.parse(leaf)
        except jcs.JcsRefused:
            self._findings.add("audit:leaf_not_canonical", leaf=index)
            return None
        version = parts.get("v") if isinstance(parts, dict) else None
        if version is not None and (type(version) is not int or version != VERSION):
            self._findings.add("audit:leaf_version", leaf=index)
            self.done = True
            return None
        if not _is_leaf(parts):
            self._findings.add("audit:leaf_malformed", leaf=index)
            return None
        return dict(parts)

    def _check_document(self, index: int, parts: dict[str, Any]) -> None:
        kept = self._facts.take(index)
        text = kept.get("document") if kept is not None else None
        digest = b64url(hashlib.sha256(text.encode()).digest()) if isinstance(text, str) else None
        if digest != parts.get("facts") or (kept is not None and digest is None):
            self._findings.add("audit:facts_mismatch", leaf=index)
            return
        if parts["act"] == RESIDENCY_STATED and not _resides(text):
            self._findings.add("audit:residency_broken", leaf=index)

    def _check_set(self, index: int, parts: dict[str, Any]) -> None:
        kept = self._sets.take(index)
        if (_root(kept) if kept is not None else None) != parts.get("set"):
            self._findings.add("audit:set_mismatch", leaf=index)


def _is_leaf(parts: object) -> bool:
    if not isinstance(parts, dict) or not _REQUIRED <= parts.keys() <= _KNOWN:
        return False
    texts = [value for name, value in parts.items() if name != "v"]
    return all(isinstance(text, str) for text in texts) and _TS.fullmatch(parts["ts"]) is not None


def _resides(text: str | None) -> bool:
    """Say whether a residency document states that no row belongs to another region."""
    document = jcs.parse(text.encode()) if text is not None else None
    return isinstance(document, dict) and document.get(FOREIGN_ROWS) == "0"


def _root(kept: dict[str, Any]) -> str:
    """Return the set that these members make; of anything but members, a set that none makes."""
    members = kept.get("members")
    if not isinstance(members, list) or not all(_is_member(member) for member in members):
        return ""
    try:
        return view_set(
            [sub for sub, _ in members], [urlsafe_b64decode(nonce + "==") for _, nonce in members]
        )
    except (EntryRefused, ValueError):
        return ""


def _is_member(member: object) -> bool:
    return (
        isinstance(member, list)
        and len(member) == _PAIR
        and all(isinstance(part, str) and part.isascii() for part in member)
    )
