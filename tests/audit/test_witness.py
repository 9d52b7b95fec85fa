"""A witness: the protocol as a story of exchanges over HTTP, races, what it remembers, and the command."""

import http.client
import json
import re
import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle
from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.cosigning import Witness, read_cosignature
from audit.note import COSIGNATURE_V1, NoteRefused, Signer
from audit.outside import serve
from audit.witness import WitnessRefused, format_submission, parse_submission
from audit.witness_state import StateRefused, WitnessState
from tests.audit.made_log import ORIGIN, facts_at, maker

STORY = Path(__file__).with_name("exchanges.txt")
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
WITNESS = Signer.from_seed("witness.example/w", bytes(31) + b"w")
VKEY = WITNESS.verifier(COSIGNATURE_V1)
SIZE = 320


class Grown:
    """A log whose checkpoint, root and proofs of any size can be had."""

    def __init__(self, made, leaves):
        self.signer = made.signer
        self.hashes = [merkle.leaf_hash(leaf.data) for leaf in leaves]

    def read(self, node):
        """Return a perfect subtree."""
        level, index = node
        return merkle.root_of(self.hashes[index << level : (index + 1) << level])

    def note(self, size, signer=None):
        """Return the signed checkpoint of so many leaves."""
        signer = signer or self.signer
        tree = Checkpoint(self.signer.name, size, merkle.root_of(self.hashes[:size]))
        return sign_checkpoint(tree, signer)

    def proof(self, old, new):
        """Return a consistency proof."""
        return merkle.consistency_proof(old, new, self.read)


def _leaves(made, first=0):
    return [made.leaf(facts_at(n + first), NOW) for n in range(SIZE)]


MADE = maker()
LEAVES = _leaves(MADE)
LOGS = {
    "log": Grown(MADE, LEAVES),
    "fork": Grown(MADE, LEAVES[:5] + _leaves(MADE, 7)[5:]),
    "stranger": Grown(maker(origin="stranger.example/audit/eu"), LEAVES),
}
OTHER_KEY = Signer.from_seed(ORIGIN, bytes(31) + b"x")


def pinned():
    """Return the one log that the witness knows."""
    key = MADE.signer.verifier()
    return {key.name: (key,)}


def witness(folder, *, begin=True):
    """Return a witness whose state lies in a folder."""
    state = WitnessState(Path(folder) / "state")
    if begin:
        state.begin()
    return Witness(WITNESS, state, pinned, lambda: NOW)


def written(line):
    """Turn a line of the story into the bytes that are sent."""
    if line == "nothing":
        return b""
    old = int(re.search(r"old (\d+)", line)[1])
    name, size = re.search(r"tree (\w+) (\d+)", line).groups()
    log = LOGS[name]
    between = re.search(r"proof of (\d+) to (\d+)", line)
    proof = log.proof(*map(int, between.groups())) if between else []
    proof = [bytes(32)] * 64 if "64 hashes" in line else proof
    note = str(log.note(int(size), OTHER_KEY if "signed by another" in line else None))
    return spoilt(format_submission(old, proof, note).decode(), line, log).encode()


def spoilt(text, line, log):
    """Do to a request what the story says is wrong with it."""
    signature = text.rpartition("\n\n")[2]
    deeds = {
        "unsigned": lambda: text.replace(signature, str(LOGS["stranger"].note(5)).rpartition("\n\n")[2]),
        "signature of": lambda: text.replace(signature, str(log.note(309)).rpartition("\n\n")[2]),
        "old spelt": lambda: text.replace("old 300", "old 0300"),
        "no gap": lambda: text.replace("\n\n", "\n", 1),
        "hash cut short": lambda: re.sub(r"(old \d+\n).{4}", r"\1", text),
        "hash spelt otherwise": lambda: re.sub(r"(old \d+\n)(.*)=\n", _otherwise, text),
        "root spelt otherwise": lambda: re.sub(r"(\n310\n)(.*)=\n", _otherwise, text),
    }
    return next((deed() for wrong, deed in deeds.items() if wrong in line), text)


