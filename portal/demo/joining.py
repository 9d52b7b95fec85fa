"""When each passenger was added: most when their organisation began, the others one by one."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from portal.demo.dice import dice
from portal.demo.passengers import Person
from portal.demo.people import EDITORS, DemoAccount, regions
from portal.demo.workdays import days_between, is_free, moment

FIRST_DAYS = 5
AT_ONCE = 0.8  # of an organisation's passengers, when it begins
PACE = timedelta(minutes=25)
TOGETHER = 4  # are added at one instant, from a list
HOURS = (9, 17)


def editor_of(org: str) -> DemoAccount:
    """Give the account that adds an organisation's passengers."""
    accounts = (account for region in regions().values() for account in region.accounts)
    return next(a for a in accounts if a.org == org and a.role in EDITORS)


def joined_at(people: Iterable[Person], start: datetime, now: datetime) -> Mapping[UUID, datetime]:
    """Say when each passenger was added, between `start` and `now`, in the editor's working hours."""
    joined: dict[UUID, datetime] = {}
    placed: dict[str, int] = {}
    chance = dice("joining")
    for person in people:
        zone = editor_of(person.org).time_zone
        workdays = [day for day in days_between(start, now, zone) if not is_free(day, zone)]
        place = placed[person.org] = placed.get(person.org, -1) + 1
        if person.account or person.canary or chance.random() < AT_ONCE:
            day = workdays[place % FIRST_DAYS]
            since = datetime.combine(day, time(HOURS[0]), ZoneInfo(zone)).astimezone(UTC)
            joined[person.id] = since + place // FIRST_DAYS // TOGETHER * PACE
        else:
            at = moment(chance, chance.choice(workdays[FIRST_DAYS:-1]), zone, HOURS)
            joined[person.id] = at
    return joined
