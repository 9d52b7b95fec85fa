"""What is done with one's own account; sign-in, sessions and step-up are the keeper's, with its entries."""

from typing import Any

from portal.accounts.forms import Preferences
from portal.accounts.tables import Member
from portal.web.unit import Unit


async def change_preferences(unit: Unit, wanted: Preferences) -> None:
    """Store language, zone, theme and how much a mail may say. One entry."""
    mails: dict[Any, Any] = {} if wanted.mails is None else {Member.mails: wanted.mails}
    await Member.update(
        {
            Member.locale: wanted.locale,
            Member.time_zone: wanted.time_zone,
            Member.theme: wanted.theme,
            Member.version: Member.version + 1,
            **mails,
        }
    ).where(Member.id == unit.who.account)
    await unit.record("accounts:preferences:changed", field="preferences")
