"""The list of whom this cell shredded. It lies outside of every backup, and is replayed before anything is served.

A backup from before an erasure brings wrapped keys and sealed values back. Whoever restores one, by our command or by
hand, meets this list at the next start: what it names is taken away again, and only then does the keeper serve.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Final
from uuid import UUID

import asyncpg
import msgspec

from security.vault.private_files import locked, private_folder, read_private, write_private

NAME: Final = "erasures.jsonl"

_REMEMBER: Final = """
insert into subject (id, org_id, shredded_at) values ($1, $2, $3)
on conflict (id) do update set shredded_at = coalesce(subject.shredded_at, excluded.shredded_at)
"""
_FORGET_KEYS: Final = "delete from subject_key where subject_id = $1"
_ERASE: Final = "select field, erased from gate_erase($1)"
_LEFT: Final = """
select id from unnest($1::uuid[]) as gone (id)
where exists (select from subject_key k where k.subject_id = gone.id)
   or not exists (select from subject s where s.id = gone.id and s.shredded_at is not null)
"""
_LEFT_MAIN: Final = """
select distinct subject_id as id from gate_sealed where subject_id = any ($1::uuid[]) and envelope is not null
"""


class ErasuresDamaged(Exception):  # noqa: N818 - errors are named for what was refused
    """The list cannot be read: nothing is served, for somebody erased might come back."""

    code: ClassVar[str] = "security:erasures_damaged"


class Erased(msgspec.Struct, frozen=True):
    """One subject's end: the job, the data keys that were destroyed, how many values of which field there were."""

    job: UUID
    subject: UUID
    org: UUID | None
    at: datetime
    deks: list[UUID]
    fields: dict[str, int]


class Erasures:
    """The list, one JSON object a line, in a file (0600) that is always written whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        private_folder(folder)

    def all(self) -> list[Erased]:
        """Read the list, oldest first; raises `ErasuresDamaged`, `NotPrivate`."""
        text = read_private(self._folder / NAME) or b""
        try:
            return [msgspec.json.decode(line, type=Erased) for line in text.splitlines()]
        except msgspec.MsgspecError:
            raise ErasuresDamaged from None

    def add(self, erased: Erased) -> Erased:
        """Write one down, durably; one whose job stands there already stays as it was, and is given back."""
        with locked(self._folder):
            known = self.all()
            for one in known:
                if one.job == erased.job:
                    return one
            lines = b"".join(msgspec.json.encode(one) + b"\n" for one in [*known, erased])
            write_private(self._folder / NAME, lines)
            return erased


async def forget(keys: Any, erased: Erased) -> None:
    """Delete a subject's keys for good; it gets none again. `keys`: a connection to the key store."""
    async with keys.transaction():
        await keys.execute(_REMEMBER, erased.subject, erased.org, erased.at)
        await keys.execute(_FORGET_KEYS, erased.subject)


async def blank(main: Any, subject: UUID) -> dict[str, int]:
    """Blank what is sealed of a subject, and its masks; says how many of which. `main`: the main database."""
    rows = await main.fetch(_ERASE, subject)
    return {row["field"]: row["erased"] for row in rows}


async def replay(
    listed: list[Erased], main: Any, keys: Any, tell: Callable[[int, int], None] = lambda _done, _all: None
) -> int:
    """Take away again whatever of the erased has come back; returns how many of them had."""
    ids = [one.subject for one in listed]
    back = {row["id"] for row in await keys.fetch(_LEFT, ids)}
    back |= {row["id"] for row in await main.fetch(_LEFT_MAIN, ids)}
    again = [one for one in listed if one.subject in back]
    for done, one in enumerate(again, 1):
        await forget(keys, one)
        await blank(main, one.subject)
        tell(done, len(again))
    return len(again)


async def replay_pools(erasures: Erasures, main: asyncpg.Pool, keys: asyncpg.Pool) -> int:
    """Do so as the keeper, before it serves."""
    listed = erasures.all()
    if not listed:
        return 0
    async with main.acquire() as main_connection, keys.acquire() as keys_connection:
        return await replay(listed, main_connection, keys_connection)
