"""Questions about many entries: which, how many, by what. Answered from the columns, and from the ledger for the rest.

Both halves are asked the same SQL over the same relation, `entry (index, t, act, ok, who, role, sub, res, tier, why,
refusal)`, and their counts added. `//` divides whole numbers; in PostgreSQL it is written `/`.
"""

from base64 import urlsafe_b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from audit import wall
from audit.columns import REFUSAL, Columns, Piece, covered, standing
from audit.ledger import Entry, Filter

if TYPE_CHECKING:
    from audit.stored import Connection

_LEDGER: Final = (
    "(select l.index, floor(extract(epoch from l.ts))::bigint as t, l.act, l.dec = 'allow' as ok, l.who, l.role, l.sub,"  # noqa: S608 -- constants
    f" l.res, l.tier, l.why, {REFUSAL} as refusal from ledger_leaf l)"
)
# Whoever is asked about comes first: her entries, and the lists on which she stood, are few among millions.
_OF_SUBJECT: Final = (
    "with hers as materialized (select index from ledger_leaf where sub = $1"
    " union select index from ledger_member where sub = $1) "
)
_OF_HER: Final = "(select e.* from hers join {ledger} e using (index))"
# The first and last that may be seen: not every reader sees every row.
_BOUNDS: Final = (
    "select (select ts from ledger_leaf where index >= $1 and index < $2 order by index limit 1),"
    " (select ts from ledger_leaf where index >= $1 and index < $2 order by index desc limit 1)"
)
_COUNTS: Final = "count(*) filter (where ok) as allowed, count(*) filter (where not ok) as denied"


class Count(NamedTuple):
    """How many entries were allowed, and how many denied."""

    allowed: int = 0
    denied: int = 0

    @property
    def all(self) -> int:
        """Both together."""
        return self.allowed + self.denied

    def __add__(self, other: "Count") -> "Count":  # type: ignore[override]
        """Add two counts."""
        return Count(self.allowed + other.allowed, self.denied + other.denied)


NONE: Final = Count()


def summed(counts: Iterable[Count]) -> Count:
    """Add counts, however many."""
    allowed = denied = 0
    for one in counts:
        allowed += one.allowed
        denied += one.denied
    return Count(allowed, denied)


WIDE: Final = 500  # so many of the most frequent are looked at, so that the rest need not be


@dataclass(frozen=True, slots=True)
class Span:
    """Entries from `low` up to `high`."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Zones:
    """Whose clock shows what: the distance of each zone from UTC as SQL over `t`, and which actor lives by which.

    An actor who is not named lives by UTC.
    """

    clocks: Sequence[str] = ()
    actors: Mapping[str, int] = field(default_factory=dict)

    @property
    def own(self) -> str:
        """The distance of an actor's own clock from UTC, as SQL."""
        cases = " ".join(f"when {place} then {clock}" for place, clock in enumerate(self.clocks))
        return f"(case zone {cases} else 0 end)" if cases else "0"


