"""The drill: whether anything of somebody shredded opens, in these databases, with the keys this region has now.

It opens every sealed value there is, inside this process, counts, and keeps nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from security.keeper.erasures import Erased
from security.keeper.subject_keys import SubjectKey
from security.vault.chunks import HEADER as SCAN_HEADER
from security.vault.chunks import Head, SealedScan
from security.vault.custodian import CustodyRefused
from security.vault.custody import Custody
from security.vault.envelope import Context, EnvelopeRefused, dek_id_of, open_envelope

_SEALED: Final = """
select subject_id, row_id, "table", "column", envelope from gate_sealed where envelope is not null
"""
_KEYS: Final = "select id, kek_id, dek from subject_key"


@dataclass(frozen=True, slots=True)
class Sealed:
    """One envelope, and where it lies."""

    subject: UUID
    context: Context
    envelope: bytes


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What databases hold: envelopes and wrapped keys."""

    sealed: list[Sealed]
    keys: dict[UUID, SubjectKey]

    def of(self, erased: Iterable[Erased]) -> Snapshot:
        """Give the part of it that belongs to those who were shredded, by the list: their values and keys."""
        subjects = {one.subject for one in erased}
        deks = {dek for one in erased for dek in one.deks}
        sealed = [one for one in self.sealed if one.subject in subjects]
        return Snapshot(sealed, {key_id: key for key_id, key in self.keys.items() if key_id in deks})


@dataclass(frozen=True, slots=True)
class Opened:
    """How many envelopes opened, and how many did not."""

    opened: int
    closed: int


async def snapshot(main: Any, keys: Any, region: str) -> Snapshot:
    """Read what is sealed, and the wrapped keys."""
    sealed = [
        Sealed(
            UUID(int=row["subject_id"].int),
            Context(region, row["table"], row["column"], UUID(int=row["row_id"].int)),
            row["envelope"],
        )
        for row in await main.fetch(_SEALED)
    ]
    rows = await keys.fetch(_KEYS)
    return Snapshot(sealed, {UUID(int=row["id"].int): SubjectKey(*row.values()) for row in rows})


def try_all(sealed: Iterable[Sealed], keys: dict[UUID, SubjectKey], custody: Custody) -> Opened:
    """Try to open each envelope with the keys given."""
    tried = [_opens(one, keys, custody) for one in sealed]
    return Opened(sum(tried), len(tried) - sum(tried))


def unwrapped(keys: dict[UUID, SubjectKey], custody: Custody) -> int:
    """Count the wrapped keys that the custodian can still open."""
    return sum(_unwraps(key, custody) for key in keys.values())


def _opens(one: Sealed, keys: dict[UUID, SubjectKey], custody: Custody) -> bool:
    try:
        if one.envelope[:4] == SCAN_HEADER:  # the commitment in its head says whether its chunks would open
            head = Head.read(one.envelope)
            SealedScan.of(head, dek=keys[head.dek_id].unwrap(custody), context=one.context)
            return True
        key = keys[dek_id_of(one.envelope)]
        open_envelope(one.envelope, dek=key.unwrap(custody), context=one.context)
    except (KeyError, EnvelopeRefused, CustodyRefused):
        return False
    return True


def _unwraps(key: SubjectKey, custody: Custody) -> bool:
    try:
        key.unwrap(custody)
    except (EnvelopeRefused, CustodyRefused):
        return False
    return True
