"""Every way leaves its entry: whoever was let in and shown people, and whoever was refused."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import httpx

from audit.catalogue import KINDS
from security.actor import ROLES
from tests.house.leakage.grounds import Grounds
from tests.house.leakage.ways import ENDING, SAFE, Way, ways

DENIED = "security:access:refused"
OK = 200
_EVERY = frozenset({"v", "ts", "at", "reg", "act", "dec", "who", "role", "req", "n"})
# Addresses that show nothing without a question; ids from the grounds.
ASKED = {
    "/approvals": "?which=all",
    "/api/v1/approvals": "?which=all",
    "/passengers/{wanted:str}/reveals/new": "?field=passport.number&row={passengers.document}",
}
_OWN = "one's own account, sessions and settings, shown to their owner"
_FORM = "an empty form: whom it is about is asked afterwards"
_HOUSE = "what the house is and does; it names nobody"
_MINUTE = "the keeper states a look at alarms and decoys once a minute: the page before it stands for all"
_KEYS = "public keys, tiles and states of the ledger; its leaves are pseudonyms and read with an entry of their own"
# What shows nobody: the roles to which it is (none: all of them), and why.
SHOWS_NOBODY: dict[str, tuple[frozenset[str], str]] = {
    "GET /": (frozenset({"auditor", "administrator"}), "they see no trips there"),
    "GET /sessions": (frozenset(), _OWN),
    "GET /step-up": (frozenset(), _OWN),
    "GET /preferences": (frozenset(), _OWN),
    "GET /api/v1/me": (frozenset(), _OWN),
    "GET /calendar": (frozenset(), _OWN),
    "GET /passengers/new": (frozenset(), _FORM),
    "GET /passengers/find": (frozenset(), _FORM),
    "GET /cases/new": (frozenset(), _FORM),
    "GET /keys/deeds/{code:str}": (frozenset(), _FORM),
    "GET /approvals/rule": (frozenset(), "the client's own rule, of roles and purposes"),
    "GET /api/v1/approval-rule": (frozenset(), "the client's own rule, of roles and purposes"),
    "GET /approvals/reviews": (frozenset(), "nothing to review here; tests of its own look at a full one"),
    "GET /approvals": (
        frozenset({"client_admin", "service_agent", "operations", "finance"}),
        "nothing for them",
    ),
    "GET /api/v1/approvals": (
        frozenset({"client_admin", "service_agent", "operations", "finance"}),
        "nothing for them",
    ),
    "GET /api/v1/exports/{wanted:str}": (frozenset(), "how far a file is; taking it is the entry"),
    "GET /api/v1/trail": (frozenset(ROLES) - {"traveller"}, "nobody else is a passenger: it is empty"),
    "GET /trail/digest": (frozenset(), _OWN),
    "GET /api/v1/trail/digest": (frozenset(), _OWN),
    "GET /api/v1/ledger/consistency": (frozenset(), _KEYS),
    "GET /own-key": (frozenset(), "the organisation's own key, by address"),
    "GET /api/v1/own-key": (frozenset(), "the organisation's own key, by address"),
    "GET /api/v1/quotes/terms": (frozenset(), _HOUSE),
    "GET /residency": (frozenset(), _HOUSE),
    "GET /api/v1/residency": (frozenset(), _HOUSE),
    "GET /residency/proof": (frozenset(), _HOUSE),
    "GET /matrix": (frozenset(), _HOUSE),
    "GET /matrix/history": (frozenset(), _HOUSE),
    "GET /api/v1/matrix": (frozenset(), _HOUSE),
    "GET /api/v1/matrix/proposals": (frozenset(), _HOUSE),
    "GET /api/v1/matrix/versions": (frozenset(), _HOUSE),
    "GET /decoys": (frozenset(), _MINUTE),
    "GET /vips": (frozenset(), _MINUTE),
    "GET /api/v1/alarms": (frozenset(), _MINUTE),
    "GET /alarms/rules": (frozenset(), _HOUSE),
    "GET /api/v1/alarm-rules": (frozenset(), _HOUSE),
    "GET /ledger/searches": (frozenset(), _OWN),
    "GET /api/v1/ledger/searches": (frozenset(), _OWN),
    "GET /api/v1/ledger/searches/{search_id:str}": (frozenset(), _OWN),
    "GET /api/v1/extracts": (frozenset(), "how far extracts are; taking one is the entry"),
    "GET /api/v1/extracts/{wanted:str}": (frozenset(), "how far an extract is; taking it is the entry"),
    "GET /api/v1/schedules": (frozenset(), "rhythms of extracts; they name nobody"),
    "GET /ledger/kinds": (frozenset(), _HOUSE),
    "GET /api/v1/ledger/kinds": (frozenset(), _HOUSE),
    "GET /ledger/exports": (frozenset(), "how far exports are; taking one is the entry"),
    "GET /ledger/verifier": (frozenset(), "a program; it holds nothing of anybody"),
    "GET /ledger/tile/{path:path}": (frozenset(), _KEYS),
    "GET /witnesses": (frozenset(), _KEYS),
    "GET /ledger/searches/{search_id:str}": (frozenset(), "leads to the ledger, where looking is an entry"),
}


class Silent(NamedTuple):
    """An answer that left no entry, or one of a kind that is not in the catalogue."""

    role: str
    way: str
    status: int
    why: str


async def silent(ground: Grounds, *, only: str = "") -> list[Silent]:
    """Go every way that only looks, by each role that may and one that may not, and name what was not recorded."""
    state = ground.house.app.state
    usual, state.settings = state.settings, _every_view_counts(state.settings)
    asked = []
    try:
        for way in ways(ground.house.app, ground.ids, only=only):
            if not way.guard.public and way.route not in ENDING:
                for role in _visitors(way):
                    answer = await _asked(ground, way, role)
                    asked.append((way, role, answer.status_code, answer.headers["x-request-id"]))
    finally:
        state.settings = usual
        ground.forget_sessions()
    written = await _written(ground)
    judged = [
        Silent(
            role, f"{way.method} {way.route}", status, _complaint(way, role, status, written.get(name, []))
        )
        for way, role, status, name in asked
    ]
    return [one for one in judged if one.why]


def _every_view_counts(settings: Any) -> Any:
    given = {name: getattr(settings, name) for name in settings.__slots__}
    return type(settings)(**given | {"view_repeat_seconds": 0})


async def _written(ground: Grounds) -> dict[str, list[tuple[str, str]]]:
    """Give by request the kind and decision of each entry, sequenced or waiting."""
    owner = ground.house.stage.owner
    rows = await owner.fetch("select request::text, kind, decision from ledger_pending")
    found = [tuple(row) for row in rows]
    for row in await owner.fetch("select leaf from ledger_leaf"):
        leaf = json.loads(row["leaf"])
        found.append((leaf["req"], leaf["act"], leaf["dec"]))
    written: dict[str, list[tuple[str, str]]] = {}
    for request, kind, decision in found:
        written.setdefault(request, []).append((kind, decision))
    return written


async def overfull(ground: Grounds) -> list[str]:
    """Name what any entry so far holds that the catalogue does not say of its kind."""
    rows = await ground.house.stage.owner.fetch(
        "select l.leaf, f.document from ledger_leaf l left join ledger_fact f using (index)"
    )
    return sorted({fault for row in rows for fault in _beyond(json.loads(row["leaf"]), row["document"])})


def _beyond(leaf: dict[str, Any], document: str | None) -> list[str]:
    kind = KINDS[leaf["act"]]
    held = set(leaf) - _EVERY - set(kind.parts) - ({"facts"} if document else set())
    named = json.loads(document or "{}")
    members = {one for one in named if not any(fnmatchcase(one, name) for name in kind.document)}
    decision = {leaf["dec"]} - set(kind.decisions)
    return [f"{kind.code}: {part}" for part in held | members | decision]


class _Ids(dict[str, str]):
    """Ids by names with a point in them, for `format_map`, which would look for attributes."""

    def __missing__(self, name: str) -> Any:
        return _Room(self, name)


class _Room:
    def __init__(self, ids: dict[str, str], room: str) -> None:
        self._ids, self._room = ids, room

    def __getattr__(self, name: str) -> str:
        return self._ids[f"{self._room}.{name}"]


def _visitors(way: Way) -> Iterator[str]:
    if way.method == SAFE:
        yield from way.roles
    strangers = (role for role in ("auditor", "booker", "traveller", "sales") if role not in way.guard.roles)
    stranger = next(strangers, None)
    if stranger is not None:
        yield stranger


async def _asked(ground: Grounds, way: Way, role: str) -> httpx.Response:
    if way.method == SAFE:
        client = await ground.caller(role)
        address = way.address + ASKED.get(way.route, "").format_map(_Ids(ground.ids))
        return await client.get(f"/en{address}" if way.is_page else address)
    if way.is_page:
        page, token = await ground.page_caller(role)
        return await page.request(way.method, f"/en{way.address}", data={"csrf": token})
    return await (await ground.caller(role)).request(way.method, way.address, json={})


def _complaint(way: Way, role: str, status: int, kinds: list[tuple[str, str]]) -> str:
    if any(kind not in KINDS for kind, _ in kinds):
        return "uncatalogued"
    if role not in way.guard.roles:
        return "" if (DENIED, "deny") in kinds else "refusal unrecorded"
    if status != OK or kinds:
        return ""
    roles, _why = SHOWS_NOBODY.get(f"{way.method} {way.route}", (frozenset({""}), ""))
    return "" if not roles or role in roles else "unrecorded"
