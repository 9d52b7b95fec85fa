"""`python -m tests.fuzz.guided [-runs=N …]`: what the keeper reads, fuzzed by atheris, which follows the bytes.

Atheris is no dependency of the tests (35 MB): install `tests/fuzz/requirements.txt` first; exit 2 without it. Arguments
are those of libFuzzer. It begins from one message of each operation. Whatever comes from the socket, cut anywhere, must
be read or refused; anything else is a crash.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any


def main(arguments: Sequence[str]) -> int:
    """Fuzz until told to stop, or so many runs."""
    try:
        import atheris  # type: ignore[import-not-found, unused-ignore]  # noqa: PLC0415 -- may be missing
    except ImportError:
        print("atheris is missing: install tests/fuzz/requirements.txt.", file=sys.stderr)
        return 2
    with atheris.instrument_imports(include=["security.keeper"]):
        read = _reader()
    with tempfile.TemporaryDirectory() as folder:
        for name, body in seeds():
            (Path(folder) / name).write_bytes(body)
        atheris.Setup([sys.argv[0], *arguments, folder], read)
        atheris.Fuzz()
    return 0


def seeds() -> Iterator[tuple[str, bytes]]:
    """Give a message of each operation, with something in each of its fields."""
    import msgspec  # noqa: PLC0415 -- only after the instrumentation has begun

    from security.keeper.protocol import Ask  # noqa: PLC0415

    for one in Ask.__args__:  # type: ignore[attr-defined, unused-ignore]
        about: Any = msgspec.inspect.type_info(one)
        fields = {field.encode_name: _sample(field.type) for field in about.fields}
        yield about.tag, b"\0" + msgspec.msgpack.encode([1, 1000, {"op": about.tag, **fields}])


def _sample(kind: Any) -> Any:
    samples = {
        "UUIDType": b"0123456789abcdef",
        "IntType": 1,
        "BytesType": b"x",
        "ListType": [],
        "StrType": "x",
    }
    return samples.get(type(kind).__name__)


def _reader() -> Callable[[bytes], None]:
    """Give what stands on the keeper's side of the socket: frames, calls, asks."""
    import msgspec  # noqa: PLC0415 -- only after the instrumentation has begun

    from security.keeper.frames import FrameRefused, Frames, frame  # noqa: PLC0415
    from security.keeper.protocol import read_ask, read_call  # noqa: PLC0415

    def ask(body: bytes) -> Any:
        try:
            return read_ask(read_call(body))
        except msgspec.MsgspecError:
            return None

    def read(data: bytes) -> None:
        at = data[0] if data else 0
        for stream in (data, frame(data) if data else b""):
            frames = Frames()
            try:
                bodies = [*frames.feed(stream[:at]), *frames.feed(stream[at:])]
            except FrameRefused:
                continue
            for body in bodies:
                assert len(repr(ask(body))) < 100

    return read


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
