"""The first page, the help, and what stands in the footer."""

from typing import Any

from litestar import Request, Response, get

from audit.ledger import Filter, head
from portal.approvals.pages import TAKES_PART
from portal.approvals.queries import usable_of, waiting_for
from portal.desk.rules import LATE, OWING
from portal.desk.work import Wanted, open_work
from portal.home.queries import overview
from portal.oversight.queries import daily
from portal.trips.pages import STATES
from portal.web.assets import third_party
from portal.web.database import pool
from portal.web.gate import ANYBODY, allow, public
from portal.web.ids import outer
from portal.web.machine import keeper_status
from portal.web.render import page
from portal.web.unit import unit_of
from portal.web.views import record_view
from security.actor import CLIENT_ROLES, DESK_ROLES

Page = Response[Any]


@get("/", opt=allow(ANYBODY), name="home", include_in_schema=False)
async def home_page(request: Request[Any, Any, Any]) -> Page:
    """Show what matters now to this role."""
    unit = unit_of(request)
    role = unit.who.role
    seen = await overview(unit) if role in CLIENT_ROLES | DESK_ROLES else None
    if seen and seen.trips:
        await record_view(unit, "trips:list:viewed", field="trip", tier="clear", reference="ahead")
    work = await open_work(unit.connection, role, Wanted(team=role)) if role in OWING else None
    days = await daily(unit, Filter(), days=7) if role == "auditor" else []
    newest = await head(unit.connection) if role == "auditor" else None
    return page(
        request,
        "home/home.html",
        seen=seen,
        states=STATES,
        own=outer(unit.settings.region, unit.who.passenger) if unit.who.passenger else None,
        approvals=await waiting_for(unit) if role in TAKES_PART else 0,
        usable=await usable_of(unit) if role in TAKES_PART else 0,
        work=len(work) if work is not None else None,
        late=sum(item.urgency(unit.at) == LATE for item in work or ()),
        days=days,
        head=newest,
    )


@get("/help", opt=public(), name="help", include_in_schema=False)
async def help_page(request: Request[Any, Any, Any]) -> Page:
    """Show the user's guide in the reader's language."""
    return page(request, "home/help.html")


@get("/third-party", opt=public(), include_in_schema=False)
async def third_party_page(request: Request[Any, Any, Any]) -> Page:
    """Show the software that others wrote, with its licences."""
    return page(request, "home/third_party.html", parts=third_party())


@get("/status", opt=public(), include_in_schema=False)
async def status_page(request: Request[Any, Any, Any]) -> Page:
    """Show whether the parts of this cell can serve."""
    status = await keeper_status(request)
    try:
        async with pool().acquire(timeout=2) as connection:
            database = bool(await connection.fetchval("select region from home"))
    except Exception:  # noqa: BLE001 -- whatever is wrong with it, it is away
        database = False
    figures = status.figures if status else {}
    witnesses = int(figures.get("witnesses", 0))
    return page(
        request,
        "home/status.html",
        database=database,
        keeper=bool(status and status.ready),
        witnesses=witnesses,
        witnessed=witnesses - int(figures.get("witnesses_behind", 0)),
        alarms=int(figures.get("witness_alarms", 0)),
    )


PAGES = [home_page, help_page, third_party_page, status_page]
