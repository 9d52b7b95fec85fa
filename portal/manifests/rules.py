"""What is true of manifests: until when they may be changed, and whether a document lasts. Pure."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Protocol

from portal.trips.fleet import aircraft_types


class Held(Protocol):
    """A document as far as these rules look at it."""

    @property
    def expires_on(self) -> date | None:
        """Until when it is good, if that is known."""


CHANGEABLE = frozenset({"draft", "confirmed"})
MOST = 19


def change_problem(state: str, departures: Sequence[datetime], at: datetime) -> str | None:
    """Say why a trip's manifest cannot be changed: its state, or no leg of it is still to leave."""
    if state not in CHANGEABLE:
        return "manifests:closed"
    return None if any(departs > at for departs in departures) else "manifests:departed"


def seats_of(aircraft: str) -> int:
    """Give how many an aircraft type seats; for a type we do not know, as many as a quote may ask for."""
    kind = aircraft_types().get(aircraft)
    return kind.seats if kind else MOST


def expires_too_soon(document: Held | None, arrives_on: date) -> bool:
    """Whether the chosen document is no longer good on the day of arrival."""
    return document is not None and document.expires_on is not None and document.expires_on < arrives_on
