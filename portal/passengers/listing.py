"""Lists of passengers: a page at a time in name order, whole for programs, as lines for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID

from portal.passengers.queries import (
    COLUMNS,
    PassengerView,
    document_mask,
    full_name,
    with_sealed,
)
from portal.web.cursors import read_cursor, write_cursor
from portal.web.in_force import matrix_of
from portal.web.refusals import BadCursor
from portal.web.unit import Unit
from security.policy.rule import Matrix

_LINE_COLUMNS = (
    "id, org_id, given_name, family_name, native_name, name_order, email, phone, nationality, sort_key"
)
_IS_THERE = "select true from passenger where id = $1"
_ID = 16  # bytes of one
_ESCAPE = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


class PassengerLine(NamedTuple):
    """A passenger as a line of a list.

    `document` is the state of the first travel document's number: none, hidden, absent or masked.
    """

    id: UUID
    org: UUID
    name: str
    native: str
    nationality: str
    contact: str
    document: str
    mask: str | None


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

    @property
    def after(self) -> UUID | None:
        """The passenger after whom the page begins. A cursor names nobody: sort keys are made of names."""
        ended = read_cursor(self.cursor, 1)
        if ended is None:
            return None
        if len(ended[0]) != _ID:
            raise BadCursor({"cursor": "web:bad_cursor"})
        return UUID(bytes=ended[0])

    def sql(self, columns: str) -> tuple[str, list[Any]]:
        """Write the query of these columns, one row more than wanted, and its values. Raises BadCursor."""
        where, values = ["true"], list[Any]()
        if after := self.after:
            values.append(after)
            where.append("(sort_key, id) > ((select sort_key from passenger where id = $1), $1)")
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
        return rows[: self.limit], write_cursor(last["id"].bytes)


async def find_page(
    unit: Unit, *, q: str = "", cursor: str | None = None, limit: int = 50
) -> Page[PassengerView]:
    """Find passengers by name or e-mail, in name order. Raises BadCursor."""
    wanted = Wanted(q, cursor, limit)
    sql, values = wanted.sql(COLUMNS)
    rows, after = wanted.cut(await _asked(unit, sql, values, wanted))
    return Page(await with_sealed(unit, rows), after)


async def find_lines(
    unit: Unit, *, q: str = "", cursor: str | None = None, limit: int = 50
) -> Page[PassengerLine]:
    """Find passengers as a list shows them, in one statement. Raises BadCursor."""
    wanted = Wanted(q, cursor, limit)
    sql, values = wanted.sql(_LINE_COLUMNS)
    matrix, role = matrix_of(unit.who), unit.who.role
    rows, after = wanted.cut(await _asked(unit, _with_first_document(sql, matrix, role), values, wanted))
    hidden = {kind: _hidden(matrix, role, kind) for kind in {row["kind"] for row in rows if row["kind"]}}
    return Page([_line(row, hidden) for row in rows], after)


async def _asked(unit: Unit, sql: str, values: Sequence[Any], wanted: Wanted) -> Sequence[Any]:
    """Ask; where nothing follows a cursor, whoever it names must still be there, or rows would be lost unseen."""
    rows: Sequence[Any] = await unit.connection.fetch(sql, *values)
    if not rows and wanted.after is not None and not await unit.connection.fetchval(_IS_THERE, wanted.after):
        raise BadCursor({"cursor": "web:bad_cursor"})
    return rows


def _hidden(matrix: Matrix, role: str, kind: str) -> bool:
    return matrix.rule(role, f"{kind}.number").tier == "hidden"


def _with_first_document(sql: str, matrix: Matrix, role: str) -> str:
    mask, join = document_mask(matrix, role)
    return (
        f"select p.*, d.kind, d.number_stored, d.mask from ({sql}) p left join lateral"  # noqa: S608 -- constants
        f" (select d.kind, d.number_stored, {mask} as mask from travel_document d {join}"
        " where d.passenger_id = p.id order by d.id limit 1) d on true order by p.sort_key, p.id"
    )


def _line(row: Any, hidden: Mapping[str, bool]) -> PassengerLine:
    passenger, org, given, family, native, order, email, phone, nationality, _, kind, stored, mask = (
        row.values()
    )
    name = full_name(given, family, order)
    if not kind:
        document, mask = "none", None
    elif hidden[kind]:
        document, mask = "hidden", None
    else:
        document = "masked" if stored else "absent"
    return PassengerLine(passenger, org, name, native, nationality, email or phone, document, mask)