def _otherwise(match):
    """Change bits of base64 that a lax decoder ignores."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    spelling = match[2]
    return f"{match[1]}{spelling[:-1]}{alphabet[alphabet.index(spelling[-1]) ^ 1]}=\n"


@pytest.fixture
def address(tmp_path):
    """Serve a witness over HTTP while the test runs."""
    server = serve(witness(tmp_path), "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_story_of_exchanges(address):
    """Each request of `exchanges.txt` gets the answer that stands beside it, over one connection kept alive."""
    connection = http.client.HTTPConnection(*address, timeout=10)
    told = 0
    for row in STORY.read_text().splitlines():
        if not row.startswith("send "):
            continue
        line, expected = (part.strip() for part in row.removeprefix("send ").split("->"))
        sent = written(line)
        connection.request("POST", "/add-checkpoint", sent)
        answer = connection.getresponse()
        body = answer.read().decode()
        assert str(answer.status) == expected.split()[0], f"{row}: {answer.status} {body}"
        if "known" in expected:
            assert body == expected.rpartition(" ")[2] + "\n", row
            assert answer.headers["content-type"] == "text/x.tlog.size", row
        if "cosigned" in expected:
            text = sent.decode().partition("\n\n")[2].rpartition("\n\n")[0] + "\n"
            assert read_cosignature(text, body, VKEY).at == NOW.timestamp(), row
        told += 1
    connection.close()
    assert told == 26


def test_other_addresses_and_lengths(address):
    """Another address is 404; a body too long or of no length is 400 and ends the connection."""
    for path, headers, expected in (
        ("/elsewhere", {}, 404),
        ("/add-checkpoint", {"content-length": "99999999"}, 400),
        ("/add-checkpoint", {"content-length": "-1"}, 400),
    ):
        connection = http.client.HTTPConnection(*address, timeout=10)
        connection.request("POST", path, b"" if headers else b"x", headers)
        assert connection.getresponse().status == expected
        connection.close()


@pytest.mark.parametrize("turn", range(3))
def test_racing_requests_never_roll_back(tmp_path, turn):
    """Of many requests at once from one size one wins; the size remembered never shrinks, whoever is last."""
    made = witness(tmp_path)
    log = LOGS["log"]
    made.add_checkpoint(format_submission(0, [], str(log.note(10))))
    sizes = list(range(11, 60))
    bodies = [format_submission(10, log.proof(10, size), str(log.note(size))) for size in sizes]
    with ThreadPoolExecutor(16) as pool:
        decisions = list(pool.map(made.add_checkpoint, bodies))
    won = [size for size, one in zip(sizes, decisions, strict=True) if one.answer.status == 200]
    assert len(won) == 1
    assert {one.answer.status for one in decisions} == {200, 409}
    assert WitnessState(tmp_path / "state").known(ORIGIN).size == won[0]


def test_alarms_are_those_that_a_log_signed(tmp_path):
    """A fork or a shrunken log under the log's own key is an alarm; what a stranger can send is none."""
    made, log, fork = witness(tmp_path), LOGS["log"], LOGS["fork"]
    made.add_checkpoint(format_submission(0, [], str(log.note(50))))
    for body, alarm in (
        (format_submission(50, [], str(fork.note(50))), "fork"),
        (format_submission(50, fork.proof(50, 60), str(fork.note(60))), "fork"),
        (format_submission(20, [], str(log.note(20))), "shrunken"),
        (format_submission(20, log.proof(20, 60), str(log.note(60))), None),
        (format_submission(50, [], str(log.note(60))), None),
        (format_submission(0, [], str(log.note(50, OTHER_KEY))), None),
        (b"old x", None),
    ):
        refused = made.add_checkpoint(body).refused
        assert (refused.reason if refused.is_alarm else None) == alarm


