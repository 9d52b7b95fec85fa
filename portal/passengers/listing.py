"""Lists of passengers: a page at a time in name order, whole for programs, as lines for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from portal.passengers.queries import (
    COLUMNS,
    PassengerView,
    Sealed,
    Sight,
    document_mask,
    full_name,
    with_sealed,
)
from portal.web.cursors import read_cursor, write_cursor
from portal.web.unit import Unit

_LINE_COLUMNS = (
    "id, org_id, given_name, family_name, native_name, name_order, email, phone, nationality, sort_key"
)
_ESCAPE = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


class PassengerLine(NamedTuple):
    """A passenger as a line of a list: `document` is the first travel document's number, None without one."""

    id: UUID
    org: UUID
    name: str
    native: str
    nationality: str
    contact: str
    document: Sealed | None


Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class Page(Generic[Shown]):
    """One page of passengers and the cursor of the next, None at the end."""

    items: list[Shown]
    next: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which passengers: by name or e-mail, after a cursor, so many."""

    q: str = ""
    cursor: str | None = None
    limit: int = 50

    def sql(self, columns: str) -> tuple[str, list[Any]]:
        """Write the query of these columns, one row more than wanted, and its values. Raises BadCursor."""
        after = read_cursor(self.cursor, 2)
        where, values = ["true"], list[Any]()
        if after:
            values += [after[0], UUID(bytes=after[1])]
            where.append("(sort_key, id) > ($1, $2)")
        if self.q:
            values.append(f"%{self.q.translate(_ESCAPE)}%")
            where.append(
                "(given_name || ' ' || family_name || ' ' || given_name || ' ' || native_name || ' ' || email)"
                f" ilike ${len(values)}"
            )
        named = f"select {columns} from passenger where {' and '.join(where)}"  # noqa: S608 -- only places
        return f"{named} order by sort_key, id limit {self.limit + 1}", values

    def cut(self, rows: Sequence[Any]) -> tuple[Sequence[Any], str | None]:
        """Cut off the row too many; give the cursor after the last if there was one."""
        if len(rows) <= self.limit:
            return rows, None
        last = rows[self.limit - 1]
        return rows[: self.limit], write_cursor(last["sort_key"][:255], last["id"].bytes)


async def find_page(
    unit: Unit, *, q: str = "", cursor: str | None = None, limit: int = 50
) -> Page[PassengerView]:
    """Find passengers by name or e-mail, in name order. Raises BadCursor."""
    wanted = Wanted(q, cursor, limit)
    sql, values = wanted.sql(COLUMNS)
    rows, after = wanted.cut(await unit.connection.fetch(sql, *values))
    return Page(await with_sealed(unit, rows), after)


async def find_lines(
    unit: Unit, *, q: str = "", cursor: str | None = None, limit: int = 50
) -> Page[PassengerLine]:
    """Find passengers as a list shows them, in one statement. Raises BadCursor."""
    wanted = Wanted(q, cursor, limit)
    sql, values = wanted.sql(_LINE_COLUMNS)
    rows, after = wanted.cut(await unit.connection.fetch(_with_first_document(sql, unit.who.role), *values))
    # Purposes are not asked: a list opens nothing.
    see = Sight(unit, frozenset())
    return Page([_line(row, see) for row in rows], after)


def _with_first_document(sql: str, role: str) -> str:
    mask, join = document_mask(role)
    return (
        f"select p.*, d.kind, d.number_stored, d.mask from ({sql}) p left join lateral"  # noqa: S608 -- constants
        f" (select d.kind, d.number_stored, {mask} as mask from travel_document d {join}"
        " where d.passenger_id = p.id order by d.id limit 1) d on true order by p.sort_key, p.id"
    )


def _line(row: Any, see: Sight) -> PassengerLine:
    kind = row["kind"]
    return PassengerLine(
        row["id"],
        row["org_id"],
        full_name(row["given_name"], row["family_name"], row["name_order"]),
        row["native_name"],
        row["nationality"],
        row["email"] or row["phone"],
        see.sealed(row["id"], f"{kind}.number", stored=row["number_stored"], mask=row["mask"])
        if kind
        else None,
    )
