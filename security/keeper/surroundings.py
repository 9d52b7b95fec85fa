"""What the rules must know beside the entries: clocks on walls, own records, people marked, countries of clients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from audit.entry import subject_pseudonym
from security.keeper.decoys import subjects
from security.keeper.held import Held
from security.keeper.vips import vip_subjects
from security.policy.alarm_rules import AlarmRules
from security.policy.signals import Person, Seen, is_opening

FRESH: Final = timedelta(minutes=1)
A_DAY: Final = timedelta(days=1)
_CLOCKS: Final = "select code, time_zone from gate_clock"
_OWN: Final = "select code, subject_id, own from gate_own"
_AREAS: Final = "select reference_id, country from gate_area where reference_id = any ($1::uuid[])"
_OPENED: Final = """
select reference, count(*) as count from ledger_leaf
where who = $1 and act like 'passengers:%:revealed' and dec = 'allow' and ts >= $2 and index < $3
  and reference is not null
group by reference
"""


def reference_id(reference: str, region: str) -> UUID | None:
    """Give the id within a reference of this region, if it is one."""
    prefix, _, rest = reference.partition("_")
    try:
        return UUID(rest) if prefix == region else None
    except ValueError:
        return None


@dataclass(slots=True)
class Surroundings:
    """Read anew once a minute; who opened what in which country, once a day and person."""

    held: Held
    decoys: Mapping[str, UUID] = field(default_factory=dict)
    _vips: frozenset[str] = frozenset()
    _own: Mapping[tuple[str, str], str] = field(default_factory=dict)
    _zones: Mapping[str, str] = field(default_factory=dict)
    _opened: dict[str, tuple[datetime, Mapping[str, int]]] = field(default_factory=dict)
    _read_at: datetime | None = None

    async def refresh(self, at: datetime) -> None:
        """Read what changes seldom; decoys each time, because a mark counts from the next entry on."""
        pool, box = self.held.gate.pool, self.held.box
        self.decoys = {self._pseudonym(one): one for one in await subjects(pool, box)}
        if self._read_at is not None and self._read_at <= at < self._read_at + FRESH:
            return
        self._vips = frozenset(self._pseudonym(one) for one in await vip_subjects(pool, box))
        self._zones = {row["code"]: row["time_zone"] for row in await pool.fetch(_CLOCKS)}
        self._own = {
            (row["code"], self._pseudonym(row["subject_id"])): row["own"] for row in await pool.fetch(_OWN)
        }
        self._read_at = at

    def _pseudonym(self, subject: UUID) -> str:
        return subject_pseudonym(self.held.custody.link_key, subject)

    def of(self, seen: Seen) -> Seen:
        """Say of an entry what the keeper alone knows."""
        decoy = self.decoys.get(seen.sub)
        return replace(
            seen,
            own=self._own.get((seen.who, seen.sub), ""),
            vip=seen.sub in self._vips,
            decoy=str(decoy) if decoy else "",
        )

    async def with_areas(self, rows: Sequence[Seen]) -> list[Seen]:
        """Say of each opened value of which country its client is."""
        openings = {one.reference for one in rows if one.reference and is_opening(one)}
        areas = await self._areas(openings)
        return [
            replace(one, area=areas.get(one.reference, "")) if one.reference in openings else one
            for one in rows
        ]

    async def _areas(self, references: Iterable[str]) -> dict[str, str]:
        ids = {text: found for text in references if (found := reference_id(text, self.held.region))}
        if not ids:
            return {}
        rows = await self.held.gate.pool.fetch(_AREAS, list(ids.values()))
        countries = {row["reference_id"]: row["country"] for row in rows}
        return {text: countries[one] for text, one in ids.items() if one in countries}

    async def person(self, seen: Seen, rules: AlarmRules) -> Person:
        """Give what is known of who acts."""
        zone = self._zones.get(seen.who, "UTC")
        if not is_opening(seen) or not seen.area:
            return Person(zone)
        known = self._opened.get(seen.who)
        if known is None or not known[0] <= seen.at < known[0] + A_DAY:
            known = (seen.at, await self._count(seen, rules))
            self._opened[seen.who] = known
        return Person(zone, known[1])

    async def _count(self, seen: Seen, rules: AlarmRules) -> Mapping[str, int]:
        since = seen.at - timedelta(days=rules.usual.days)
        rows: list[Any] = await self.held.gate.pool.fetch(_OPENED, seen.who, since, seen.index)
        areas = await self._areas(row["reference"] for row in rows)
        counts: dict[str, int] = {}
        for row in rows:
            area = areas.get(row["reference"], "")
            counts[area] = counts.get(area, 0) + row["count"]
        return counts
