"""Proofs from a log of ten million leaves: its tiles are made of leaf hashes drawn by chance, no leaf behind most."""

import os
import random
import time
from statistics import median, quantiles
from typing import Any, Final

from audit import ledger, merkle
from audit.checkpoint import Checkpoint, sign_checkpoint
from audit.growth import Edge, grow
from audit.note import Signer
from audit.proof import parse_proof, verify_proof
from audit.tiles import WIDTH, split
from tests.bench.figures import Promise

ORIGIN: Final = "waxwing.example/audit/eu"
CHUNK: Final = 256 * WIDTH
ASKED: Final = 1000
_LEAF: Final = (
    "insert into ledger_leaf (index, leaf, hash, ts, act, dec, who, role)"
    " select i, l, h, now(), 'a:b:c', 'allow', 'w', 'r' from unnest($1::bigint[], $2::text[], $3::bytea[]) u (i, l, h)"
)


async def make(connection: Any, size: int) -> list[int]:
    """Write tiles and head of a log of `size` leaves; give the indexes of those that are really there."""
    signer, chance = Signer.from_seed(ORIGIN, bytes(32)), random.Random(5)  # noqa: S311 - places to ask for
    wanted = sorted(chance.sample(range(size), ASKED))
    leaves = {index: f'{{"n":"{index}"}}' for index in wanted}
    hashed = {index: merkle.leaf_hash(leaf.encode()) for index, leaf in leaves.items()}
    edge, partial, ahead = Edge(), {}, iter([*wanted, size])
    index = next(ahead)
    for start in range(0, size, CHUNK):
        row = split(os.urandom(32 * min(CHUNK, size - start)))
        while index < min(start + CHUNK, size):
            row[index - start] = hashed[index]
            index = next(ahead)
        grown = grow(edge, row)
        edge = grown.edge
        partial |= {(tile.level, tile.index): data for tile, data in grown.tiles}
        done = [(*key, data) for key, data in partial.items() if len(data) == WIDTH * merkle.HASH_LENGTH]
        await connection.copy_records_to_table("ledger_tile", records=done)
        for level, at, _ in done:
            del partial[level, at]
    await connection.copy_records_to_table(
        "ledger_tile", records=[(*key, data) for key, data in partial.items()]
    )
    note = str(sign_checkpoint(Checkpoint(ORIGIN, size, edge.root), signer))
    await connection.execute(_LEAF, wanted, list(leaves.values()), list(hashed.values()))
    await connection.execute(
        "insert into ledger_head (origin, size, root, note, signed_at) values ($1, $2, $3, $4, now())",
        *(ORIGIN, size, edge.root, note),
    )
    await connection.execute("vacuum analyze ledger_tile, ledger_leaf")
    chance.shuffle(wanted)
    return wanted


async def measure(connection: Any, size: int) -> list[Promise]:
    """Ask for proofs one after the other; each is checked, not timed, afterwards."""
    began = time.perf_counter()
    wanted = await make(connection, size)
    print(f"\n{size:,} leaves made in {time.perf_counter() - began:.0f} s")
    key = Signer.from_seed(ORIGIN, bytes(32)).verifier()
    took, proofs = [], []
    for index in wanted:
        began = time.perf_counter()
        proofs.append(await ledger.proof_text(connection, index))
        took.append((time.perf_counter() - began) * 1000)
    for text in proofs:
        verify_proof(parse_proof(text), (key,))
    p99 = quantiles(took, n=100)[98]
    print(
        f"proof of a leaf: p50 {median(took):.2f} ms, p99 {p99:.2f} ms, {len(took):,} asked, all of them prove"
    )
    return [Promise(f"inclusion proof at {size:,} leaves, p50", median(took), 5, "ms")]