class Counting:
    """Questions in the caller's transaction, under his role; columns know no roles: only an auditor may ask them."""

    def __init__(self, connection: "Connection", columns: Columns) -> None:
        self._connection = connection
        self._columns = columns
        self._pieces: list[Piece] | None = None

    async def _cover(self) -> list[Piece]:
        if self._columns.folder is None:
            return []
        if self._pieces is None:
            self._pieces = await self._columns.opened(await standing(self._connection, self._columns.folder))
        return self._pieces

    async def span(self, only: Filter) -> Span:
        """Turn times into places: the ledger is in order of time, so two look-ups bound every question."""
        size = await self._connection.fetchval("select coalesce(max(index) + 1, 0) from ledger_leaf")
        low = 0 if only.since is None else await self._first(only.since, size)
        high = size if only.until is None else await self._first(only.until, size)
        return Span(low, max(low, high))

    async def _first(self, at: datetime, size: int) -> int:
        found = await self._connection.fetchval(
            "select index from ledger_leaf where ts >= $1 order by ts, index limit 1", at
        )
        return size if found is None else int(found)

    async def bounds(self, span: Span) -> tuple[datetime, datetime] | None:
        """Return the times of the first and last entry of a span; None of an empty one."""
        if span.low >= span.high:
            return None
        row = await self._connection.fetchrow(_BOUNDS, span.low, span.high)
        return None if row is None or row[0] is None else (row[0], row[1])

    async def groups(
        self, only: Filter, key: str, *, span: Span, zones: Zones | None = None
    ) -> dict[Any, Count]:
        """Count by a key, which is SQL of ours over `entry`; with `zones` it may name `zone`, the actor's or null."""
        counted: dict[Any, Count] = {}
        if zones is None:
            sql = f"select {key} as key, {_COUNTS} from {{entry}} group by 1"  # noqa: S608 -- keys are SQL of ours
        else:  # by quarters of an hour first, which every clock keeps: then clocks are worked out for few
            few = f"(select zone, t - t % {wall.QUARTER} as t, {_COUNTS} from {{entry}} group by 1, 2) q"  # noqa: S608
            sql = f"select {key} as key, sum(allowed)::bigint, sum(denied)::bigint from {few} group by 1"  # noqa: S608
        for rows in await self._halves(only, span, sql, zones):
            for found, *counts in rows:
                count = Count._make(counts)
                counted[found] = counted[found] + count if found in counted else count
        return counted

    async def _halves(
        self, only: Filter, span: Span, sql: str, zones: Zones | None = None
    ) -> list[Sequence[Any]]:
        """Put one question to the columns and to what they do not cover."""
        chosen = [] if only.subject is not None else await self._cover()
        cut = max(span.low, min(covered(chosen), span.high))
        answers: list[Sequence[Any]] = []
        if span.low < cut:
            answers.append(await self._stored(chosen, only, Span(span.low, cut), sql, zones))
        if cut < span.high:
            answers.append(await self._live(only, Span(cut, span.high), sql, zones))
        return answers

    async def _stored(
        self, chosen: Sequence[Piece], only: Filter, span: Span, sql: str, zones: Zones | None = None
    ) -> Sequence[Any]:
        values: list[Any] = []
        rows = _rows("{entry}", only, span, values, zones)
        needed = [piece for piece in chosen if piece.end > span.low and piece.start < span.high]
        return await self._columns.ask(needed, sql.replace("{entry}", rows), values)

    async def _live(self, only: Filter, span: Span, sql: str, zones: Zones | None = None) -> Sequence[Any]:
        values: list[Any] = []
        source, head = _LEDGER, ""
        if only.subject is not None:
            values.append(only.subject)
            source, head = _OF_HER.replace("{ledger}", _LEDGER), _OF_SUBJECT
        rows = _rows(source, only, span, values, zones)
        statement = head + sql.replace("{entry}", rows).replace("//", "/")
        found: Sequence[Any] = await self._connection.fetch(statement, *values)
        return found

    async def page(self, only: Filter, *, before: int | None = None, limit: int = 50) -> list[Entry]:
        """Return up to `limit` entries, newest first, below `before`."""
        span = await self.span(only)
        span = replace(span, high=span.high if before is None else max(span.low, min(span.high, before)))
        chosen = [] if only.subject is not None else await self._cover()
        cut = max(span.low, min(covered(chosen), span.high))
        sql = f"select index from {{entry}} order by index desc limit {int(limit)}"  # noqa: S608 -- a number
        found = (
            [row[0] for row in await self._live(only, Span(cut, span.high), sql)] if cut < span.high else []
        )
        for piece in reversed(chosen):  # from the newest back, until there are enough
            part = Span(max(piece.start, span.low), min(piece.end, cut))
            if len(found) >= limit:
                break
            if part.low < part.high:
                found += [row[0] for row in await self._stored([piece], only, part, sql)]
        return await self._entries(found[:limit])

    async def _entries(self, indexes: Sequence[int]) -> list[Entry]:
        rows = await self._connection.fetch(
            "select index, leaf from ledger_leaf where index = any ($1::bigint[]) order by index desc",
            indexes,
        )
        return [Entry(row[0], row[1]) for row in rows]

    async def top(self, only: Filter, column: str, *, span: Span, limit: int = 10) -> list[tuple[str, Count]]:
        """Return what stands most often in a column of `entry`; entries without it do not count.

        `sub`: the pseudonyms most often acted on; being one of a list does not count.
        """
        chosen = [] if only.subject is not None else await self._cover()
        cut = max(span.low, min(covered(chosen), span.high))
        found: dict[str, Count] = {}
        if cut < span.high:
            sql = f"select {column}, {_COUNTS} from {{entry}} where {column} is not null group by 1"  # noqa: S608 -- a column of ours
            live = await self._live(only, Span(cut, span.high), sql)
            found = {name: Count(allowed, denied) for name, allowed, denied in live}
        if span.low < cut:
            await self._add_stored(found, only, Span(span.low, cut), chosen, column, limit)
        return sorted(found.items(), key=lambda item: (-item[1].all, item[0]))[:limit]

    async def _add_stored(
        self,
        live: dict[str, Count],
        only: Filter,
        span: Span,
        chosen: Sequence[Piece],
        column: str,
        limit: int,
    ) -> None:
        """Add what the columns know: of those met in the rest of the ledger, and of their own most frequent."""
        written = number_of if column == "sub" else str
        names: dict[Any, str] = {written(name): name for name in live}
        sql = f"select {column}, {_COUNTS}, any_value(index) from {{entry}} where {column} is not null group by 1"  # noqa: S608 -- a column of ours
        wide = max(limit, WIDE)
        most = await self._stored(chosen, only, span, f"{sql} order by count(*) desc, 1 limit {wide}")
        known = {row[0]: row for row in most}
        rest = [key for key in names if key not in known]
        if rest and not (len(most) == wide and _beaten(most, [live[names[key]].all for key in rest], limit)):
            listed = ", ".join(
                str(key) if column == "sub" else f"'{key}'" for key in rest
            )  # codes and numbers
            again = sql.replace("is not null", f"in ({listed})")
            known |= {row[0]: row for row in await self._stored(chosen, only, span, again)}
        names |= await self._named(column, [row for key, row in known.items() if key not in names])
        for key, allowed, denied, _ in known.values():
            name = names[key]
            live[name] = live.get(name, NONE) + Count(allowed, denied)

    async def _named(self, column: str, rows: Sequence[Any]) -> dict[Any, str]:
        """Say what keys of the columns stand for: a number for the pseudonym of an entry it was met in."""
        if column != "sub":
            return {row[0]: row[0] for row in rows}
        found = await self._connection.fetch(
            "select sub from ledger_leaf where index = any ($1::bigint[])", [row[3] for row in rows]
        )
        return {number_of(row[0]): row[0] for row in found}


