"""An organisation's own key, in its own key service: its data keys open only while that service agrees, each time.

Within the wrapping by the region's KEK lies another, by a key of the organisation, and that one is wrapped by the key
in its service. It is asked for at every opening and every sealing, and what it gave is kept no longer than that: who
disables the key there closes the data here with the next call. Calls that come together share one question, but
none shares an answer to a question that was asked before it came.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids

from security.keeper.subject_keys import SubjectKey
from security.keeper.together import Together
from security.sign_in.refusal import Refusal
from security.vault.custodian import DENIED, KEY_CLOSED, CustodyRefused
from security.vault.custody import Custody
from security.vault.envelope import EnvelopeRefused
from security.vault.keys import new_key
from security.vault.kms import Kms, KmsKey

CLOSED: Final = "security:org_key_closed"
UNUSABLE: Final = "security:org_key_unusable"
BAD_ADDRESS: Final = "security:org_key_address"
THERE: Final = "security:org_key_there"
NONE: Final = "security:org_key_none"
_ARN: Final = re.compile(r"arn:aws[a-z-]{0,8}:kms:([a-z0-9-]{3,24}):[0-9]{12}:key/[A-Za-z0-9-]{1,64}")
_USE: Final = "waxwing-org-key-v1"

_READ: Final = "select id, org_id, address, wrapped from org_key where id = any ($1::uuid[])"
_CURRENT: Final = "select id from org_key where org_id = $1 and removed_at is null"
_SET: Final = "insert into org_key (id, org_id, address, wrapped, set_at) values ($1, $2, $3, $4, $5)"
_REMOVE: Final = "update org_key set removed_at = $2 where org_id = $1 and removed_at is null"
_SEEN: Final = """
select k.org_id as org, k.address, k.set_at,
       (select count(*) from subject s where s.org_id = k.org_id and s.shredded_at is null) as subjects
from org_key k where k.removed_at is null and ($1::uuid is null or k.org_id = $1) order by k.set_at
"""


@dataclass(frozen=True, slots=True)
class OrgKek:
    """An organisation's key in the clear, for one use."""

    id: UUID
    kek: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OrgKeyState:
    """An organisation's key as it is set: where, since when, for how many subjects."""

    org: UUID
    address: str
    set_at: datetime
    subjects: int


class OrgKeys:
    """Asks organisations' key services."""

    def __init__(self, pool: asyncpg.Pool, region: str, endpoint: str) -> None:
        self._pool = pool
        self._region = region
        self._endpoint = endpoint
        self._services: dict[str, Kms] = {}
        self._asking: dict[UUID, Together[UUID, OrgKek]] = {}

    async def agreed(self, key: SubjectKey, custody: Custody) -> SubjectKey:
        """Give a data key with what opens it now, if an organisation must agree.

        Refusals: `security:org_key_closed` (403), and 503 while the service is away or too busy.
        """
        if not key.is_enclosed:
            return key
        org_key = await self.kek_of(key.org_key_id(custody))
        return replace(key, org_kek=org_key.kek)

    async def current(self, org: UUID) -> OrgKek | None:
        """Give the key of an organisation that has one, to seal by it. Refusals as of `agreed`."""
        key_id = await self._pool.fetchval(_CURRENT, org)
        return None if key_id is None else await self.kek_of(UUID(int=key_id.int))

    async def kek_of(self, key_id: UUID) -> OrgKek:
        """Ask the service, together with others who ask for the same key now. Refusals as of `agreed`."""
        if key_id not in self._asking:
            self._asking[key_id] = Together(self._ask)
        return await self._asking[key_id](key_id)

    async def _ask(self, wanted: Sequence[UUID]) -> list[OrgKek]:
        """Ask once for all who wait: they all want the same key."""
        row = await self._pool.fetchrow(_READ, list(wanted[:1]))
        if row is None:
            raise Refusal(CLOSED, 403)
        context = self._context(row["org_id"], row["id"])
        kek = await self._by_service(row["address"], "unwrap", row["wrapped"], context)
        return [OrgKek(UUID(int=row["id"].int), kek)] * len(wanted)

    async def set_key(self, org: UUID, address: str, at: datetime) -> UUID:
        """Make a key for an organisation, wrapped by the one at its address (an ARN), and see that it opens again.

        Refusals: `security:org_key_address`, `security:org_key_there`, `security:org_key_unusable` (422), and 503 as
        of `agreed`.
        """
        key_id, kek = uuids.uuid7(), new_key()
        context = self._context(org, key_id)
        try:
            wrapped = await self._by_service(address, "wrap", kek, context)
            opened = await self._by_service(address, "unwrap", wrapped, context)
        except Refusal as refused:
            if refused.code == CLOSED:  # nothing was set, so nothing is closed by it
                raise Refusal(UNUSABLE, 422) from None
            raise
        if opened != kek:
            raise Refusal(UNUSABLE, 422)
        try:
            await self._pool.execute(_SET, key_id, org, address, wrapped, at)
        except asyncpg.UniqueViolationError:
            raise Refusal(THERE, 409) from None
        return key_id

    async def remove(self, org: UUID, at: datetime) -> None:
        """Note that an organisation has no key any more; the caller has taken it off every data key."""
        await self._pool.execute(_REMOVE, org, at)

    async def seen(self, org: UUID | None = None) -> list[OrgKeyState]:
        """List the keys that are set, of all or of one organisation."""
        return [OrgKeyState(**row) for row in await self._pool.fetch(_SEEN, org)]

    async def closed_by(self, org: UUID) -> str:
        """Ask whether an organisation's key opens now; "" if it does, else the code."""
        try:
            await self.current(org)
        except Refusal as refused:
            return refused.code
        return ""

    async def _by_service(self, address: str, deed: str, data: bytes, context: dict[str, str]) -> bytes:
        try:
            service = self._service(address)
            made: bytes = await asyncio.to_thread(getattr(service, deed), data, context)
        except EnvelopeRefused:
            raise Refusal(CLOSED, 403) from None
        except CustodyRefused as refused:
            if refused.code in {DENIED, KEY_CLOSED}:
                raise Refusal(CLOSED, 403) from None
            raise Refusal(refused.code, 503) from None
        return made

    def _service(self, address: str) -> Kms:
        match = _ARN.fullmatch(address)
        if match is None:
            raise Refusal(BAD_ADDRESS, 422)
        if address not in self._services:
            self._services[address] = Kms(KmsKey(address, match[1], self._endpoint))
        return self._services[address]

    def _context(self, org: UUID, key_id: UUID) -> dict[str, str]:
        return {"use": _USE, "region": self._region, "org": str(org), "key": str(key_id)}
