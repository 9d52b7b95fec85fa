"""The API of a search by a whole number; the number stands in the body and in nothing that comes back."""

from typing import Any

import msgspec
from litestar import Request, post
from litestar.params import JSONBody
from msgspec import UNSET

from portal.passengers import shapes
from portal.passengers.api import BASE, passenger_out
from portal.passengers.finding import found_on_mask, read_sought
from portal.passengers.queries import passengers_of
from portal.web.forms import checked_texts
from portal.web.gate import allow
from portal.web.unit import act_as, unit_of
from security.actor import DESK_ROLES


class SearchIn(shapes.Quiet, frozen=True):
    """A whole value to search for, the purpose, and for a document its issuing state.

    `field`: a sealed number's code, or `card.last_four`, which needs no purpose.
    """

    field: shapes.Text
    number: shapes.Text
    purpose: shapes.Maybe = UNSET
    issuing_state: shapes.Maybe = UNSET


class SearchOut(msgspec.Struct, frozen=True):
    """Those found. `entry` is the search's own, null where only masks were looked at.

    `blind_index` says whether it was used; `complete` is false while rows still wait to be indexed.
    """

    items: list[shapes.PassengerOut]
    blind_index: bool
    complete: bool
    entry: shapes.EntryOut | None


@post(f"{BASE}/searches", opt=allow(DESK_ROLES, outside=True), tags=["passengers"], status_code=200)
async def search(request: Request[Any, Any, Any], data: JSONBody[SearchIn]) -> SearchOut:
    """Find whose number this is. Every search by the blind index is an entry, also one that finds nobody."""
    unit = unit_of(request)
    sought = read_sought(checked_texts(_texts(data)))
    found = None
    if not sought.on_mask:
        found = await unit.keeper.find(
            unit.credential, unit.request, sought.field, sought.number, sought.issuing_state, sought.purpose
        )
    await unit.open()
    try:
        await act_as(unit.connection, unit.who)
        views = await (passengers_of(unit, found.subjects) if found else found_on_mask(unit, sought))
    except BaseException:
        await unit.close(keep=False)
        raise
    await unit.close(keep=True)
    return SearchOut(
        items=[passenger_out(unit.settings.region, view) for view in views],
        blind_index=found is not None,
        complete=found is None or found.complete,
        entry=shapes.EntryOut(found.index, found.leaf) if found else None,
    )


def _texts(data: SearchIn) -> dict[str, str]:
    given = {
        "field": data.field,
        "number": data.number,
        "purpose": data.purpose,
        "issuing_state": data.issuing_state,
    }
    return {name: value for name, value in given.items() if isinstance(value, str)}


API = [search]
