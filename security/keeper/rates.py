"""Holding back who asks too often: by person and by role, remembered in memory and counted anew from the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import asyncpg

from security.policy.rates import RATES, RoleRate
from security.sign_in.often import Rate
from security.sign_in.sessions import Session

MINUTE: Final = 60
HOUR: Final = 3600
OF_PERSON: Final = "security:too_many_reveals"
OF_ROLE: Final = "security:too_many_reveals_of_role"
_RECENT: Final = """
select who, role, ts from ledger_leaf where ts > $1 and act like 'passengers:%:revealed' order by index
"""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Who asks too often, and for how many seconds he must wait."""

    code: str
    seconds: int


class Rates:
    """Counts every question. `per_minute` puts one number in place of the file's, for benches and tests."""

    def __init__(self, per_minute: int | None = None, numbers: Mapping[str, RoleRate] = RATES) -> None:
        self._minute: dict[str, Rate] = {}
        self._hour: dict[str, Rate] = {}
        self._role: dict[str, Rate] = {}
        for role, rate in numbers.items():
            self._minute[role] = Rate(per_minute or rate.person_minute, MINUTE)
            if per_minute is None:
                self._hour[role] = Rate(rate.person_hour, HOUR)
                self._role[role] = Rate(rate.role_minute, MINUTE)

    async def begin(self, pool: asyncpg.Pool, at: datetime) -> None:
        """Count what the ledger knows of the last hour, so that a restart gives nobody a fresh start."""
        for row in await pool.fetch(_RECENT, at - timedelta(seconds=HOUR)):
            for rate, key in self._of(row["who"], row["role"]):
                rate.count(key, row["ts"])

    def held_back(self, caller: Session, at: datetime) -> HeldBack | None:
        """Count one question more, unless there were too many; then say how long to wait."""
        rates = self._of(caller.code, caller.role)
        for rate, key in rates:
            seconds = rate.wait(key, at)
            if seconds is not None:
                return HeldBack(OF_ROLE if key == caller.role else OF_PERSON, seconds)
        for rate, key in rates:
            rate.count(key, at)
        return None

    def _of(self, who: str, role: str) -> list[tuple[Rate, str]]:
        named = ((self._minute, who), (self._hour, who), (self._role, role))
        return [(rates[role], key) for rates, key in named if role in rates]
