"""Who acts: an account in its role, as one session of it is known to the house."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

ROLES = (
    "traveller",
    "booker",
    "client_admin",
    "sales",
    "service_agent",
    "operations",
    "finance",
    "compliance",
    "auditor",
    "administrator",
)
CLIENT_ROLES = frozenset({"traveller", "booker", "client_admin"})
DESK_ROLES = frozenset({"sales", "service_agent", "operations", "finance", "compliance"})
STAFF_ROLES = DESK_ROLES | {"auditor", "administrator"}


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person. `code` is the ledger's name for them; `org` and `passenger` are None for staff.

    `matrix` is the hash of the access matrix that binds them now, "" for the file's. `external`: an auditor
    from outside, whom compliance let in for a time and to a part of the ledger.
    """

    account: UUID
    role: str
    org: UUID | None
    passenger: UUID | None
    code: str
    session: UUID
    region: str
    name: str
    email: str
    locale: str
    time_zone: str
    theme: str
    version: int
    step_up_until: datetime | None
    matrix: str = ""
    external: bool = False

    @property
    def database_role(self) -> str:
        """The role in which this person's statements run; who was let in from outside has a smaller one."""
        return "wx_as_external_auditor" if self.external else f"wx_as_{self.role}"

    def __repr__(self) -> str:
        """Name the code only: an actor ends up in logs and tracebacks."""
        return f"Actor({self.code}, {self.role})"