def _beaten(most: Sequence[Any], others: Sequence[int], limit: int) -> bool:
    """Say whether none of the others can be among the first `limit`, however often the columns know it."""
    counts = sorted((allowed + denied for _, allowed, denied, _ in most), reverse=True)
    return bool(counts[-1] + max(others) < counts[limit - 1])


def number_of(sub: str) -> int:
    """Return the number that stands for a pseudonym in the columns."""
    return int.from_bytes(urlsafe_b64decode(sub + "=")[:8], "big", signed=True)


def _rows(source: str, only: Filter, span: Span, values: list[Any], zones: Zones | None) -> str:
    """Write the entries that are meant as a relation; what a person gave becomes values."""
    clauses = [f"index >= {int(span.low)}", f"index < {int(span.high)}"]
    for clause, value in (
        ("who = {}", only.who),
        ("role = {}", only.role),
        ("act = {}", only.kind),
        ("res = {}", only.field),
        ("why = {}", only.purpose),
    ):
        if value is not None:
            values.append(value)
            clauses.append(clause.format(f"${len(values)}"))
    if only.fields:
        places = range(len(values) + 1, len(values) + len(only.fields) + 1)
        values.extend(only.fields)
        clauses.append(f"res in ({', '.join(f'${place}' for place in places)})")
    if only.decision is not None:
        clauses.append("ok" if only.decision == "allow" else "not ok")
    where = " and ".join(clauses)
    if zones is None:
        return f"(select * from {source} e where {where}) r"  # noqa: S608 -- clauses are constants, values are parameters
    pairs = []
    for code, zone in zones.actors.items():
        values.append(code)
        pairs.append(f"(${len(values)}::varchar, {int(zone)})")
    lived = f" left join (values {', '.join(pairs)}) z (code, zone) on z.code = e.who" if pairs else ""
    zone_of = "z.zone" if pairs else "null::integer as zone"
    return f"(select e.*, {zone_of} from {source} e{lived} where {where}) r"  # noqa: S608 -- as above
