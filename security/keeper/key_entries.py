"""What the ledger says of work on keys: which deed, in whose name, of which subject or key."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import uuid_utils.compat as uuids

from audit.covered import Covered
from audit.entry import Facts
from security.keeper.held import Held

KEEPER: Final = ("keeper", "process")


async def state_key_deed(
    held: Held,
    kind: str,
    document: dict[str, str] | None = None,
    *,
    by: tuple[str, str] = KEEPER,
    request: UUID | None = None,
    subject: UUID | None = None,
    dek: UUID | None = None,
    decision: str = "allow",
) -> Covered:
    """Write an entry and wait until it is covered. `by`: a person's code and role; else it is the keeper's own."""
    who, role = by
    facts = Facts(
        kind=kind,
        who=who,
        role=role,
        request=request or uuids.uuid7(),
        document=document,
        subject=subject,
        dek=dek,
        decision=decision,
    )
    return await held.gate.append(facts)
