"""A cell's web app: the rooms' pages and API behind the edge, one unit of work a request."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import structlog
from litestar import Litestar, Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ASGIApp

from portal.accounts import api as accounts_api
from portal.accounts import pages as accounts_pages
from portal.alarms import api as alarms_api
from portal.alarms import mark_pages as alarms_mark_pages
from portal.alarms import pages as alarms_pages
from portal.alarms import rule_pages as alarms_rule_pages
from portal.approvals import api as approvals_api
from portal.approvals import pages as approvals_pages
from portal.approvals import review_pages, rule_pages
from portal.attestations import api as attestations_api
from portal.attestations import pages as attestations_pages
from portal.auditors import api as auditors_api
from portal.auditors import pages as auditors_pages
from portal.auditors.watch import note_access
from portal.catalogue import api as catalogue_api
from portal.catalogue import pages as catalogue_pages
from portal.desk import api as desk_api
from portal.desk import board as desk_board
from portal.desk import pages as desk_pages
from portal.exports import api as exports_api
from portal.exports import pages as exports_pages
from portal.extracts import api as extracts_api
from portal.extracts import pages as extracts_pages
from portal.findings import api as findings_api
from portal.findings import pages as findings_pages
from portal.home import pages as home_pages
from portal.keys import api as keys_api
from portal.keys import own_pages as keys_own_pages
from portal.keys import pages as keys_pages
from portal.links import api as links_api
from portal.links import link_pages as links_link_pages
from portal.links import pages as links_pages
from portal.manifests import api as manifests_api
from portal.manifests import pages as manifests_pages
from portal.matrix import api as matrix_api
from portal.matrix import pages as matrix_pages
from portal.matrix import proposal_pages as matrix_proposal_pages
from portal.notices import api as notices_api
from portal.notices import link_pages as notices_link_pages
from portal.notices import pages as notices_pages
from portal.oversight import api as oversight_api
from portal.oversight import charts_api as oversight_charts_api
from portal.oversight import ledger_pages as oversight_ledger_pages
from portal.oversight import pages as oversight_pages
from portal.oversight import search_api as oversight_search_api
from portal.oversight import search_pages as oversight_search_pages
from portal.oversight import subject_pages as oversight_subject_pages
from portal.passengers import api as passengers_api
from portal.passengers import finding_api, finding_pages, part_pages, reveal_pages
from portal.passengers import pages as passengers_pages
from portal.quotes import acceptance_pages as quote_acceptance_pages
from portal.quotes import api as quotes_api
from portal.quotes import pages as quotes_pages
from portal.reports import api as reports_api
from portal.reports import pages as reports_pages
from portal.residency import api as residency_api
from portal.residency import pages as residency_pages
from portal.scans import api as scans_api
from portal.scans import pages as scans_pages
from portal.scans import reveal_pages as scan_reveal_pages
from portal.trail import api as trail_api
from portal.trail import digest_pages, dispute_pages
from portal.trail import pages as trail_pages
from portal.trips import api as trips_api
from portal.trips import calendar_pages as trips_calendar_pages
from portal.trips import pages as trips_pages
from portal.web.apidocs import docs_page
from portal.web.database import close_database, open_database
from portal.web.edge import Edge
from portal.web.errors import answer
from portal.web.gate import public
from portal.web.machine import MACHINE_ROUTES
from portal.web.settings import WebSettings
from portal.web.unit import UnitOfWork
from portal.web.witness import WITNESS_ROUTES
from security.keeper.client import KeeperClient
from security.memory import settle_memory

log = structlog.get_logger("portal.web")
MAX_BODY = 1_000_000
HANDLERS: list[Any] = [
    *MACHINE_ROUTES,
    *WITNESS_ROUTES,
    docs_page,
    *home_pages.PAGES,
    *accounts_pages.PAGES,
    *accounts_api.API,
    *finding_pages.PAGES,
    *finding_api.API,
    *passengers_pages.PAGES,
    *part_pages.PAGES,
    *reveal_pages.PAGES,
    *passengers_api.API,
    *scans_pages.PAGES,
    *scan_reveal_pages.PAGES,
    *scans_api.API,
    *trips_pages.PAGES,
    *trips_calendar_pages.PAGES,
    *trips_api.API,
    *links_pages.PAGES,
    *links_link_pages.PAGES,
    *links_api.API,
    *manifests_pages.PAGES,
    *manifests_api.API,
    *quotes_pages.PAGES,
    *quote_acceptance_pages.PAGES,
    *quotes_api.API,
    *desk_board.BOARD,
    *desk_pages.PAGES,
    *desk_api.API,
    *rule_pages.PAGES,
    *review_pages.PAGES,
    *approvals_pages.PAGES,
    *approvals_api.API,
    *exports_pages.PAGES,
    *exports_api.API,
    *notices_pages.PAGES,
    *notices_link_pages.PAGES,
    *notices_api.API,
    *trail_pages.PAGES,
    *dispute_pages.DISPUTES,
    *digest_pages.DIGEST,
    *trail_api.API,
    *residency_pages.PAGES,
    *residency_api.API,
    *alarms_pages.PAGES,
    *alarms_rule_pages.PAGES,
    *alarms_mark_pages.PAGES,
    *alarms_api.API,
    *attestations_pages.PAGES,
    *attestations_api.API,
    *reports_pages.PAGES,
    *reports_api.API,
    *matrix_pages.PAGES,
    *matrix_proposal_pages.PAGES,
    *matrix_api.API,
    *oversight_ledger_pages.PAGES,
    *oversight_search_pages.PAGES,
    *oversight_subject_pages.PAGES,
    *oversight_pages.PAGES,
    *oversight_subject_pages.API,
    *oversight_api.API,
    *catalogue_pages.PAGES,
    *catalogue_api.API,
    *oversight_charts_api.API,
    *oversight_search_api.API,
    *auditors_pages.PAGES,
    *auditors_api.API,
    *extracts_pages.PAGES,
    *extracts_api.API,
    *findings_pages.PAGES,
    *findings_api.API,
    *keys_pages.PAGES,
    *keys_api.API,
    *keys_own_pages.PAGES,
    *keys_own_pages.API,
]


def make_app(settings: WebSettings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> ASGIApp:
    """Make the ASGI app of one cell. `now` reads the clock; it is read nowhere else in the web process."""
    return Edge(make_litestar(settings, now), settings)


def make_state(settings: WebSettings, now: Callable[[], datetime]) -> State:
    """Gather what the app's handlers know of the cell: its settings, the way to its keeper, its clock."""
    return State({"settings": settings, "keeper": KeeperClient(settings.keeper_url), "now": now})


def make_litestar(settings: WebSettings, now: Callable[[], datetime]) -> Litestar:
    """Make the Litestar app inside the edge (its routes and OpenAPI document are what tests look at)."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        await open_database(settings.database_url)
        settle_memory()
        try:
            yield
        finally:
            await app.state.keeper.close()
            await close_database()

    return Litestar(
        route_handlers=[Router("/", route_handlers=HANDLERS)],
        middleware=[UnitOfWork],
        before_request=note_access,
        exception_handlers={Exception: answer},
        lifespan=[lifespan],
        state=make_state(settings, now),
        openapi_config=OpenAPIConfig(
            title="Waxwing",
            version="1",
            openapi_router=Router("/api", route_handlers=[], opt=public()),
            use_handler_docstrings=True,
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        ),
        compression_config=CompressionConfig(backend="gzip", minimum_size=1_000, exclude_opt_key="as_it_is"),
        request_max_body_size=MAX_BODY,
        logging_config=None,
        pdb_on_exception=False,
        debug=False,
    )
