"""A copy of a shown value: an entry before it is made, and only of what this person has opened just now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from audit.catalogue import kind_of_field
from audit.entry import subject_pseudonym
from security.keeper.held import Held
from security.keeper.messages import Done
from security.keeper.sight_messages import RecordCopy
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import session_of

NOT_SHOWN: Final = "passengers:not_shown"
_OPENED: Final = """
select res, why, reference from ledger_leaf
where index = $1 and who = $2 and sub = $3 and dec = 'allow' and act like 'passengers:%:revealed' and ts > $4
"""


async def record_copy(held: Held, ask: RecordCopy, at: datetime) -> Done:
    """Append the entry of a copy; a second copy of the same view is the same copy. Refusal: `passengers:not_shown`."""
    caller = await session_of(held.gate.pool, ask.token, at)
    sub = subject_pseudonym(held.custody.link_key, ask.subject)
    since = at - timedelta(seconds=held.limits.show_seconds)
    opened = await held.gate.pool.fetchrow(_OPENED, ask.index, caller.code, sub, since)
    if opened is None:
        raise Refusal(NOT_SHOWN, 409)
    once = ("copy", ask.index)
    if not held.gate.memory.said.is_first(once, at):
        return Done()
    facts = caller.facts(
        kind_of_field(opened["res"], "copied"),
        ask.request,
        subject=ask.subject,
        field=opened["res"],
        tier="clear",
        purpose=opened["why"],
        reference=opened["reference"],
        document={"entry": str(ask.index)},
    )
    try:
        await held.gate.append(facts)
    except BaseException:
        held.gate.memory.said.forget(once)
        raise
    return Done()
