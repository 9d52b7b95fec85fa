"""`python -m tests.bench.vault [--keys 30000]`: sealing and opening beside the calls they need, and rewrapping.

Sealing and opening are measured in this process's own processor time, so that what else the machine does counts
little: each beside the bare calls of `cryptography` that it cannot do without (HKDF, AES-GCM, a comparison in constant
time), and beside the AWS Encryption SDK with a raw AES key and key commitment, which is built the same way.

Rewrapping is the real job of a keeper on a real key store, without its rests; it is measured in wall time, beside the
processor time that this process spent on it.
"""

import argparse
import asyncio
import hmac
import os
import secrets
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, cast

import asyncpg
import uuid_utils.compat as uuids
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from security.keeper import jobs, rewrap
from security.keeper.epochs import note_epochs
from security.keeper.jobs import Order
from security.keeper.ring import Ring
from security.vault.custody import Custody
from security.vault.envelope import Context, open_envelope, seal
from security.vault.keys import new_key, wrap_dek
from tests import database
from tests.bench.figures import Promise
from tests.database import LoneCell

ROUNDS, TIMES = 9, 2000
VALUE = b"X4RTBPFW4"
CONTEXT = Context("eu", "travel_document", "number", uuids.uuid7())
REMEMBERED = 30_000  # data keys that are rewrapped


def cost(deed: Callable[[], object], times: int = TIMES) -> float:
    """Give the processor time of one call, in microseconds."""
    began = time.process_time()
    for _ in range(times):
        deed()
    return (time.process_time() - began) / times * 1e6


def bare() -> tuple[Callable[[], object], Callable[[], object]]:
    """Give what sealing and opening cannot do without, and nothing else."""
    dek, salt, info, aad = new_key(), secrets.token_bytes(32), b"i" * 90, b"a" * 170
    okm = HKDF(SHA256(), 76, salt, info).derive(dek)
    padded = VALUE + b"\x80" + bytes(32 - len(VALUE) - 1)
    sealed = AESGCM(okm[:32]).encrypt(okm[32:44], padded, aad)

    def sealing() -> bytes:
        made = HKDF(SHA256(), 76, salt, info).derive(dek)
        return AESGCM(made[:32]).encrypt(made[32:44], padded, aad)

    def opening() -> bytes:
        made = HKDF(SHA256(), 76, salt, info).derive(dek)
        if not hmac.compare_digest(made[44:], okm[44:]):
            raise AssertionError
        return AESGCM(made[:32]).decrypt(made[32:44], sealed, aad)

    return sealing, opening


def ours() -> tuple[Callable[[], object], Callable[[], object]]:
    """Give our own."""
    dek, dek_id = new_key(), uuids.uuid7()
    envelope = seal(VALUE, dek=dek, dek_id=dek_id, context=CONTEXT)
    return (
        partial(seal, VALUE, dek=dek, dek_id=dek_id, context=CONTEXT),
        partial(open_envelope, envelope, dek=dek, context=CONTEXT),
    )


