"""Searches kept under a name, one's own or shared with all auditors: what is kept, and what is done with it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.oversight.forms import FIELDS, given
from portal.web.ids import new_id
from portal.web.refusals import NotForThisRole, Refusal
from portal.web.unit import Unit

MOST = 100


class SearchNotFound(Refusal):
    """No search of this auditor, nor one shared with him."""

    code = "oversight:search_not_found"
    status = 404


class NotYourSearch(Refusal):
    """A colleague's search may be opened, not changed."""

    code = "oversight:not_your_search"
    status = 403


class TooManySearches(Refusal):
    """Nobody keeps more than a hundred."""

    code = "oversight:too_many_searches"
    status = 409


@dataclass(frozen=True, slots=True)
class Search:
    """A kept search; `owner` is the staff code of whoever keeps it, `query` the filters by their names."""

    id: UUID
    name: str
    query: dict[str, str]
    shared: bool
    owner: str
    is_own: bool
    version: int
    changed_at: datetime


_SELECT = "select id, account_id, owner_code, name, query, shared, version, changed_at from ledger_search"


def _search(row: Any, account: UUID) -> Search:
    return Search(
        row["id"],
        row["name"],
        given(json.loads(row["query"]), FIELDS),
        row["shared"],
        row["owner_code"],
        row["account_id"] == account,
        row["version"],
        row["changed_at"],
    )


async def searches(unit: Unit) -> list[Search]:
    """List one's own searches, then those shared by colleagues, each by name; an auditor from outside has none."""
    if unit.who.external:
        return []
    rows = await unit.connection.fetch(_SELECT)
    found = [_search(row, unit.who.account) for row in rows]
    return sorted(found, key=lambda search: (not search.is_own, search.name.casefold(), str(search.id)))


async def search(unit: Unit, wanted: UUID) -> Search:
    """Give one search that one may open. Raises SearchNotFound."""
    if unit.who.external:
        raise SearchNotFound
    row = await unit.connection.fetchrow(f"{_SELECT} where id = $1", wanted)
    if row is None:
        raise SearchNotFound
    return _search(row, unit.who.account)


async def own_search(unit: Unit, wanted: UUID) -> Search:
    """Give one search that one may change. Raises SearchNotFound, NotYourSearch."""
    found = await search(unit, wanted)
    if not found.is_own:
        raise NotYourSearch
    return found


async def keep(unit: Unit, name: str, query: Mapping[str, str], *, shared: bool) -> UUID:
    """Write a new search. Raises TooManySearches, and NotForThisRole for an auditor from outside."""
    if unit.who.external:
        raise NotForThisRole
    own = await unit.connection.fetchval(
        "select count(*) from ledger_search where account_id = $1", unit.who.account
    )
    if own >= MOST:
        raise TooManySearches
    made = new_id()
    await unit.connection.execute(
        "insert into ledger_search (id, account_id, owner_code, name, query, shared, created_at, changed_at)"
        " values ($1, $2, $3, $4, $5::jsonb, $6, $7, $7)",
        made,
        unit.who.account,
        unit.who.code,
        name,
        json.dumps(given(query)),
        shared,
        unit.at,
    )
    return made


async def change(unit: Unit, found: Search, name: str, *, shared: bool) -> None:
    """Write a new name, and whether it is shared."""
    await unit.connection.execute(
        "update ledger_search set name = $2, shared = $3, version = version + 1, changed_at = $4 where id = $1",
        found.id,
        name,
        shared,
        unit.at,
    )


async def forget(unit: Unit, found: Search) -> None:
    """Remove a search."""
    await unit.connection.execute("delete from ledger_search where id = $1", found.id)
