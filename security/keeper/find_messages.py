"""Searching by a whole sealed value: what is asked of the keeper, and what it answers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from security.keeper.messages import Line, Quiet, Token
from security.keeper.vault_messages import Value


class Find(Quiet, frozen=True, tag="find"):
    """Whose is this value? For a document's number, `issuing_state` is a part of it."""

    token: Token
    request: UUID
    field: Line
    value: Value
    issuing_state: Annotated[str, Meta(max_length=3)]
    purpose: Line


class Found(Quiet, frozen=True, tag="found"):
    """Those it belongs to, often nobody; the entry of the search. Not `complete`: rows wait to be indexed."""

    subjects: list[UUID]
    index: int
    leaf: str
    complete: bool


FindOperation = Find
FindAnswer = Found
