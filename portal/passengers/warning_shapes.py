"""What falls short, as the API says it: codes, ids and days."""

import msgspec

from portal.passengers.validity import Shortfall
from portal.web.ids import outer


class WarningOut(msgspec.Struct, frozen=True):
    """A document that falls short for a leg: expired, too_short, no_expiry, no_document or visa_ends.

    `rule` is its code, `source` where it stands; `needed_until` is until when it asks for the document.
    """

    code: str
    trip: str
    leg: str
    destination: str
    document: str | None
    kind: str | None
    expires_on: str | None
    needed_until: str
    rule: str
    source: str


def warning_out(region: str, found: Shortfall) -> WarningOut:
    """Write a shortfall."""
    paper = found.paper
    ends = paper.expires_on if paper else None
    return WarningOut(
        code=found.code,
        trip=outer(region, found.flight.trip),
        leg=outer(region, found.flight.leg),
        destination=found.flight.destination,
        document=outer(region, paper.id) if paper else None,
        kind=paper.kind if paper else None,
        expires_on=ends.isoformat() if ends else None,
        needed_until=found.needed_until.isoformat(),
        rule=found.rule.code,
        source=found.rule.source,
    )


class WarningList(msgspec.Struct, frozen=True):
    """What falls short for one passenger, the soonest leg first."""

    items: list[WarningOut]
    next: str | None
