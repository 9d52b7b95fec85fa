"""What may be asked about external auditors: compliance sees all, such a person the own line."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.web.refusals import Refusal
from portal.web.unit import Unit

MOST = 2**62


class AuditorNotFound(Refusal):
    """No such external auditor that this person may see."""

    code = "auditors:no_such_auditor"
    status = 404


@dataclass(frozen=True, slots=True)
class External:
    """An external auditor with time and scope; None: no limit."""

    id: UUID
    code: str
    name: str
    email: str
    firm: str
    invited_at: datetime
    inviter: str
    starts_at: datetime
    ends_at: datetime
    rooms: list[str] | None
    fields: list[str] | None
    since: datetime | None
    until: datetime | None
    accepted_at: datetime | None
    revoked_at: datetime | None
    locale: str
    time_zone: str

    def __repr__(self) -> str:
        return f"<External {self.code}>"

    def stands(self, at: datetime) -> str:
        """Say how the access stands: revoked, ended, invited, coming or active."""
        if self.revoked_at is not None:
            return "revoked"
        if self.ends_at <= at:
            return "ended"
        if self.accepted_at is None:
            return "invited"
        return "coming" if self.starts_at > at else "active"


@dataclass(frozen=True, slots=True)
class Access:
    """One thing that an external auditor did or opened, as its entry says."""

    index: int
    at: datetime
    kind: str
    decision: str
    reference: str | None
    asked: dict[str, str]


_LIST = "select * from gate.external_auditor_list"


async def externals(unit: Unit) -> list[External]:
    """List external auditors, those who end last first."""
    rows = await unit.connection.fetch(f"{_LIST} order by revoked_at is not null, ends_at desc limit 200")
    return [External(*row.values()) for row in rows]


async def external(unit: Unit, wanted: UUID) -> External:
    """Give one. Raises AuditorNotFound."""
    row = await unit.connection.fetchrow(f"{_LIST} where account_id = $1", wanted)
    if row is None:
        raise AuditorNotFound
    return External(*row.values())


async def accesses(
    unit: Unit, wanted: UUID, before: int | None, limit: int
) -> tuple[list[Access], int | None]:
    """Give what somebody did and looked at, newest first, and where the older ones begin."""
    rows = await unit.connection.fetch(
        "select * from external_accesses($1, $2, $3)", wanted, MOST if before is None else before, limit + 1
    )
    found = [
        Access(
            row["index"], row["ts"], row["act"], row["decision"], row["reference"], _asked(row["document"])
        )
        for row in rows
    ]
    return found[:limit], found[limit - 1].index if len(found) > limit else None


def _asked(document: str | None) -> dict[str, str]:
    said: dict[str, str] = json.loads(document) if document else {}
    return said
