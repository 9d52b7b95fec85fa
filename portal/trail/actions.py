"""What is done from the trail: an entry is disputed, the quarterly digest chosen or ended. One entry each."""

from typing import Any
from uuid import UUID

from portal.desk.actions import open_case
from portal.desk.forms import CaseInput
from portal.trail.queries import Moment
from portal.web.ids import outer
from portal.web.refusals import NotForThisRole
from portal.web.unit import Unit

COMPLAINT = "complaint"
_KNOWN = "select id from desk_case where passenger_id = $1 and entry = $2"


async def dispute_entry(unit: Unit, about: Moment, words: str) -> UUID:
    """Open the complaint about an entry, once; who says it again is given the same case. Raises NotForThisRole."""
    passenger = unit.who.passenger
    if passenger is None or unit.who.role != "traveller":
        raise NotForThisRole
    # Two presses at once take turns, so that the second finds what the first has made.
    await unit.connection.execute(
        "select pg_advisory_xact_lock(hashtextextended($1::text, $2))", str(passenger), about.index
    )
    known: UUID | None = await unit.connection.fetchval(_KNOWN, passenger, about.index)
    if known is not None:
        return known
    made = await open_case(unit, CaseInput(COMPLAINT, words, passenger, None, about.index))
    await unit.record(
        "trail:entry:disputed",
        subject=passenger,
        field="case",
        reference=outer(unit.settings.region, made),
        document={"entry": str(about.index)},
    )
    return made


async def choose_digest(unit: Unit) -> None:
    """Wish the quarterly digest; wishing twice is one wish. Raises NotForThisRole."""
    if unit.who.passenger is None or unit.who.role != "traveller":
        raise NotForThisRole
    new = await unit.connection.fetchval(
        "insert into trail_wish (account_id, org_id, passenger_id, chosen_at) values ($1, $2, $3, $4)"
        " on conflict do nothing returning true",
        unit.who.account,
        unit.who.org,
        unit.who.passenger,
        unit.at,
    )
    if new:
        await unit.record("trail:digest:chosen", subject=unit.who.passenger, field="preferences")


async def end_digest(unit: Unit, via: str | None = None) -> None:
    """Wish no digest any more; `via` names the way if it was not the own account's page."""
    gone: Any = await unit.connection.fetchval(
        "delete from trail_wish where account_id = $1 returning true", unit.who.account
    )
    if gone:
        await unit.record("trail:digest:ended", subject=unit.who.passenger, field="preferences", via=via)
