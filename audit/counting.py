"""Questions about many entries: which, how many, by what. Answered from the columns, and from the ledger for the rest.

Both halves are asked the same SQL over the same relation, `entry (index, t, act, ok, who, role, sub, res, tier, why,
refusal)`, and their counts added. `//` divides whole numbers; in PostgreSQL it is written `/`. In the columns `who` and
`sub` are numbers; what they stand for is asked together with them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from audit import wall
from audit.columns import NUMBERED, REFUSAL, Columns, Piece, covered, standing
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
_WEEK: Final = wall.WEEK_HOURS * wall.HOUR


@dataclass(frozen=True, slots=True)
class _Half:
    """How one half says who acted, and joins the zones by which actors live to the entries `e`."""

    who: str
    lived: str


_IN_LEDGER: Final = _Half("who = {value}", " left join (values {pairs}) z (name, zone) on z.name = e.who")
# Everybody who ever acted is joined, whether a zone is known or not: over numbers without gaps that is the fastest way.
_IN_COLUMNS: Final = _Half(
    "who in (select number from {{who}} where name = {value})",
    " join (select w.number, coalesce(z.zone, {none})::{number} as zone from {{who}} w"
    " left join (values {pairs}) z (name, zone) on z.name = w.name) z"
    " on z.number = e.who",
)


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
    """Whose clock shows what: the clocks of some zones through a span, and which actor lives by which.

    An actor who is not named lives by UTC.
    """

    clocks: wall.Clocks = field(default_factory=wall.Clocks)
    actors: Mapping[str, int] = field(default_factory=dict)


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

    async def groups(self, only: Filter, key: str, *, span: Span) -> dict[Any, Count]:
        """Count by a key, which is SQL of ours over `entry`."""
        sql = f"select {key} as key, {_COUNTS} from {{entry}} group by 1"  # noqa: S608 -- keys are SQL of ours
        return _added(await self._halves(only, span, sql, _named(sql, key)))

    async def hours_of_week(self, only: Filter, zones: Zones, *, span: Span) -> dict[int, Count]:
        """Count by the hour of the week on each actor's own clock, 0 being the first of Monday.

        First by zone, stretch and quarter of an hour of the week, which every clock keeps: then clocks are worked out
        for few.
        """
        sql = (
            f"select zone, {zones.clocks.stretch} as stretch, t // {wall.QUARTER} % {_WEEK // wall.QUARTER} as quarter,"  # noqa: S608 -- as above
            f" {_COUNTS} from {{entry}} group by 1, 2, 3"
        )
        # A week later, so that it stays positive whatever a clock takes away from it.
        weekly = f"select *, quarter * {wall.QUARTER} + {_WEEK} as t from ({sql}) q"  # noqa: S608 -- as above
        key = wall.hour_of_week(zones.clocks.distance)
        sql = f"select {key} as key, sum(allowed)::bigint, sum(denied)::bigint from ({weekly}) w group by 1"  # noqa: S608
        return _added(await self._halves(only, span, sql, sql, zones))

    async def _halves(
        self, only: Filter, span: Span, live: str, stored: str, zones: Zones | None = None
    ) -> list[Sequence[Any]]:
        """Put one question to the columns and to what they do not cover."""
        chosen = [] if only.subject is not None else await self._cover()
        cut = max(span.low, min(covered(chosen), span.high))
        answers: list[Sequence[Any]] = []
        if span.low < cut:
            answers.append(await self._stored(chosen, only, Span(span.low, cut), stored, zones))
        if cut < span.high:
            answers.append(await self._live(only, Span(cut, span.high), live, zones))
        return answers

    async def _stored(
        self, chosen: Sequence[Piece], only: Filter, span: Span, sql: str, zones: Zones | None = None
    ) -> Sequence[Any]:
        values: list[Any] = []
        rows = _rows("{entry}", only, span, values, _IN_COLUMNS, zones)
        return await self._columns.ask(chosen, span.low, span.high, sql.replace("{entry}", rows), values)

    async def _live(self, only: Filter, span: Span, sql: str, zones: Zones | None = None) -> Sequence[Any]:
        values: list[Any] = []
        source, head = _LEDGER, ""
        if only.subject is not None:
            values.append(only.subject)
            source, head = _OF_HER.replace("{ledger}", _LEDGER), _OF_SUBJECT
        rows = _rows(source, only, span, values, _IN_LEDGER, zones)
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
                found += [row[0] for row in await self._stored(chosen, only, part, sql)]
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
        sql = f"select {column} as key, {_COUNTS} from {{entry}} where {column} is not null group by 1"  # noqa: S608 -- a column of ours
        found: dict[str, Count] = {}
        if cut < span.high:
            found = _added([await self._live(only, Span(cut, span.high), sql)])
        if span.low < cut:
            part = Span(span.low, cut)
            wide = max(limit, WIDE)
            first = f"{_named(sql, column)} order by allowed + denied desc, key limit {wide}"
            most = _added([await self._stored(chosen, only, part, first)])
            rest = [name for name in found if name not in most]
            if rest and not (len(most) == wide and _beaten(most, [found[name].all for name in rest], limit)):
                most |= _added([await self._stored(chosen, only, part, _of_these(sql, column, rest))])
            for name, count in most.items():
                found[name] = found.get(name, NONE) + count
        return sorted(found.items(), key=lambda item: (-item[1].all, item[0]))[:limit]


def _added(answers: Iterable[Iterable[Any]]) -> dict[Any, Count]:
    """Add rows of key, allowed, denied."""
    counted: dict[Any, Count] = {}
    for rows in answers:
        found = {key: Count(allowed, denied) for key, allowed, denied in rows}
        both = {key: counted[key] + found[key] for key in counted.keys() & found.keys()}
        counted |= found | both
    return counted


def _named(sql: str, column: str) -> str:
    """Put names in the place of a question's keys, where the columns know numbers of that column only."""
    if column not in NUMBERED:
        return f"select * from ({sql}) q"  # noqa: S608 -- SQL of ours
    return (
        f"select n.name as key, allowed, denied from ({sql}) q"  # noqa: S608 -- SQL of ours
        f" left join {{{column}}} n on n.number = q.key"
    )


