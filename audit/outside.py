"""`python -m audit witness`: a witness for whoever does not belong to the operator of the log.

It listens, as C2SP tlog-witness says, or looks once at a cell's published checkpoint and tiles. It needs the
standard library and `cryptography`.
"""

import argparse
import secrets
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar, Final, cast

from audit import merkle, mldsa, tiles
from audit.checkpoint import CheckpointRefused, parse_checkpoint
from audit.cosigning import Witness
from audit.note import MlDsaCosigner, Note, NoteRefused, Signer, Verifier, parse_note, parse_vkey
from audit.refusal import Refusal
from audit.tiles import TileRefused
from audit.witness import MAX_BODY, OK, Answer, format_submission
from audit.witness_state import StateRefused, WitnessState, replace_file

DONE, REFUSED, UNUSABLE = 0, 1, 2
PATIENCE: Final = 10.0
_SEED_LENGTH: Final = 32


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--state", type=Path, required=True, metavar="FILE", help="what it cosigned last")
    parser.add_argument("--key", type=Path, required=True, metavar="FILE", help="its key; made at first use")
    parser.add_argument("--name", default="witness.example/outside", help="name in its public key")
    parser.add_argument("--log", action="append", default=[], metavar="VKEY", help="a log that it cosigns")
    parser.add_argument("--known", action="append", default=[], type=Path, metavar="CHECKPOINT")
    parser.add_argument("--listen", metavar="HOST:PORT", help="answer POST /add-checkpoint")
    parser.add_argument("--once", action="store_true", help="look once at --from, cosign, print, end")
    parser.add_argument("--from", dest="source", metavar="URL", help="address of a cell")
    parser.add_argument("--token", default="", help="an auditor's token, for the tiles")


def run(options: argparse.Namespace) -> int:
    """Be a witness; returns the exit code."""
    try:
        logs = _logs(options.log)
        signer = _signer(options.key, options.name)
        state = _state(options.state, options.known, _mark(options.key))
        second = _second(options.key, options.name)
        witness = Witness(signer, state, lambda: logs, lambda: datetime.now(UTC), second=second)
        print(*witness.vkeys, sep="\n", file=sys.stderr, flush=True)
        if options.once:
            return _once(witness, state, options.source or "", options.token)
        return _listen(witness, options.listen or "127.0.0.1:8500")
    except (OSError, Refusal, ValueError) as problem:
        print(f"unusable: {problem}", file=sys.stderr)
        return UNUSABLE


def _logs(texts: Sequence[str]) -> Mapping[str, tuple[Verifier, ...]]:
    keys = [parse_vkey(text) for text in texts]
    return {key.name: tuple(one for one in keys if one.name == key.name) for key in keys}


def _signer(path: Path, name: str) -> Signer:
    """Read the key, or make it; the state beside a key that was just made may be new too."""
    if not path.exists():
        replace_file(path, secrets.token_bytes(_SEED_LENGTH))
        _mark(path).touch()
    seed = path.read_bytes()
    if len(seed) != _SEED_LENGTH:
        raise ValueError("the key file is damaged")
    return Signer.from_seed(name, seed)


def _second(path: Path, name: str) -> MlDsaCosigner | None:
    """Read the ML-DSA-44 key beside the other, or make it; None, and a word, where this machine cannot do it."""
    second = path.with_name(f"{path.name}.mldsa")
    if not mldsa.is_available():
        print("cosigning with Ed25519 only: this cryptography has no ML-DSA-44", file=sys.stderr)
        return None
    if not second.exists():
        replace_file(second, secrets.token_bytes(_SEED_LENGTH))
    seed = second.read_bytes()
    if len(seed) != _SEED_LENGTH:
        raise ValueError("the ML-DSA-44 key file is damaged")
    return MlDsaCosigner.from_seed(name, seed)


def _mark(key: Path) -> Path:
    return key.with_name(f".{key.name}.new")


