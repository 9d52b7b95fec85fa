"""What happens to a value while it is shown: a copy taken from the screen."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta

from security.keeper.messages import Quiet, Token


class RecordCopy(Quiet, frozen=True, tag="record_copy"):
    """Write down that the value which this entry opened is about to be copied."""

    token: Token
    request: UUID
    subject: UUID
    index: Annotated[int, Meta(ge=0, le=2**63 - 1)]


SightOperation = RecordCopy
