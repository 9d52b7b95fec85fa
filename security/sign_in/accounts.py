"""Accounts: opened by an operator, named in the ledger by a code that is nobody's name."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids

from security.actor import CLIENT_ROLES, ROLES
from security.sign_in.refusal import Refusal

_TRIES: Final = 8
_INSERT = """
insert into gate.account (id, email, password_hash, role, org_id, passenger_id, code)
values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing returning id
"""
_TAKEN = "select 1 from gate.account where email = $1 or passenger_id = $2 or id = $3"


@dataclass(frozen=True, slots=True)
class Account:
    """An opened account: its id (the member's too) and its code in the ledger."""

    id: UUID
    code: str


def sign_in_name(email: str) -> str:
    """Bring a sign-in name into the one spelling that is stored: NFC, lower case, no spaces around it."""
    return unicodedata.normalize("NFC", email).strip().lower()


def new_code(role: str) -> str:
    """Draw a code: `m_…` for a client's member, `st_…` for staff."""
    return f"{'m' if role in CLIENT_ROLES else 'st'}_{secrets.token_hex(4)}"


async def open_account(
    connection: asyncpg.Connection[Any] | asyncpg.pool.PoolConnectionProxy[Any],
    *,
    email: str,
    password_hash: str,
    role: str,
    org: UUID | None = None,
    passenger: UUID | None = None,
    account: UUID | None = None,
    code: str | None = None,
) -> Account:
    """Open an account, connected as keeper or owner, in the caller's transaction if there is one.

    `password_hash` is what `hash_password` gives. The row in `member` with the same id is the caller's to
    write. Refusals: `security:role_unknown`, `security:account_exists` (the name or the passenger has one).
    """
    if role not in ROLES or (role in CLIENT_ROLES) != (org is not None):
        raise Refusal("security:role_unknown", 422)
    name = sign_in_name(email)
    for _ in range(_TRIES):
        opened = Account(account or uuids.uuid7(), code or new_code(role))
        row = (opened.id, name, password_hash, role, org, passenger, opened.code)
        if await connection.fetchval(_INSERT, *row) is not None:
            return opened
        if code is not None or await connection.fetchval(_TAKEN, name, passenger, opened.id) is not None:
            break
    raise Refusal("security:account_exists", 409)
