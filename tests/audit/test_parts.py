"""A bundle judged in parts and by several processes: the same findings as in one piece, at every border."""

import json
import pickle
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from audit import crew, jcs, leafform, parts, verify
from audit.bundle import BundleUnusable
from audit.checkpoint import region_of
from audit.entry import Leaf
from audit.leafcheck import Beside, LeafCheck
from audit.progress import Bar
from audit.refusal import Refusal
from audit.verify import Trust, verify_bundle
from tests.audit.big_log import leaf_at, write_big
from tests.audit.made_log import ORIGIN, MadeLog, rebuilt, written

SIZE = 1100
LOG = MadeLog().grow(SIZE)
CODE = some.text("abcXYZ019_.:/-", min_size=1, max_size=8)
ANY = some.one_of(
    CODE, some.text('a\u00e9\u0661"\\\n ', max_size=4), some.just("2026-01-02T03:04:05.000006Z")
)
NAMES = [
    "act",
    "at",
    "case",
    "dec",
    "dek",
    "facts",
    "n",
    "rc",
    "reg",
    "req",
    "res",
    "role",
    "set",
    "sub",
    "tier",
    "ts",
    "via",
    "who",
    "why",
]


@pytest.fixture(params=[(1, 16), (1, 1), (2, 1)], ids=["whole", "cut", "processes"])
def found(request, tmp_path, monkeypatch):
    """Return what tells the findings in files: in one part, in parts of one tile, and by two processes."""
    processes, width = request.param
    monkeypatch.setattr(parts, "TILES", width)
    monkeypatch.setattr(verify, "_WORTH", 0)
    monkeypatch.setattr(crew, "AHEAD", 1)

    def told(files):
        findings = verify_bundle(written(files, tmp_path), Trust(), processes=processes).findings
        return {code: (*one.fields.values(), findings.more[code]) for code, one in findings.first.items()}

    return told


def broken():
    """Return the leaves of the log, with something wrong on both sides of the borders of its tiles."""
    leaves = list(LOG.leaves)
    for index, ts in ((256, "2026-01-02T03:04:01.000000Z"), (600, "2026-01-02T03:04:02.000000Z")):
        said = {**json.loads(leaves[index].data), "ts": ts}
        leaves[index] = replace(leaves[index], data=jcs.canonical(said))
    leaves[512] = leaves[511]
    leaves[700] = replace(leaves[700], data=b"{} ")
    said = {**json.loads(leaves[900].data), "v": 2}
    leaves[900] = Leaf(jcs.canonical(said))
    leaves[1000] = leaves[1050] = replace(leaves[1000], data=b"{}")
    return leaves


def test_parts_find_what_the_whole_finds(found):
    """Times, doubled leaves, side documents and the end at an unknown version: alike at any border."""
    assert found(LOG.files()) == {}
    assert found(rebuilt(broken())) == {
        "audit:time_backwards": (256, "2026-01-02T03:04:01.000000Z", 1),
        "audit:leaf_doubled": (512, 0),
        "audit:leaf_not_canonical": (700, 0),
        "audit:leaf_version": (900, 0),
    }


def test_parts_find_what_is_beside_the_leaves(found):
    """A line left out, a line more at the end, and one out of its order are found wherever parts begin."""
    files = LOG.files()
    first, *rest = files["side/facts.jsonl"].splitlines(keepends=True)
    assert found(files | {"side/facts.jsonl": b"".join(rest)})["audit:facts_mismatch"] == (0, 0)
    more = files["side/facts.jsonl"] + jcs.canonical({"index": SIZE, "document": "{}"}) + b"\n"
    assert found(files | {"side/facts.jsonl": more}) == {"audit:facts_mismatch": (SIZE, 0)}
    assert found(files | {"side/facts.jsonl": b"".join([*rest, first])})["audit:facts_mismatch"][0] == 0


def test_what_a_process_cannot_read_is_unusable(found):
    """A line that is none is refused alike, whoever reads it."""
    files = LOG.files()
    torn = files["side/facts.jsonl"].replace(b'"document":"', b'"document": "', 1)
    with pytest.raises(Refusal) as refused:
        found(files | {"side/facts.jsonl": torn})
    assert refused.value.fields == {"reason": "line", "path": "side/facts.jsonl"}