def _of_these(sql: str, column: str, names: Sequence[str]) -> str:
    """Ask the columns for these names only; they are codes and pseudonyms, which need no escape."""
    listed = ", ".join(f"'{name}'" for name in names)
    wanted = (
        f"(select number from {{{column}}} where name in ({listed}))"  # noqa: S608 -- as said
        if column in NUMBERED
        else f"({listed})"
    )
    return _named(sql.replace("is not null", f"in {wanted}"), column)


def _beaten(most: Mapping[str, Count], others: Sequence[int], limit: int) -> bool:
    """Say whether none of the others can be among the first `limit`, however often the columns know it."""
    counts = sorted((count.all for count in most.values()), reverse=True)
    return bool(counts[-1] + max(others) < counts[limit - 1])


def _rows(
    source: str, only: Filter, span: Span, values: list[Any], half: _Half, zones: Zones | None = None
) -> str:
    """Write the entries that are meant as a relation; what a person gave becomes values."""
    clauses = [f"index >= {int(span.low)}", f"index < {int(span.high)}"]
    for clause, value in (
        (half.who, only.who),
        ("role = {value}", only.role),
        ("act = {value}", only.kind),
        ("res = {value}", only.field),
        ("why = {value}", only.purpose),
    ):
        if value is not None:
            values.append(value)
            clauses.append(clause.format(value=f"${len(values)}"))
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
    none = len(zones.clocks.distances)
    number = "utinyint" if none < 1 << 8 else "usmallint"  # what takes a byte is counted faster
    lived = half.lived.format(pairs=", ".join(pairs), none=none, number=number) if pairs else ""
    zone_of = "z.zone" if pairs else "null::integer as zone"
    return f"(select e.*, {zone_of} from {source} e{lived} where {where}) r"  # noqa: S608 -- as above
