"""Passengers who are well known, by compliance's word: whoever looks at several of them within a while is an alarm."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
import uuid_utils.compat as uuids

from security.keeper.alarm_messages import DecoysSeen, MarkVip, ReadVips
from security.keeper.decoys import KNOWN_SUBJECT, NO_SUCH_PASSENGER, note_view, warden
from security.keeper.held import Held
from security.keeper.messages import Done
from security.keeper.quiet_box import QuietBox
from security.policy.decide import STEP_UP_REQUIRED
from security.sign_in.refusal import Refusal
from security.sign_in.step_up import use_live_step_up
from security.vault.envelope import EnvelopeRefused

TABLE: Final = "vip"
ALREADY: Final = "alarms:vip_already"
NO_VIP: Final = "alarms:no_vip"
MOST: Final = 500
_MARK: Final = (
    "insert into gate.vip (tag, id, sealed) values ($1, $2, $3) on conflict (tag) do nothing returning id"
)
_IS_ONE: Final = "select exists (select from gate.vip where tag = $1)"
_UNMARK: Final = "delete from gate.vip where tag = $1 returning id"
_READ: Final = "select id, sealed from gate.vip order by id"

_log = structlog.get_logger(process="keeper")


def vip_row(box: QuietBox, subject: UUID) -> tuple[bytes, UUID, bytes]:
    """Make the row of a mark: its tag, a random id, and who it is, sealed."""
    row = uuids.uuid4()
    return box.tag(subject), row, box.close(TABLE, row, {"subject": str(subject)})


async def mark_vip(held: Held, ask: MarkVip, at: datetime) -> Done:
    """Mark a passenger as well known, or no longer; needs a step-up. The entry names nobody."""
    caller = await warden(held, ask.token, at)
    if not await held.gate.pool.fetchval(KNOWN_SUBJECT, ask.subject):
        raise Refusal(NO_SUCH_PASSENGER, 404)
    if not await use_live_step_up(held.quick, caller.session, at):
        raise Refusal(STEP_UP_REQUIRED, 403)
    tag = held.box.tag(ask.subject)
    if await held.gate.pool.fetchval(_IS_ONE, tag) == ask.mark:
        raise Refusal(ALREADY if ask.mark else NO_VIP, 409)
    await held.gate.append(caller.facts(f"security:vip:{'marked' if ask.mark else 'unmarked'}", ask.request))
    if ask.mark:
        await held.gate.pool.execute(_MARK, *vip_row(held.box, ask.subject))
    else:
        await held.gate.pool.execute(_UNMARK, tag)
    return Done()


async def read_vips(held: Held, ask: ReadVips, at: datetime) -> DecoysSeen:
    """Tell compliance who is marked; an entry once a minute."""
    caller = await warden(held, ask.token, at)
    await note_view(held, caller, ask.request, at, of="vips")
    return DecoysSeen((await vip_subjects(held.gate.pool, held.box))[:MOST])


async def vip_subjects(pool: Any, box: QuietBox) -> list[UUID]:
    """Give who is marked; a row that another hand wrote or moved is none, and is said in the log."""
    found = []
    for row in await pool.fetch(_READ):
        try:
            found.append(UUID(box.open(TABLE, row["id"], row["sealed"])["subject"]))
        except EnvelopeRefused:
            _log.warning("vip_unreadable")
    return found
