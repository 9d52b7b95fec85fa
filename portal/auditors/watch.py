"""Everything that an external auditor opens is an entry, in one place, before the page is made."""

from typing import Any

from audit.ledger import record
from portal.auditors.asked import told
from portal.web.gate import guard_of
from portal.web.unit import unit_of

KIND = "auditors:access:made"


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
    """Name the page: its path without the language, which holds ids and numbers of entries and nothing typed."""
    path = str(request.scope["path"])
    kept = "".join(sign for sign in path if sign.isascii() and (sign.isalnum() or sign in "_.:/-"))
    return kept[:128] or "/"


def what(request: Any) -> dict[str, str]:
    """Say how it was asked: the method, and the filters as far as they are codes."""
    asked = {name: str(value) for name, value in request.query_params.items()}
    return {"method": str(request.scope["method"]), "asked": told(asked)}
