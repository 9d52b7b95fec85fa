"""Frames and messages: strict limits, and nothing that prints a value."""

import msgspec
import pytest
import uuid_utils.compat as uuids
from hypothesis import given
from hypothesis import strategies as st

from security.keeper.frames import MAX_FRAME, FrameRefused, Frames, frame
from security.keeper.gate_messages import SignedIn, SignIn, StepUp
from security.keeper.protocol import Call, encode_call, encode_reply, read_ask, read_call, read_reply
from security.keeper.vault_messages import Opened, Reveal, Seal, SealItem
from tests.security.keeper.stage import NOON

SECRET = "hunter2-X4RTBPFW4"


@given(bodies=st.lists(st.binary(min_size=1, max_size=300)), cut=st.integers(1, 50))
def test_frames_survive_any_cutting(bodies: list[bytes], cut: int) -> None:
    """However a stream is cut into pieces, the same bodies come out in order."""
    stream = b"".join(map(frame, bodies))
    frames = Frames()
    found = [body for at in range(0, len(stream), cut) for body in frames.feed(stream[at : at + cut])]
    assert found == bodies


def test_a_frame_is_at_most_64_kib_and_never_empty() -> None:
    """The longest frame passes; one byte more, and none at all, are refused on both sides."""
    assert Frames().feed(frame(b"x" * MAX_FRAME)) == [b"x" * MAX_FRAME]
    for size in (0, MAX_FRAME + 1):
        with pytest.raises(FrameRefused):
            frame(b"x" * size)
        with pytest.raises(FrameRefused):
            Frames().feed(size.to_bytes(4, "big"))


def test_messages_that_carry_a_value_print_their_name_only() -> None:
    """No repr of a message shows a password, token, value, reference or reason."""
    one = uuids.uuid7()
    items = [SealItem("passport.number", one, SECRET)]
    messages = [
        SignIn(SECRET, SECRET, SECRET, SECRET, one),
        StepUp(SECRET, one, SECRET),
        Seal(SECRET, one, one, one, items),
        Reveal(SECRET, one, one, "iban", None, "refund", SECRET, SECRET),
        Opened(SECRET, NOON, SECRET, 1, SECRET),
        SignedIn(SECRET, one, NOON),
        items,
    ]
    assert SECRET not in f"{messages} {messages[0]} {messages[3]!s}"


def test_what_goes_in_comes_out() -> None:
    """A call and a reply are the same after the way."""
    ask = Reveal("t", uuids.uuid7(), uuids.uuid7(), "iban", uuids.uuid7(), "refund", "r", "because")
    call = read_call(encode_call(7, 500, ask))
    assert (call.id, call.wait, read_ask(call)) == (7, 500, ask)
    answer = SignedIn("t", uuids.uuid7(), NOON)
    reply = read_reply(encode_reply(7, answer))
    assert (reply.id, reply.answer) == (7, answer)


@pytest.mark.parametrize(
    "ask",
    [
        {"op": "drop_everything"},
        {"token": "t"},
        {"op": "status", "more": 1},
        {"op": "sign_out", "token": "t" * 65, "request": "0" * 32},
        {
            "op": "seal",
            "token": "t",
            "request": b"0" * 16,
            "subject": b"0" * 16,
            "org": b"0" * 16,
            "items": [],
        },
        {"op": "trail", "token": "t", "request": b"0" * 16, "before": None, "limit": 10**9},
        [1, 2],
    ],
)
def test_an_unknown_operation_or_a_broken_limit_is_refused(ask: object) -> None:
    """Nothing is read that is not exactly one of the operations within its limits."""
    call = Call(1, 1, msgspec.Raw(msgspec.msgpack.encode(ask)))
    with pytest.raises(msgspec.MsgspecError):
        read_ask(call)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """Random bytes never raise anything but the one error that the listener expects."""
    try:
        read_ask(read_call(body))
    except msgspec.MsgspecError:
        return
    pytest.fail("random bytes were a whole message")
