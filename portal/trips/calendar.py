"""The calendar feed: trips as iCalendar (RFC 5545), times, airports and reference only; no passenger is named."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime

from i18n.catalogs import translations
from i18n.messages import N_
from portal.trips.queries import TripView

TITLE = N_("Flight %(origin)s to %(destination)s")
NAME = N_("Trips")


def new_token() -> str:
    """Draw the secret of a feed's address: 256 bits."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """Give what is stored of a secret; it is random, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def calendar_of(trips: Sequence[TripView], tag: str, region: str, at: datetime) -> bytes:
    """Write one event a leg, at the airports' own clocks; a cancelled trip's are marked so."""
    from icalendar import Calendar, Event  # noqa: PLC0415 -- 0.2 s that only who follows a feed waits for

    speech = translations(tag)
    feed = Calendar()
    feed.add("prodid", "-//Waxwing//Trips//EN")
    feed.add("version", "2.0")
    feed.add("x-wr-calname", f"Waxwing · {speech.gettext(NAME)}")
    feed.add("refresh-interval;value=duration", "PT1H")
    for trip in trips:
        for leg in trip.legs:
            event = Event()
            event.add("uid", f"{leg.id}@{region}.waxwing")
            event.add("dtstamp", at)
            event.add("dtstart", leg.departs_at.astimezone(leg.origin.zoneinfo))
            event.add("dtend", leg.arrives_at.astimezone(leg.destination.zoneinfo))
            title = speech.say(TITLE, origin=leg.origin.code, destination=leg.destination.code)
            event.add("summary", plain(title))
            event.add("location", f"{leg.origin.name} ({leg.origin.code})")
            event.add("description", trip.reference)
            event.add("status", {"cancelled": "CANCELLED", "draft": "TENTATIVE"}.get(trip.state, "CONFIRMED"))
            feed.add_component(event)
    feed.add_missing_timezones()
    written: bytes = feed.to_ical()
    return written


def plain(text: str) -> str:
    """Take the isolates out: calendars show them as boxes."""
    return text.translate(dict.fromkeys(range(8294, 8298)))
