"""The API of the catalogue."""

from typing import Any

import msgspec
from litestar import Request, get
from litestar.params import FromQuery

from portal.catalogue.pages import READS, lines_for, read_wanted
from portal.catalogue.rules import Line
from portal.web.gate import allow
from portal.web.render import language_of


class KindOut(msgspec.Struct, frozen=True):
    """A kind of entry: its code, its name in the answer's language, and what an entry of it may hold.

    `decisions`: allow, deny. `parts`: keys of the leaf besides those of every leaf. `document`: members of the side
    document to which `facts` commits. `since`: the version that wrote it first.
    """

    code: str
    room: str
    name: str
    writers: list[str]
    decisions: list[str]
    parts: list[str]
    document: list[str]
    since: str


class KindList(msgspec.Struct, frozen=True):
    """Kinds, by code. There are no further pages."""

    items: list[KindOut]


def _out(line: Line) -> KindOut:
    kind = line.kind
    return KindOut(
        code=kind.code,
        room=kind.room,
        name=line.name,
        writers=sorted(kind.origins),
        decisions=list(kind.decisions),
        parts=list(kind.parts),
        document=list(kind.document),
        since=kind.since,
    )


@get("/api/v1/ledger/kinds", opt=allow(READS), tags=["ledger"])
async def list_kinds(
    request: Request[Any, Any, Any],
    q: FromQuery[str] = "",
    room: FromQuery[str] = "",
    writer: FromQuery[str] = "",
    decision: FromQuery[str] = "",
) -> KindList:
    """List every kind of entry. `q`: words of code or name; `writer`: wx_web, wx_worker, wx_keeper."""
    wanted = read_wanted({"q": q, "room": room, "writer": writer, "decision": decision})
    return KindList([_out(line) for line in lines_for(language_of(request), wanted)])


API = [list_kinds]