def amazons() -> tuple[Callable[[], object], Callable[[], object]]:
    """Give the AWS Encryption SDK's: a raw AES key, key commitment, no signature, an encryption context of four."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import aws_encryption_sdk  # noqa: PLC0415 - 0.5 s that only this bench needs
        from aws_encryption_sdk.identifiers import Algorithm, EncryptionKeyType, WrappingAlgorithm  # noqa: PLC0415
        from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey  # noqa: PLC0415
        from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider  # noqa: PLC0415

    class Provider(RawMasterKeyProvider):  # type: ignore[misc]
        provider_id = "bench"
        key = WrappingKey(
            wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
            wrapping_key=new_key(),
            wrapping_key_type=EncryptionKeyType.SYMMETRIC,
        )

        def _get_raw_key(self, key_id: object) -> Any:  # noqa: ARG002 - its own way to be asked
            return self.key

    client, provider = aws_encryption_sdk.EncryptionSDKClient(), Provider()
    provider.add_master_key("key")
    context = {
        "region": CONTEXT.region,
        "table": CONTEXT.table,
        "column": CONTEXT.column,
        "row": str(CONTEXT.row),
    }
    encrypt = partial(
        client.encrypt,
        source=VALUE,
        key_provider=provider,
        encryption_context=context,
        algorithm=Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
    )
    sealed = encrypt()[0]
    return encrypt, partial(client.decrypt, source=sealed, key_provider=provider)


def envelopes() -> list[Promise]:
    """Measure round by round, each in its turn; the ratio is the median of the rounds' own."""
    those = {"ours": ours(), "bare": bare(), "aws": amazons()}
    promises = []
    for place, deed in enumerate(("seal", "open")):
        rounds = [
            {name: cost(pair[place], TIMES if name != "aws" else TIMES // 10) for name, pair in those.items()}
            for _ in range(ROUNDS)
        ]
        said = ", ".join(f"{name} {median(one[name] for one in rounds):.1f} µs" for name in those)
        print(f"{deed}: {said}")
        limit, peer = (median(one[name] / one["ours"] for one in rounds) for name in ("bare", "aws"))
        promises.append(Promise(f"{deed}, beside the bare calls it needs", limit, 0.6, "×", least=True))
        promises.append(Promise(f"{deed}, beside the AWS Encryption SDK", peer, 10, "×", least=True))
    return promises


@dataclass
class Bench:
    """What the job needs of a keeper: keys, the key store, and a ledger that says yes."""

    ring: Ring
    keys: asyncpg.Pool
    region: str = "eu"

    @property
    def custody(self) -> Custody:
        return self.ring.custody

    @property
    def gate(self) -> "Bench":
        return self

    async def append(self, _: object) -> None:
        """Cover an entry at once: the ledger is not what is measured."""


@asynccontextmanager
async def filled(lone: LoneCell, count: int) -> Any:
    """Fill a key store with so many data keys."""
    with tempfile.TemporaryDirectory() as folder:
        custody = await asyncio.to_thread(Custody.open, f"file:{Path(folder) / 'custody'}", "eu")
        pool = await asyncpg.create_pool(lone.db.keys_dsn("wx_admin"), min_size=2, max_size=4)
        rows = []
        for _ in range(count):
            dek_id, kek_id = uuids.uuid7(), custody.kek_id
            wrapped = wrap_dek(new_key(), dek_id=dek_id, kek=custody.kek, kek_id=kek_id, region="eu")
            rows.append((dek_id, uuids.uuid7(), "document", kek_id, wrapped))
        await pool.copy_records_to_table("subject", records=[(row[1],) for row in rows], columns=["id"])
        columns = ["id", "subject_id", "class", "kek_id", "dek"]
        await pool.copy_records_to_table("subject_key", records=rows, columns=columns)
        await pool.execute("analyze")
        yield Bench(Ring(custody), pool)
        await pool.close()


async def rewrapping(count: int) -> list[Promise]:
    """Turn the epoch and rewrap everything."""
    async with database.lone_cell() as lone, filled(lone, count) as bench:
        held, at = cast("Any", bench), datetime.now(UTC)
        await bench.ring.turn()
        await note_epochs(held, at)
        order = Order(kind="rewrap", by="keeper", role="process", request=uuids.uuid7(), at=at)
        await jobs.ask(bench.keys, order)
        job = await jobs.next_job(bench.keys, at)
        if job is None:
            raise AssertionError
        began, spent = time.perf_counter(), time.process_time()
        await rewrap.rewrap(held, job, at, rest=0.0)
        took, used = time.perf_counter() - began, time.process_time() - spent
        left = await bench.keys.fetchval(
            "select count(*) from subject_key where kek_id <> $1", bench.custody.kek_id
        )
        if left:
            raise AssertionError(left)
        print(f"rewrap: {count:,} keys in {took:.2f} s, {used / count * 1e6:.1f} µs of this process each")
        return [Promise("rewrap, the whole job on a key store", count / took, 10_000, "DEK/s", least=True)]


def measure(count: int = REMEMBERED) -> list[Promise]:
    """Measure everything of this file."""
    promises = envelopes()
    database.announce()
    try:
        return promises + asyncio.run(rewrapping(count))
    finally:
        database.conclude()


def main(arguments: Sequence[str]) -> int:
    """Measure; exit 1 when a promise is broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.vault", description=__doc__)
    parser.add_argument("--keys", type=int, default=REMEMBERED)
    asked = parser.parse_args(arguments)
    print(f"{os.cpu_count()} processors, load before the start {os.getloadavg()[0]:.1f}", flush=True)
    promises = measure(asked.keys)
    print("\nPromised")
    print("\n".join(promise.line() for promise in promises))
    return 0 if all(promise.kept for promise in promises) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