def test_a_refusal_goes_to_another_process_whole():
    """A refusal that was pickled is of the same kind and has the same fields."""
    again = pickle.loads(pickle.dumps(BundleUnusable(reason="line", path="x")))  # noqa: S301 - our own
    assert (type(again), again.fields) == (BundleUnusable, {"reason": "line", "path": "x"})


def test_hashes_alone_do_not_judge_what_leaves_say(tmp_path):
    """Asked for hashes only, the verifier finds what was changed and leaves what leaves say unread."""
    files = rebuilt(broken())
    report = verify_bundle(written(files, tmp_path), Trust(), reads_leaves=False)
    assert (report.findings.first, report.leaves_read) == ({}, False)
    other = rebuilt(LOG.leaves)
    changed = written(files | {"tile/entries/001": other["tile/entries/001"]}, tmp_path, "changed.zip")
    found = verify_bundle(changed, Trust(), reads_leaves=False).findings.first
    assert found["audit:leaf_edited"].fields == {"leaf": 256}


@given(some.dictionaries(some.sampled_from(NAMES), ANY), some.sampled_from([1, 2, "1"]))
def test_the_usual_form_is_canonical_and_says_what_the_json_says(said, version):
    """Whatever the pattern knows, the slow reader reads alike; what it refuses, the pattern does not know."""
    base = dict.fromkeys(["act", "dec", "n", "reg", "req", "role", "who"], "x") | {
        "ts": "2026-01-02T03:04:05.000006Z"
    }
    leaf = jcs.canonical(base | said | {"v": version})
    quick = leafform.said(leaf)
    check = LeafCheck(ORIGIN, region_of(ORIGIN), Beside([]), Beside([]))
    slow = check._slowly(0, leaf)
    assert quick is None or quick == slow
    assert quick is None or not check.findings


@pytest.mark.parametrize(
    "leaf",
    [
        leaf_at(1).replace(b",", b", ", 1),
        leaf_at(1) + b"\n",
        leaf_at(1).replace(b'"v":1', b'"v":1.0'),
        leaf_at(1).replace(b"op_1", b"op\\u005f1"),
        leaf_at(1).replace(b'"dec":"allow","n"', b'"n"').replace(b'"v":1', b'"dec":"allow","v":1'),
        leaf_at(1).replace(b'"v":1', b'"v":1,"v":1'),
        leaf_at(1).replace(b"op_1", "\u0661".encode()),
        leaf_at(1).replace(b"2026", "\u0662026".encode()),
    ],
)
def test_another_spelling_is_not_the_usual_form(leaf):
    """A space, a newline, another number, an escape, another order, a doubled part: not the usual form."""
    assert leafform.said(leaf_at(1)) is not None
    assert leafform.said(leaf) is None


class Screen:
    """A stream that says whether it is a terminal, and keeps what is written."""

    def __init__(self, *, terminal):
        self.terminal = terminal
        self.text = ""

    def isatty(self):
        return self.terminal

    def write(self, text):
        self.text += text

    def flush(self):
        pass


def test_the_bar_is_drawn_on_a_terminal_alone():
    """On a terminal a bar that is taken away again; elsewhere nothing, or a line for every tenth if asked."""
    times = iter(range(100))
    screen = Screen(terminal=True)
    bar = Bar(screen, clock=lambda: next(times))
    bar(500, 1000)
    assert "[####################....................]  50% 500 of 1,000 leaves" in screen.text
    bar.clear()
    assert screen.text.endswith("\r\x1b[K")
    silent, lines = Screen(terminal=False), Screen(terminal=False)
    for stream, asked in ((silent, False), (lines, True)):
        bar = Bar(stream, lines=asked)
        for done in range(0, 1001, 50):
            bar(done, 1000)
        bar.clear()
    assert silent.text == ""
    assert len(lines.text.splitlines()) == 10


def test_a_big_log_is_whole(tmp_path):
    """Leaves of one time that go on over the borders of parts are nobody's double."""
    assert verify_bundle(write_big(9000, tmp_path / "big.zip"), Trust()).findings.first == {}
