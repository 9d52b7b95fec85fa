"""The exchanges of `exchanges.txt`, played against any witness: what is sent, what must come back."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from audit import merkle
from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.cosigning import read_cosignature
from audit.note import Signer, Verifier
from audit.witness import SIZE_TYPE, format_submission
from tests.audit.made_log import ORIGIN, facts_at, maker

LINES = Path(__file__).with_name("exchanges.txt").read_text().splitlines()
NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
SIZE = 320


class Told(NamedTuple):
    """What a witness answered."""

    status: int
    type: str
    body: str


Ask = Callable[[bytes], Awaitable[Told]]


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


class Story:
    """The logs of the story, of which the witness must have pinned `key`, and the playing of it."""

    def __init__(self, origin=ORIGIN):
        self.made = maker(origin=origin)
        leaves = _leaves(self.made)
        self.logs = {
            "log": Grown(self.made, leaves),
            "fork": Grown(self.made, leaves[:5] + _leaves(self.made, 7)[5:]),
            "stranger": Grown(maker(origin="stranger.example/audit/eu"), leaves),
        }
        self.other = Signer.from_seed(origin, bytes(31) + b"x")
        self.key = self.made.signer.verifier()

    async def play(self, ask: Ask, keys: Sequence[Verifier]) -> int:
        """Send every request, check every answer, and say how many lines were told."""
        winner, told = 0, 0
        for row in LINES:
            deed, _, rest = row.partition(" ")
            if deed not in {"send", "race"}:
                continue
            line, expected = (part.strip() for part in rest.replace("winner", str(winner)).split("->"))
            if deed == "race":
                winner = await self._race(ask, line, expected, row)
            else:
                self._judge(await ask(self.written(line)), self.written(line), expected, row, keys)
            told += 1
        return told

    async def _race(self, ask: Ask, line: str, expected: str, row: str) -> int:
        """Send all at once; exactly one may win. Returns the winner's size."""
        old = int(re.search(r"old (\d+)", line)[1])
        first, last = map(int, re.search(r"log (\d+) to (\d+)", line).groups())
        sizes = list(range(first, last + 1)) * (3 if "three times" in line else 1)
        bodies = [self.written(f"old {old}, tree log {size}, proof of {old} to {size}") for size in sizes]
        answers = await asyncio.gather(*map(ask, bodies))
        won = [size for size, one in zip(sizes, answers, strict=True) if one.status == 200]
        lost = {one.status for one in answers if one.status != 200}
        assert (len(won), lost) == (1, {int(expected.rpartition(" ")[2])}), f"{row}: {answers}"
        assert {one.body for one in answers if one.status != 200} == {f"{won[0]}\n"}, row
        return won[0]

    def _judge(self, told: Told, sent: bytes, expected: str, row: str, keys: Sequence[Verifier]) -> None:
        assert str(told.status) == expected.split(maxsplit=1)[0], f"{row}: {told}"
        if "known" in expected:
            assert told.body == expected.rpartition(" ")[2] + "\n", row
            assert told.type.partition(";")[0] == SIZE_TYPE, row
        if "cosigned" in expected:
            text = sent.decode().partition("\n\n")[2].rpartition("\n\n")[0] + "\n"
            found = read_cosignature(text, told.body, *keys)
            assert len(found.algorithms) == len(keys), row

    def written(self, line):
        """Turn a line of the story into the bytes that are sent."""
        if line == "nothing":
            return b""
        old = int(re.search(r"old (\d+)", line)[1])
        name, size = re.search(r"tree (\w+) (\d+)", line).groups()
        log = self.logs[name]
        between = re.search(r"proof of (\d+) to (\d+)", line)
        proof = log.proof(*map(int, between.groups())) if between else []
        proof = [bytes(32)] * 64 if "64 hashes" in line else proof
        note = str(log.note(int(size), self.other if "signed by another" in line else None))
        return self._spoilt(format_submission(old, proof, note).decode(), line, log).encode()

    def _spoilt(self, text, line, log):
        """Do to a request what the story says is wrong with it."""
        signature = text.rpartition("\n\n")[2]
        deeds = {
            "unsigned": lambda: text.replace(
                signature, str(self.logs["stranger"].note(5)).rpartition("\n\n")[2]
            ),
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