def _state(path: Path, known: Sequence[Path], mark: Path) -> WitnessState:
    state = WitnessState(path)
    if not state.exists:
        if not (mark.exists() or known):
            raise StateRefused(reason="lost")  # give the latest checkpoints with --known
        state.begin(one.read_bytes() for one in known)
    mark.unlink(missing_ok=True)
    state.notes()
    return state


class Server(ThreadingHTTPServer):
    """Answers for one witness."""

    daemon_threads = True
    witness: Witness


class Handler(BaseHTTPRequestHandler):
    """POST /add-checkpoint, and nothing else."""

    protocol_version = "HTTP/1.1"
    timeout: ClassVar[float] = PATIENCE  # of a caller who says nothing

    def do_POST(self) -> None:
        """Answer a request."""
        length = self.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            self._send(Answer(400, "audit:witness_refused malformed\n"))
            return
        body = self.rfile.read(int(length))
        if self.path != "/add-checkpoint":
            self._send(Answer(404, "audit:witness_refused address\n"))
            return
        try:
            answer = cast("Server", self.server).witness.add_checkpoint(body).answer
        except (StateRefused, OSError) as problem:
            print(f"cannot remember: {problem}", file=sys.stderr, flush=True)
            answer = Answer(503, "audit:witness_state_refused\n")
        self._send(answer)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's name
        """Say what was asked, and what was answered."""
        sys.stderr.write(f"{datetime.now(UTC):%FT%TZ} {format % arguments}\n")

    def _send(self, answer: Answer) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("content-type", answer.type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(witness: Witness, host: str, port: int) -> Server:
    """Bind the address; the caller runs `serve_forever`."""
    server = Server((host, port), Handler)
    server.witness = witness
    return server


def _listen(witness: Witness, address: str) -> int:
    host, _, port = address.rpartition(":")
    server = serve(witness, host or "127.0.0.1", int(port))
    with suppress(KeyboardInterrupt):
        server.serve_forever()
    return DONE


def _once(witness: Witness, state: WitnessState, source: str, token: str) -> int:
    """Fetch the newest checkpoint, prove from tiles that it continues the one known, and cosign it."""
    base = source.rstrip("/") + "/ledger"
    try:
        note = parse_note(_fetch(f"{base}/checkpoint"))
        tree = parse_checkpoint(note.text)
        known = state.known(tree.origin)
        old = min(known.size, tree.size) if known else 0  # a shrunken log is told so, not that we erred
        proof = []
        if 0 < old < tree.size:
            proof = merkle.consistency_proof(old, tree.size, _Reader(base, token, tree.size))
    except (urllib.error.URLError, NoteRefused, CheckpointRefused, TileRefused) as problem:
        print(f"unusable: {problem}", file=sys.stderr)
        return UNUSABLE
    decision = witness.add_checkpoint(format_submission(old, proof, str(note)))
    if decision.answer.status != OK:
        print(f"refused: {decision.answer.body.strip()} ({decision.refused})", file=sys.stderr)
        return REFUSED
    cosigned = parse_note(f"{note.text}\n{decision.answer.body}".encode())
    print(Note(note.text, (*note.signatures, *cosigned.signatures)), end="")
    return DONE


class _Reader:
    """Reads perfect subtrees from a log's tiles, each tile fetched once."""

    def __init__(self, base: str, token: str, size: int) -> None:
        self._base = base
        self._token = token
        self._size = size
        self._held: dict[tuple[int, int], bytes] = {}

    def __call__(self, node: merkle.Node) -> bytes:
        level, index = place = tiles.tile_of(node)
        if place not in self._held:
            width = min(tiles.WIDTH, (self._size >> tiles.HEIGHT * level) - index * tiles.WIDTH)
            path = tiles.Tile(level, index, width).path
            self._held[place] = _fetch(f"{self._base}/{path}", self._token)
        return tiles.node_in(self._held[place], node)


def _fetch(url: str, token: str = "") -> bytes:
    if not url.startswith(("http://", "https://")):
        raise ValueError("an address that begins with http:// or https:// is needed")
    headers = {"authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310 - the scheme is checked above
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
        data: bytes = answer.read(MAX_BODY)
    return data
