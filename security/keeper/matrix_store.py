"""The matrix in force: versions in schema gate, each sealed with the keeper's key and named in the ledger.

Whoever can write the database alone cannot make a version (the MAC's key lies with the custodian), nor bring an
older one back (the ledger names the last). Web reads the same text by its hash.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids

from audit.entry import Facts, canonical
from audit.sequencer import Sequencer
from security.fields import FIELDS
from security.policy.change import Difference, Edit, differences, edits_between, on_top
from security.policy.matrix import MATRIX
from security.policy.roles import WITHOUT_PASSENGERS
from security.policy.rule import Matrix, MatrixRefused
from security.policy.versions import digest_of, learn, matrix_text, read_rule, rule_text
from security.vault.custody import Custody

APPLIED: Final = "security:matrix:applied"
MASKS: Final = {"travel_document": "document_mask", "payment_card": "card_mask", "bank_account": "iban_mask"}
_KEEPER: Final = "keeper"
_HEAD: Final = "select v.* from gate.matrix_head h join gate.matrix_version v using (number)"
_LOCK: Final = "select number, digest from gate.matrix_head for update"
_INSERT: Final = """
insert into gate.matrix_version (number, digest, text, edits, base, differences, proposal_id, entry, at, mac)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""
_SET_HEAD: Final = """
insert into gate.matrix_head (number, digest) values ($1, $2)
on conflict (singleton) do update set number = excluded.number, digest = excluded.digest
"""
_LAST: Final = """
select l.index, l.ts, f.document from ledger_leaf l join ledger_fact f using (index)
where l.act = $1 and l.dec = 'allow' order by l.index desc limit 1
"""


@dataclass(frozen=True, slots=True)
class Version:
    """One version: the whole matrix, and the edits that make it of the file's."""

    number: int
    matrix: Matrix
    text: str
    edits: tuple[Edit, ...]
    base: str
    proposal: UUID | None = None

    @property
    def digest(self) -> str:
        """The hash that names it."""
        return digest_of(self.text)

    def document(self, changes: Sequence[Difference]) -> dict[str, str]:
        """Say in the ledger what is in force from now on, whole, and what differs; the store adds its MAC."""
        said = {
            "version": str(self.number),
            "digest": self.digest,
            "base": self.base,
            "edits": write_edits(self.edits),
            "differences": write_differences(changes),
            "matrix": self.text,
        }
        return said | ({"proposal": str(self.proposal)} if self.proposal else {})


def version_of(number: int, matrix: Matrix, base: Matrix = MATRIX, proposal: UUID | None = None) -> Version:
    """Make a version of a matrix that stands on the file's."""
    text, under = matrix_text(matrix), digest_of(matrix_text(base))
    return Version(number, matrix, text, edits_between(base, matrix), under, proposal)


