"""Everything that an external auditor opens is an entry, in one place, before the page is made."""

import re
from typing import Any, Final

from audit.ledger import record
from portal.auditors.asked import OTHER, is_harmless, told
from portal.web.gate import guard_of
from portal.web.unit import unit_of

KIND = "auditors:access:made"
_HOLE: Final = re.compile(r"\{([^}]*)\}")
_ID: Final = re.compile(r"(?:[a-z]{2}_)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def note_access(request: Any) -> None:
    """Record which page or call an external auditor asks for, and with which filters; a refusal is recorded too."""
    unit = request.scope.get("wx_unit")
    if unit is None or unit.actor is None or not unit.actor.external or guard_of(request.scope).public:
        return  # what is public, such as a stylesheet, shows nothing of the ledger
    unit = unit_of(request)
    facts = unit.facts(KIND, field="ledger", reference=where(request), document=what(request))
    if unit.transacting:
        await record(unit.connection, facts)
        unit.after_refusal(lambda connection: record(connection, facts))
        return
    async with unit.short() as connection:
        await record(connection, facts)


def where(request: Any) -> str:
    """Name the page by its route: ids, numbers and codes stand in it, whatever else was typed does not."""
    given = request.scope.get("path_params") or {}

    def said(hole: re.Match[str]) -> str:
        value = str(given.get(hole[1].partition(":")[0], ""))
        return value if is_harmless(value) or _ID.fullmatch(value) else OTHER

    return _HOLE.sub(said, str(request.scope.get("path_template") or "/"))[:128]


def what(request: Any) -> dict[str, str]:
    """Say how it was asked: the method, and the filters as far as they are codes."""
    asked = {name: str(value) for name, value in request.query_params.items()}
    return {"method": str(request.scope["method"]), "asked": told(asked)}
