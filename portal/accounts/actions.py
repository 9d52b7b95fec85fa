"""What is done with one's own account; sign-in, sessions and step-up are the keeper's, with its entries."""

from portal.accounts.forms import Preferences
from portal.accounts.tables import Member
from portal.web.unit import Unit


async def change_preferences(unit: Unit, wanted: Preferences) -> None:
    """Store language, zone and theme. One entry."""
    await Member.update(
        {
            Member.locale: wanted.locale,
            Member.time_zone: wanted.time_zone,
            Member.theme: wanted.theme,
            Member.version: Member.version + 1,
        }
    ).where(Member.id == unit.who.account)
    await unit.record("accounts:preferences:changed", field="preferences")
