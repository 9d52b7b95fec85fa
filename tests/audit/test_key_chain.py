"""A log's key is changed inside the log: the first key alone leads to the last, and nothing else does."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from audit import jcs
from audit.catalogue import LOG_KEY_ANNOUNCED
from audit.entry import Facts
from audit.key_chain import announcement
from audit.note import Signer, Signers
from audit.verify import OlderUnusable, Trust, verify_bundle
from tests.audit.made_log import ORIGIN, START, MadeLog, maker, written

KEYS = [Signer.from_seed(ORIGIN, bytes([n]) * 32) for n in range(1, 5)]
V1, V2, V3, THIEF = (key.verifier() for key in KEYS)


class Rotated(MadeLog):
    """A log that announces keys and goes over to them."""

    def __init__(self):
        super().__init__(maker(seed=bytes([1]) * 32))
        self.keys = []

    def sign_with(self, *signers):
        """Sign with these from now on."""
        self.made = replace(self.made, signer=Signers(signers))
        return self

    def announce(self, old, new, kind=LOG_KEY_ANNOUNCED):
        """Write the entry, and keep what an export needs."""
        facts = Facts(
            kind=kind,
            who="keeper",
            role="process",
            request=UUID(int=1),
            document=announcement(str(old), str(new)),
        )
        at = START + timedelta(seconds=len(self.leaves))
        index = len(self.leaves)
        self.add([self.made.leaf(facts, at)])
        document = self.leaves[index].document
        self.keys.append({"checkpoint": self.state.note, "document": document, "index": index})
        return self

    def files(self):
        """Return the export, handovers and all."""
        lines = b"".join(jcs.canonical(line) + b"\n" for line in self.keys)
        return super().files() | ({"side/keys.jsonl": lines} if lines else {})


def rotated():
    """Return a log over two rotations, with an overlap in the first, and checkpoints of each time."""
    log = Rotated().grow(300)
    notes = [log.state.note.encode()]
    log.announce(V1, V2).sign_with(KEYS[0], KEYS[1]).grow(40)
    notes.append(log.state.note.encode())
    log.sign_with(KEYS[1]).grow(300)
    notes.append(log.state.note.encode())
    log.announce(V2, V3).sign_with(KEYS[2]).grow(10)
    return log, notes


LOG, NOTES = rotated()
FILES = LOG.files()


@pytest.fixture
def check(tmp_path):
    """Return a function that names what the verifier finds."""

    def found(files, **trust):
        report = verify_bundle(written(files, tmp_path), Trust(**{"keys": (V1,), **trust}))
        return {code: dict(finding.fields) for code, finding in report.findings.first.items()}

    return found


def test_the_first_key_leads_over_two_rotations(check) -> None:
    """With the first key alone the export is whole, with a later one too, and against a checkpoint of each time."""
    for key in (V1, V2, V3):
        assert check(FILES, keys=(key,)) == {}
    for note in NOTES:
        assert check(FILES, older=note) == {}
    assert check(FILES, keys=(), older=NOTES[0]) == {}
    assert check(FILES, keys=()) == {}


def test_a_key_that_nobody_announced_is_named(check) -> None:
    """Keys swapped without an entry: not signed by a key to which the given one leads."""
    log = Rotated().grow(300).sign_with(KEYS[1]).grow(5)
    assert check(log.files()) == {"audit:wrong_signature": {"size": 305}}
    older = Rotated().grow(300).state.note.encode()
    assert "audit:key_changed" in check(log.files(), keys=(), older=older)
    assert check(FILES, keys=(THIEF,)) == {"audit:wrong_signature": {"size": len(LOG.leaves)}}


def test_the_old_key_alone_counts_no_more(check) -> None:
    """Whoever steals the key that was handed over signs no checkpoint behind the handover that is believed."""
    log = Rotated().grow(20).announce(V1, V2).sign_with(KEYS[0]).grow(5)
    assert check(log.files()) == {"audit:wrong_signature": {"size": 26}}
    both = Rotated().grow(20).announce(V1, V2).sign_with(KEYS[0], KEYS[1]).grow(5)
    assert check(both.files()) == {}
    just = Rotated().grow(20).announce(V1, V2)
    assert check(just.files()) == {}


def test_a_thief_cannot_announce_himself(check) -> None:
    """An announcement under the new key, or under none, a false root, another document, another kind: each is named."""
    thief = Rotated().grow(20).sign_with(KEYS[3]).announce(V1, THIEF).grow(5)
    assert check(thief.files())["audit:handover_broken"]["reason"] == "unsigned"
    assert check(thief.files())["audit:wrong_signature"] == {"size": 26}
    twice = Rotated().grow(20).announce(V1, V2).grow(5).announce(V1, THIEF).sign_with(KEYS[3]).grow(1)
    assert check(twice.files())["audit:handover_broken"] == {"handover": 1, "reason": "handed_over"}
    other = Rotated().grow(20).announce(V1, V2, kind="audit:witness:made").sign_with(KEYS[1]).grow(5)
    assert check(other.files())["audit:handover_broken"]["reason"] == "leaf"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"document": jcs.canonical(announcement(str(V1), str(THIEF))).decode()}, "document"),
        ({"document": jcs.canonical(announcement(str(V1), str(V1))).decode()}, "keys"),
        ({"document": "{}"}, "keys"),
        ({"index": 299}, "leaf"),
        ({"index": 301}, "size"),
        ({"index": "300"}, "line"),
        ({"checkpoint": LOG.keys[1]["checkpoint"]}, "unsigned"),
        ({"checkpoint": Rotated().grow(310).state.note}, "root"),
        ({"checkpoint": MadeLog(maker(origin="elsewhere/audit/eu")).grow(310).state.note}, "origin"),
        ({"more": "x"}, "line"),
    ],
)
def test_a_handover_that_does_not_hold_is_named(check, change, reason) -> None:
    """Whatever of a handover is exchanged, the chain ends there, and the last signature is nobody's."""
    line = jcs.canonical({**LOG.keys[0], **change}) + b"\n"
    files = FILES | {"side/keys.jsonl": line + jcs.canonical(LOG.keys[1]) + b"\n"}
    found = check(files)
    assert found["audit:handover_broken"] == {"handover": 0, "reason": reason}
    assert "audit:wrong_signature" in found


def test_a_handover_left_out_ends_the_chain(check) -> None:
    """Without the first step the second leads nowhere from the first key, and the key after it still does."""
    files = FILES | {"side/keys.jsonl": jcs.canonical(LOG.keys[1]) + b"\n"}
    assert check(files) == {"audit:wrong_signature": {"size": len(LOG.leaves)}}
    assert check(files, keys=(V2,)) == {}


def test_an_older_checkpoint_under_another_key_says_nothing(check) -> None:
    """A checkpoint that no key of the chain signed cannot be compared with."""
    with pytest.raises(OlderUnusable):
        check(FILES, older=Rotated().sign_with(KEYS[3]).grow(5).state.note.encode())
