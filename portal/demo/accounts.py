"""The demo's accounts: opened as an operator would, each with a member and, for travellers, a passenger."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from portal.demo.opened import DEVICE, Opened
from portal.demo.passengers import Person
from portal.demo.people import accounts_of
from portal.web.ids import new_id
from security.sign_in.accounts import new_code, open_account, sign_in_name
from security.sign_in.passwords import hash_password
from security.sign_in.tokens import new_token, token_hash

THREADS = 2
_MEMBER = (
    "insert into member (id, org_id, passenger_id, name, email, locale, time_zone, created_at)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8)"
)
_BEGAN = "update gate.account set created_at = $2 where id = $1"
_SESSION = (
    "insert into gate.session (id, token_hash, account_id, device, created_at, seen_at, expires_at)"
    " values ($1, $2, $3, $4, $5, $5, $6)"
)


def place_accounts(region: str, orgs: Mapping[str, UUID], people: Sequence[Person]) -> list[Opened]:
    """Give every account its ids; travellers are the passengers with their e-mail address."""
    own = {person.account: person.id for person in people if person.account}
    return [
        Opened(a, new_id(), new_code(a.role), orgs.get(a.org) if a.org else None, own.get(a.email))
        for a in accounts_of(region)
    ]


def hash_passwords(region: str) -> list[str]:
    """Hash everybody's password, two at once; argon2 lets other threads run meanwhile."""
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(hash_password, [account.password for account in accounts_of(region)]))


async def open_accounts(
    connection: Any, opened: Sequence[Opened], hashes: Sequence[str], at: datetime
) -> None:
    """Write accounts and members, as if opened at `at`."""
    for one, password_hash in zip(opened, hashes, strict=True):
        demo = one.demo
        await open_account(
            connection,
            email=demo.email,
            password_hash=password_hash,
            role=demo.role,
            org=one.org,
            passenger=one.passenger,
            account=one.id,
            code=one.code,
        )
        await connection.execute(_BEGAN, one.id, at)
        email = sign_in_name(demo.email)
        await connection.execute(
            _MEMBER, one.id, one.org, one.passenger, demo.name, email, demo.locale, demo.time_zone, at
        )


async def open_session(connection: Any, account: UUID, at: datetime, seconds: int) -> str:
    """Open a session that lasts so many seconds, and give its token, which is told this once."""
    token = new_token()
    expires_at = at + timedelta(seconds=seconds)
    await connection.execute(_SESSION, new_id(), token_hash(token), account, DEVICE, at, expires_at)
    return token
