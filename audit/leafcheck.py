"""What a leaf says, checked in order: form, version, region, time, and what is kept beside it."""

import re
from typing import Any, Final

from audit import jcs, leafform
from audit.beside import Beside, digest_of, document_of, set_of
from audit.catalogue import LOG_OPENED, RESIDENCY_STATED
from audit.entry import VERSION
from audit.findings import Findings
from audit.leafform import Said

FOREIGN_ROWS: Final = "foreign_rows"  # in a residency document: rows that belong to another region
_REQUIRED: Final = frozenset({"v", "ts", "reg", "act", "dec", "who", "role", "req", "n"})
_KNOWN: Final = _REQUIRED | {"at", "res", "tier", "sub", "set", "why", "rc", "case", "dek", "via", "facts"}
_TS: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", re.ASCII)
_RESIDENCY: Final = RESIDENCY_STATED.encode()
_OPENED: Final = LOG_OPENED.encode()


class LeafCheck:
    """Checks the leaves of one part; `done` once something makes the rest impossible to judge.

    `since` is the first leaf that could be read, with its time; `until` is the time of the last. `head` and `tail`
    are the leaves of those two times, by hash: the same leaf twice can only stand where time stands still.
    """

    def __init__(self, origin: str, region: str | None, facts: Beside, sets: Beside) -> None:
        self._origin = origin
        self._region = None if region is None else region.encode()
        self._facts = facts
        self._sets = sets
        self.findings = Findings()
        self.since: tuple[int, bytes] | None = None
        self.until = b""
        self.head: dict[bytes, int] = {}
        self.tail = self.head
        self.done = False

    def check(self, index: int, leaf: bytes, digest: bytes) -> None:
        """Check one leaf, the next in order; `digest` is its hash."""
        said = leafform.said(leaf) or self._slowly(index, leaf)
        if said is None:
            return
        if said.reg != self._region and self._region is not None:
            self.findings.add("audit:leaf_region", leaf=index, region=said.reg.decode())
        if said.ts != self.until:
            self._check_time(index, said.ts)
        if self.tail.setdefault(digest, index) != index:
            self.findings.add("audit:leaf_doubled", leaf=index)
        self._check_document(index, said)
        self._check_set(index, said)

    def finish(self) -> None:
        """Check that nothing is left over beside the leaves."""
        for beside, code in ((self._facts, "audit:facts_mismatch"), (self._sets, "audit:set_mismatch")):
            left = beside.left()
            if left is not None and not self.done:
                self.findings.add(code, leaf=left)

    def _check_time(self, index: int, ts: bytes) -> None:
        if self.since is None:
            self.since = (index, ts)
        else:
            self.tail = {}
            if ts < self.until:
                self.findings.add("audit:time_backwards", leaf=index, ts=ts.decode())
        self.until = ts

    def _slowly(self, index: int, leaf: bytes) -> Said | None:
        try:
            parts = jcs.parse(leaf)
        except jcs.JcsRefused:
            self.findings.add("audit:leaf_not_canonical", leaf=index)
            return None
        version = parts.get("v") if isinstance(parts, dict) else None
        if version is not None and (type(version) is not int or version != VERSION):
            self.findings.add("audit:leaf_version", leaf=index)
            self.done = True
            return None
        if not _is_leaf(parts):
            self.findings.add("audit:leaf_malformed", leaf=index)
            return None
        facts, shown = (parts[name].encode() if name in parts else None for name in ("facts", "set"))
        return Said(parts["act"].encode(), parts["reg"].encode(), parts["ts"].encode(), facts, shown)

    def _check_document(self, index: int, said: Said) -> None:
        line = self._facts.take(index)
        if line is None and said.facts is None:
            text = None
        else:
            text = None if line is None else document_of(line)
            if text is None or said.facts is None or digest_of(text) != said.facts:
                self.findings.add("audit:facts_mismatch", leaf=index)
                return
        if said.act == _RESIDENCY and _document(text).get(FOREIGN_ROWS) != "0":
            self.findings.add("audit:residency_broken", leaf=index)
        if said.act == _OPENED and _document(text).get("origin") != self._origin:
            self.findings.add("audit:opened_elsewhere", leaf=index)

    def _check_set(self, index: int, said: Said) -> None:
        line = self._sets.take(index)
        if (set_of(line) if line is not None else None) != said.set:
            self.findings.add("audit:set_mismatch", leaf=index)


def _is_leaf(parts: object) -> bool:
    if not isinstance(parts, dict) or not _REQUIRED <= parts.keys() <= _KNOWN:
        return False
    texts = [value for name, value in parts.items() if name != "v"]
    return all(isinstance(text, str) for text in texts) and _TS.fullmatch(parts["ts"]) is not None


def _document(text: str | None) -> dict[str, Any]:
    """Read a document; of what is none, nothing."""
    try:
        document = jcs.parse(text.encode()) if text is not None else None
    except jcs.JcsRefused:
        return {}
    return document if isinstance(document, dict) else {}
