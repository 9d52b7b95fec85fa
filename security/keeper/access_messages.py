"""Ending somebody's access, as an access review decided."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from security.keeper.messages import Quiet, Token


class WithdrawAccess(Quiet, frozen=True, tag="withdraw_access"):
    """End an account of the staff and all of its sessions; `reference` names what decided it."""

    token: Token
    request: UUID
    account: UUID
    reference: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_.:/-]+$")]


AccessOperation = WithdrawAccess