def test_an_empty_log_may_be_cosigned(tmp_path):
    """Size 0 with the empty root is accepted from a log never seen, with another root it is not."""
    made = witness(tmp_path)
    signer = MADE.signer
    empty = sign_checkpoint(Checkpoint(ORIGIN, 0, merkle.EMPTY_ROOT), signer)
    false = sign_checkpoint(Checkpoint(ORIGIN, 0, bytes(32)), signer)
    assert made.add_checkpoint(format_submission(0, [], str(false))).answer.status == 409
    assert made.add_checkpoint(format_submission(0, [bytes(32)], str(empty))).answer.status == 422
    assert made.add_checkpoint(format_submission(0, [], str(empty))).answer.status == 200
    assert made.add_checkpoint(format_submission(0, [], str(LOGS["log"].note(3)))).answer.status == 200


def test_it_remembers_across_restarts_and_never_begins_anew(tmp_path):
    """What was cosigned outlives the process; a state that is lost or damaged refuses instead of forgetting."""
    log = LOGS["log"]
    witness(tmp_path).add_checkpoint(format_submission(0, [], str(log.note(30))))
    again = witness(tmp_path, begin=False)
    assert again.add_checkpoint(format_submission(0, [], str(log.note(40)))).answer.body == "30\n"
    with pytest.raises(StateRefused):
        WitnessState(tmp_path / "state").begin()
    for damage in (b"{}", b"\xff", b'{"version": 1, "logs": {"a": 1}}', None):
        (tmp_path / "state").write_bytes(damage) if damage else (tmp_path / "state").unlink()
        with pytest.raises(StateRefused):
            again.add_checkpoint(format_submission(0, [], str(log.note(40))))


def test_a_lost_state_begins_from_the_latest_checkpoints(tmp_path):
    """Given checkpoints kept elsewhere, a new state goes on from the largest of each log."""
    log = LOGS["log"]
    state = WitnessState(tmp_path / "state")
    state.begin([str(log.note(30)).encode(), str(log.note(70)).encode(), str(log.note(20)).encode()])
    assert state.known(ORIGIN).size == 70
    assert not (json.loads((tmp_path / "state").read_bytes())["logs"].keys() - {ORIGIN})
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600


@given(st.binary(max_size=400))
def test_any_bytes_are_answered(data):
    """Whatever is sent without a signed checkpoint is refused as malformed, and nothing else happens."""
    with pytest.raises(WitnessRefused) as refused:
        parse_submission(b"old " + data)
    assert refused.value.status == 400


@given(st.integers(1, SIZE), st.integers(1, SIZE))
def test_a_request_reads_back(old, new):
    """What a log writes, a witness reads: size, proof and checkpoint."""
    old, new = sorted((old, new))
    log = LOGS["log"]
    proof = log.proof(old, new)
    asked = parse_submission(format_submission(old, proof, str(log.note(new))))
    assert (asked.old, list(asked.proof), asked.tree.size) == (old, proof, new)


def test_a_cosignature_is_only_the_witness_own(tmp_path):
    """A line of another key is ignored, a false one under the witness's key refused, none at all too."""
    log = LOGS["log"]
    line = witness(tmp_path).add_checkpoint(format_submission(0, [], str(log.note(9)))).answer.body
    stranger = Signer.from_seed("stranger.example/w", bytes(31) + b"s").cosign(log.note(9).text, 1).line()
    assert read_cosignature(log.note(9).text, stranger + line, VKEY).line == line
    for text, lines in (
        (log.note(10).text, line),
        (log.note(9).text, stranger),
        (log.note(9).text, ""),
        (log.note(9).text, "no line\n"),
        (log.note(9).text, f"— {VKEY.name} {b64encode(VKEY.key_id + bytes(3)).decode()}\n"),
    ):
        with pytest.raises(NoteRefused):
            read_cosignature(text, lines, VKEY)
