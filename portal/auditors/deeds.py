"""What compliance has the keeper do about external auditors; the keeper decides and records for itself."""

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from audit.ledger import record
from portal.auditors.forms import Invitation
from portal.outbox.promises import promise
from portal.web.unit import Unit

TOPIC = "auditor-invitation"


async def step_up(unit: Unit, password: str) -> None:
    """Step up if a password was given."""
    if password:
        await unit.keeper.step_up(unit.credential, unit.request, password)


async def invite(unit: Unit, given: Invitation) -> UUID:
    """Have the account opened, then promise the mail."""
    made = await unit.keeper.invite_auditor(unit.credential, unit.request, **asdict(given))
    async with unit.short() as connection:
        await promise(connection, TOPIC, made, due_at=unit.at, at=unit.at)
    return made


async def send_again(unit: Unit, account: UUID, code: str) -> None:
    """Promise a mail with a new token; the one before ends when it leaves."""
    async with unit.short() as connection:
        await promise(connection, TOPIC, account, due_at=unit.at, at=unit.at)
        await record(connection, unit.facts("auditors:invitation:repeated", field="auditor", reference=code))


async def extend(unit: Unit, account: UUID, ends_at: datetime) -> None:
    """Have the end moved."""
    await unit.keeper.extend_auditor(unit.credential, unit.request, account, ends_at)


async def revoke(unit: Unit, account: UUID) -> None:
    """Have somebody shut out."""
    await unit.keeper.revoke_auditor(unit.credential, unit.request, account)
