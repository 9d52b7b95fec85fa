"""The keeper under attack by chance, for a moment: the long run is `python -m tests.fuzz`."""

import asyncio
import random
from typing import Any

import msgspec
import pytest
import uuid_utils.compat as uuids
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.checkpoint import origin_of
from audit.note import ED25519, Signer
from security.keeper.approval_messages import GrantedValue, GrantOpened, PresentGrant
from security.keeper.frames import Frames, frame
from security.keeper.gate_messages import SteppedUp
from security.keeper.messages import Refused
from security.keeper.protocol import Ask, Call, read_ask
from security.keeper.scan_messages import ScanPiece
from tests.database import CellDb
from tests.fuzz import in_process
from tests.fuzz.checking import Watch
from tests.fuzz.interrupted import Interrupted
from tests.security.keeper.stage import NOON, Stage

KINDS = [msgspec.inspect.type_info(one) for one in Ask.__args__]  # type: ignore[attr-defined]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.text(max_size=80)
    | st.binary(max_size=20)
)
VALUES = SCALARS | st.binary(min_size=16, max_size=16) | st.lists(SCALARS, max_size=2)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(kind=st.sampled_from(KINDS), values=st.lists(VALUES, min_size=10, max_size=10))
def test_a_message_of_any_content_is_read_or_refused(kind: Any, values: list[Any]) -> None:
    """Whatever stands in a message of a known operation: it keeps every limit, or it is refused with one error."""
    names = [field.encode_name for field in kind.fields]
    body = msgspec.msgpack.encode({"op": kind.tag, **dict(zip(names, values, strict=False))})
    try:
        ask = read_ask(Call(1, 1, msgspec.Raw(body)))
    except msgspec.MsgspecError:
        return
    assert type(ask) is kind.cls
    assert all(len(text) <= 4000 for text in msgspec.to_builtins(ask).values() if isinstance(text, str))


async def test_noise_on_the_socket_ends_that_connection_only(stage: Stage) -> None:
    """Frames of noise, cut frames and lying lengths end one connection; the keeper answers the next as before."""
    dice = random.Random(7)  # noqa: S311 -- noise
    whole = msgspec.msgpack.encode([1, 1000, {"op": "status"}])
    for turn in range(60):
        reader, writer = await asyncio.open_unix_connection(stage.settings.socket)
        kind = turn % 4
        noise = dice.randbytes(dice.randrange(1, 300))
        sent = [
            noise,
            frame(noise),
            frame(whole)[: dice.randrange(1, 12)],
            frame(whole) + b"\xff\xff\xff\xff",
        ][kind]
        writer.write(sent)
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 5)
        assert len(list(Frames().feed(answer))) <= 1
        writer.close()
    assert (await stage.client.status()).ready


async def test_values_open_only_behind_a_covered_entry_whatever_fails(cell_db: CellDb) -> None:
    """Exceptions and cancellations at any await, lost statements and full disks: no value without its covered entry."""
    run = await in_process.run(cell_db, operations=800, seed=20261126)
    assert run.faults == []
    assert run.struck.total() > 40
    assert run.opened >= run.handed_out > 40
    assert {"Opened", "ScanOpened", "ApprovalAsked"} <= set(run.answers)


async def test_an_interruption_strikes_where_it_is_told_to() -> None:
    """The tool itself: an await is struck once, what the coroutine makes of it is seen, and a short one is spared."""
    met: list[str] = []

    async def work() -> str:
        try:
            await asyncio.sleep(0)
            await asyncio.sleep(0)
        except OSError:
            met.append("struck")
            raise
        return "done"

    with pytest.raises(OSError, match="here"):
        await Interrupted(work(), 2, OSError("here"))
    assert met == ["struck"]
    assert await Interrupted(work(), 9, OSError("here")) == "done"


def test_the_watch_sees_a_value_without_a_proof() -> None:
    """The check itself: an opening without an entry, and an answer with a proof of nothing, are faults."""
    verifier = Signer.from_seed(origin_of("waxwing.example", "eu"), b"s" * 32).verifier(ED25519)
    watch = Watch(verifier, "X4RTBPFW4")
    watch._at_the_door(None)
    watch._proved("c2sp.org/tlog-proof@v1\n")
    assert watch.faults == ["opened without a covered entry", "no proof: ProofFileRefused"]


def test_the_watch_sees_a_value_where_it_must_not_be() -> None:
    """The check itself: another value than the sealed one, and it or the scan in any other answer, are faults."""
    watch = Watch(Signer.from_seed("x.example/eu", b"s" * 32).verifier(ED25519), "X4RTBPFW4", b"scan" * 99)
    one = uuids.uuid7()
    grant = PresentGrant(one, one, "ticket")
    watch.answered(GrantOpened([GrantedValue(one, "X4RTBPFW4"), GrantedValue(one, "Y")], "password"), grant)
    watch.answered(ScanPiece(b"other"))
    watch.answered(Refused("x", 403, {"said": "X4RTBPFW4"}))
    watch.answered(SteppedUp(NOON, 1))
    assert watch.faults == ["another value than the one sealed"] * 2 + ["a value in Refused"]
    assert (watch.handed_out, watch.granted) == (3, {one: 2})