class MatrixStore:
    """Holds the version in force in memory; another keeper's change is seen by its hash, which every case brings."""

    def __init__(self, pool: asyncpg.Pool, sequencer: Sequencer, custody: Custody) -> None:
        self._pool = pool
        self._sequencer = sequencer
        self._key = hmac.digest(custody.link_key, b"wx/matrix/v1", hashlib.sha256)
        self._turn = asyncio.Lock()
        self.version = version_of(0, MATRIX)

    @property
    def matrix(self) -> Matrix:
        """The matrix in force."""
        return self.version.matrix

    async def begin(self, at: datetime, base: Matrix = MATRIX) -> None:
        """Take up the version in force, or make one where the file is new; raise `MatrixRefused`, `NotCovered`."""
        async with self._pool.acquire() as connection:
            held = await self._read(connection)
            held = await self._finished(connection, held, at)
            if held is None or held.base != digest_of(matrix_text(base)):
                await self._rebase(held, at, base)
            else:
                self.version = held
                await self._show_masks(connection)

    async def keep_up(self, digest: str | None) -> Matrix:
        """Return the matrix of this hash, which a case has just brought from the database."""
        if digest != self.version.digest:
            async with self._turn, self._pool.acquire() as connection:
                held = await self._read(connection)
                if held is None:
                    raise MatrixRefused("no_version", "")
                self.version = held
        return self.version.matrix

    async def apply(self, version: Version, facts: Facts, at: datetime, proposal: str, *values: Any) -> int:
        """Put a version into force, its entry first; `proposal` is the statement that settles what was proposed.

        Raises `MatrixRefused` (`overtaken`) when another version came meanwhile. Returns the entry's index.
        """
        async with self._turn, self._pool.acquire() as connection, connection.transaction():
            head = await connection.fetchrow(_LOCK)
            if (head["number"] if head else 0) != version.number - 1:
                raise MatrixRefused("overtaken", str(version.number))
            said = (facts.document or {}) | {"mac": self._mac_of(version).hex()}
            covered = await self._sequencer.append(replace(facts, document=said))
            await self._keep(connection, version, covered.index, said, at)
            if proposal:
                await connection.execute(proposal, *values)
            was, self.version = self.version, version
            try:
                await self._show_masks(connection)
            except BaseException:
                self.version = was
                raise
        return covered.index

    async def _rebase(self, held: Version | None, at: datetime, base: Matrix) -> None:
        """Put the edits that people made on top of a file that came or changed."""
        before = held.matrix if held else base
        made = version_of(held.number + 1 if held else 1, on_top(base, held.edits if held else ()), base)
        document = made.document(differences(before, made.matrix))
        facts = Facts(kind=APPLIED, who=_KEEPER, role="process", request=uuids.uuid7(), document=document)
        await self.apply(made, facts, at, "")

    async def _finished(self, connection: Any, held: Version | None, at: datetime) -> Version | None:
        """Compare with the ledger: finish what it names and the database lacks, refuse an older one."""
        last = await connection.fetchrow(_LAST, APPLIED)
        if last is None:
            return held
        said = json.loads(last["document"])
        number = int(said["version"])
        if held is not None and (held.number, held.digest) == (number, said["digest"]):
            return held
        if held is not None and held.number >= number:
            raise MatrixRefused("not_in_ledger", str(held.number))
        if number != (held.number if held else 0) + 1:
            raise MatrixRefused("set_back", str(number))
        proposal = UUID(said["proposal"]) if "proposal" in said else None
        matrix, edits = learn(said["matrix"], said["digest"]), read_edits(said["edits"])
        made = Version(number, matrix, said["matrix"], edits, said["base"], proposal)
        if not hmac.compare_digest(self._mac_of(made).hex(), said.get("mac", "")):
            raise MatrixRefused("other_hand", str(number))
        async with connection.transaction():
            await self._keep(connection, made, last["index"], said, at)
            await connection.execute(_SETTLE, proposal, at)
        return made

    async def _read(self, connection: Any) -> Version | None:
        row = await connection.fetchrow(_HEAD)
        if row is None:
            return None
        mac = self._mac(row["number"], row["digest"], row["text"], row["edits"], row["base"])
        if not hmac.compare_digest(mac, row["mac"]):
            raise MatrixRefused("other_hand", str(row["number"]))
        matrix, edits = learn(row["text"], row["digest"]), read_edits(row["edits"])
        return Version(row["number"], matrix, row["text"], edits, row["base"], row["proposal_id"])

    def _mac_of(self, version: Version) -> bytes:
        return self._mac(
            version.number, version.digest, version.text, write_edits(version.edits), version.base
        )

    async def _keep(
        self, connection: Any, version: Version, entry: int, document: dict[str, str], at: datetime
    ) -> None:
        row = (version.number, version.digest, version.text, write_edits(version.edits), version.base)
        more = (document["differences"], version.proposal, entry, at, self._mac_of(version))
        await connection.execute(_INSERT, *row, *more)
        await connection.execute(_SET_HEAD, version.number, version.digest)

    async def _show_masks(self, connection: Any) -> None:
        """Open and close the tables of masks as the matrix says."""
        for table, masks in MASKS.items():
            fields = [field.code for field in FIELDS.values() if field.table == table and field.maskable]
            for role in {role for role, _ in self.matrix.rules} - WITHOUT_PASSENGERS:
                shown = any(self.matrix.rule(role, code).tier == "masked" for code in fields)
                await connection.execute("select gate.show_masks($1, $2, $3)", masks, role, shown)

    def _mac(self, number: int, digest: str, text: str, edits: str, base: str) -> bytes:
        said = canonical([str(number), digest, text, edits, base])
        return hmac.digest(self._key, said, hashlib.sha256)


# After a crash between entry and commit: the decider is in the entry; the row says only that it was applied.
_SETTLE: Final = """
update gate.matrix_proposal set state = 'applied', decided_at = $2,
  decider_id = (select a.id from gate.account a join ledger_leaf l on l.who = a.code
                where l.act = 'security:matrix:applied' order by l.index desc limit 1)
where id = $1 and state = 'waiting'
"""


def write_edits(edits: Sequence[Edit]) -> str:
    """Write edits as one canonical text."""
    return canonical([[edit.group, edit.role, rule_text(edit.rule)] for edit in edits]).decode()


def read_edits(text: str) -> tuple[Edit, ...]:
    """Read edits."""
    return tuple(Edit(group, role, read_rule(rule)) for group, role, rule in json.loads(text))


def write_differences(changes: Sequence[Difference]) -> str:
    """Write differences as one canonical text."""
    return canonical([list(astuple(change)) for change in changes]).decode()
