"""An account of the demo in this cell: apart from its making, which needs far more than a later start does."""

from dataclasses import dataclass
from uuid import UUID

from portal.demo.people import DemoAccount

DEVICE = "Demo"
"""What the list of one's sessions calls the sheet's."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An account with the ids it has in this cell; `code` is its name in the ledger."""

    demo: DemoAccount
    id: UUID
    code: str
    org: UUID | None
    passenger: UUID | None
