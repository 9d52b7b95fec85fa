"""Decoys: passengers who do not exist and look like all others. Nobody but compliance knows which they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
import uuid_utils.compat as uuids

from security.keeper.alarm_messages import DecoysSeen, PlantDecoy, ReadDecoys
from security.keeper.held import Held
from security.keeper.messages import Done
from security.keeper.quiet_box import QuietBox
from security.policy.decide import STEP_UP_REQUIRED
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session, session_of
from security.sign_in.step_up import use_live_step_up
from security.vault.envelope import EnvelopeRefused

_log = structlog.get_logger(process="keeper")

KEEPS_ALARMS: Final = "compliance"
NOT_YOURS: Final = "alarms:not_yours"
NO_SUCH_PASSENGER: Final = "passengers:not_found"
ALREADY: Final = "alarms:decoy_already"
NO_DECOY: Final = "alarms:no_decoy"
TABLE: Final = "decoy"
MOST: Final = 200
_PLANT: Final = (
    "insert into gate.decoy (tag, id, sealed) values ($1, $2, $3) on conflict (tag) do nothing returning id"
)
_IS_DECOY: Final = "select exists (select from gate.decoy where tag = $1)"
_LIFT: Final = "delete from gate.decoy where tag = $1 returning id"
_READ: Final = "select id, sealed from gate.decoy order by id"
KNOWN_SUBJECT: Final = "select exists (select 1 from gate_subject where subject_id = $1)"


def decoy_row(box: QuietBox, subject: UUID) -> tuple[bytes, UUID, bytes]:
    """Make the row of a decoy: its tag, a random id, and who it is, sealed."""
    # A random id: one made now would tell when, and so beside which row of the portal.
    row = uuids.uuid4()
    return box.tag(subject), row, box.close(TABLE, row, {"subject": str(subject)})


async def plant_decoy(held: Held, ask: PlantDecoy, at: datetime) -> Done:
    """Make a passenger a decoy, or no longer one; needs a step-up. The entry names nobody."""
    caller = await warden(held, ask.token, at)
    if not await held.gate.pool.fetchval(KNOWN_SUBJECT, ask.subject):
        raise Refusal(NO_SUCH_PASSENGER, 404)
    if not await use_live_step_up(held.quick, caller.session, at):
        raise Refusal(STEP_UP_REQUIRED, 403)
    if await held.gate.pool.fetchval(_IS_DECOY, held.box.tag(ask.subject)) == ask.plant:
        raise Refusal(ALREADY if ask.plant else NO_DECOY, 409)
    deed = "planted" if ask.plant else "lifted"
    await held.gate.append(caller.facts(f"security:decoy:{deed}", ask.request))
    if ask.plant:
        await held.gate.pool.execute(_PLANT, *decoy_row(held.box, ask.subject))
    else:
        await held.gate.pool.execute(_LIFT, held.box.tag(ask.subject))
    return Done()


async def read_decoys(held: Held, ask: ReadDecoys, at: datetime) -> DecoysSeen:
    """Tell compliance which passengers are decoys; an entry once a minute."""
    caller = await warden(held, ask.token, at)
    await note_view(held, caller, ask.request, at)
    return DecoysSeen((await subjects(held.gate.pool, held.box))[:MOST])


async def subjects(pool: Any, box: QuietBox) -> list[UUID]:
    """Give the decoys' subjects; a row that another hand wrote or moved is none, and is said in the log."""
    found = []
    for row in await pool.fetch(_READ):
        try:
            found.append(UUID(box.open(TABLE, row["id"], row["sealed"])["subject"]))
        except EnvelopeRefused:
            _log.warning("decoy_unreadable")
    return found


async def warden(held: Held, token: str, at: datetime) -> Session:
    """Find the caller, who must be of compliance; another's attempt is an entry. Refusal: `alarms:not_yours`."""
    caller = await session_of(held.gate.pool, token, at)
    if caller.role != KEEPS_ALARMS:
        document = {"refusal": NOT_YOURS}
        facts = caller.facts("security:alarms:viewed", uuids.uuid7(), decision="deny", document=document)
        await held.gate.append(facts)
        raise Refusal(NOT_YOURS, 403)
    return caller


async def note_view(held: Held, caller: Session, request: UUID, at: datetime, *, of: str = "decoys") -> None:
    """Write down, once a minute, that compliance looked at its alarms, rules, decoys or well-known people."""
    if held.gate.memory.said.is_first((of, caller.account), at):
        await held.gate.append(caller.facts("security:alarms:viewed", request))
