"""The page of open work, and the way to the world queue and back."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Redirect

from i18n.locales import LOCALES
from portal.accounts.queries import organisation_names
from portal.desk.forms import read_wanted
from portal.desk.pages import WORDS, Page
from portal.desk.queries import queued, world_queue
from portal.desk.rules import LATE, OWING, SOON
from portal.desk.words import SOURCE_NAMES
from portal.desk.work import MOST, SOURCES, open_work
from portal.directory.passes import make_pass
from portal.directory.world import KIND_NAMES
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.refusals import NotFound, Refusal
from portal.web.render import address, page
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view


class WorldQueueAway(Refusal):
    """The front door has not taken this cell's last report; the own list works without it."""

    code = "desk:world_queue_away"
    status = 503


FILTERS = ("team", "source", "kind", "language", "held")


def path_of(unit: Unit, source: str, wanted: Any) -> str:
    """Give the page of an item of work."""
    return SOURCES[source].path.format(id=outer(unit.settings.region, wanted))


@get("/desk", opt=allow(OWING), name="desk", include_in_schema=False)
async def desk_page(request: Request[Any, Any, Any]) -> Page:
    """List the open work of one's team, or of all; what is due first stands at the top."""
    unit = unit_of(request)
    query = {name: request.query_params.get(name, "") for name in FILTERS}
    query["team"] = query["team"] or unit.who.role
    found = await open_work(unit.connection, unit.who.role, read_wanted(query, unit.who.account))
    await record_view(unit, "desk:list:viewed", field="case", tier="clear", reference="open")
    standing = [(item, item.urgency(unit.at)) for item in found]
    return page(
        request,
        "desk/desk.html",
        work=standing,
        late=sum(urgency == LATE for _, urgency in standing),
        soon=sum(urgency == SOON for _, urgency in standing),
        free=sum(item.holder is None for item in found),
        most=len(found) == MOST,
        orgs=await organisation_names({item.org for item in found if item.org}),
        query=query,
        filtered=bool({name for name in FILTERS[1:] if query[name]}),
        link=lambda **more: "/desk?" + urlencode({n: v for n, v in (query | more).items() if v}),
        path_of=lambda item: path_of(unit, item.source, item.id),
        world=await world_queue(unit.connection),
        now=unit.at,
        kind_codes=KIND_NAMES,
        team_codes=OWING,
        languages=list(LOCALES.values()),
        language_names={tag: one.name for tag, one in LOCALES.items()},
        source_names=SOURCE_NAMES,
        **WORDS,
    )


@get("/desk/items/{wanted:str}", opt=allow(OWING), include_in_schema=False)
async def queued_item(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Lead from a random name of the world queue to the item it stands for."""
    unit = unit_of(request)
    found = await queued(unit.connection, inner(unit.settings.region, wanted))
    if found is None:
        raise NotFound
    return Redirect(address(request, path_of(unit, *found)), status_code=303)


@get("/desk/world", opt=allow(OWING), include_in_schema=False)
async def to_the_world(request: Request[Any, Any, Any]) -> Page:
    """Hand over a pass to the world queue, which names nobody, and go there."""
    unit, settings = unit_of(request), unit_of(request).settings
    if not settings.front_token or not (await world_queue(unit.connection)).reachable:
        raise WorldQueueAway
    await unit.record("desk:world-queue:opened", field="work")
    handed = make_pass(settings.front_token, settings.region, unit.who.time_zone, unit.at)
    return Redirect(f"{settings.front_url}{address(request, '/world')}?pass={handed}", status_code=303)


BOARD = [desk_page, queued_item, to_the_world]
