"""A witness: the protocol as a story of exchanges over HTTP, races, what it remembers, and the command."""

import asyncio
import http.client
import json
import threading
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import merkle
from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.cosigning import Witness, read_cosignature
from audit.note import COSIGNATURE_V1, NoteRefused, Signer
from audit.outside import serve
from audit.witness import WitnessRefused, format_submission, parse_submission
from audit.witness_state import StateRefused, WitnessState
from tests.audit.made_log import ORIGIN
from tests.audit.story import NOW, SIZE, Story, Told

WITNESS = Signer.from_seed("witness.example/w", bytes(31) + b"w")
VKEY = WITNESS.verifier(COSIGNATURE_V1)


STORY = Story()
MADE, LOGS, OTHER_KEY = STORY.made, STORY.logs, STORY.other


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


async def test_the_story_of_exchanges(address):
    """Each request of `exchanges.txt` gets the answer that stands beside it, over HTTP; of a race one is stored."""

    def send(body):
        connection = http.client.HTTPConnection(*address, timeout=10)
        connection.request("POST", "/add-checkpoint", body)
        answer = connection.getresponse()
        told = Told(answer.status, answer.headers["content-type"], answer.read().decode())
        connection.close()
        return told

    assert await STORY.play(lambda body: asyncio.to_thread(send, body), [VKEY]) == 32


def test_a_connection_is_kept_alive(address):
    """Requests may follow one another over one connection."""
    connection = http.client.HTTPConnection(*address, timeout=10)
    for line, status in (("old 0, tree log 5", 200), ("old 0, tree log 8", 409)):
        connection.request("POST", "/add-checkpoint", STORY.written(line))
        answer = connection.getresponse()
        assert answer.status == status
        answer.read()
    connection.close()


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


def test_the_same_again_costs_no_write(tmp_path):
    """Whoever sends a public checkpoint again and again gets lines, and makes nobody flush a disk."""
    made, log = witness(tmp_path), LOGS["log"]
    made.add_checkpoint(format_submission(0, [], str(log.note(30))))
    before = (tmp_path / "state").stat()
    assert made.add_checkpoint(format_submission(30, [], str(log.note(30)))).answer.status == 200
    after = (tmp_path / "state").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_a_lost_state_begins_from_the_latest_checkpoints(tmp_path):
    """Given checkpoints kept elsewhere, a new state goes on from the largest of each log."""
    log = LOGS["log"]
    state = WitnessState(tmp_path / "state")
    state.begin([str(log.note(30)).encode(), str(log.note(70)).encode(), str(log.note(20)).encode()])
    assert state.known(ORIGIN).size == 70
    assert not (json.loads((tmp_path / "state").read_bytes())["logs"].keys() - {ORIGIN})
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o600


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_answered(data):
    """Whatever is sent without a signed checkpoint is refused as malformed, and nothing else happens."""
    with pytest.raises(WitnessRefused) as refused:
        parse_submission(b"old " + data)
    assert refused.value.status == 400


@settings(deadline=None)
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
