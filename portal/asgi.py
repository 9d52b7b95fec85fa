"""Factories that the web server calls in each of its processes."""

import os

from litestar.types import ASGIApp

from portal.web.logs import configure_logs
from portal.web.settings import read_settings


def cell() -> ASGIApp:
    """Make the app of the cell that the environment describes."""
    from portal.cell import make_app  # noqa: PLC0415 -- the front door must not load the rooms

    settings = read_settings()
    configure_logs(settings.log_format, process="web", region=settings.region)
    return make_app(settings)


def front() -> ASGIApp:
    """Make the front door's app."""
    from portal.front.app import make_front  # noqa: PLC0415

    configure_logs(os.environ.get("WX_LOG", "json"), process="front")
    return make_front()
