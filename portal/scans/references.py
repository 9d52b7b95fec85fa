"""What a person may name as the reason to open a scan: the own record, a trip, a case."""

from dataclasses import dataclass
from typing import Any

from i18n.catalogs import translations
from portal.directory.world import KIND_NAMES
from portal.passengers.window import case_choices, trip_choices
from portal.scans.queries import Place, Scan
from portal.web.ids import outer
from portal.web.in_force import matrix_of
from portal.web.render import formats_of, language_of
from portal.web.unit import Unit
from security.fields import SCAN


@dataclass(frozen=True, slots=True)
class Choices:
    """References to choose from (id at the edge, words) and purposes; none of either if nothing can be asked."""

    references: list[tuple[str, str]]
    purposes: tuple[str, ...]


async def choices_of(request: Any, unit: Unit, place: Place) -> Choices:
    """Gather what this role may choose from, inside a short transaction."""
    rule, owner = matrix_of(unit.who).rule(unit.who.role, SCAN), place.view.id
    region, formats = unit.settings.region, formats_of(request)
    if rule.own or unit.who.passenger == owner:
        own = unit.who.passenger == owner
        return Choices([(outer(region, owner), place.view.name)], rule.purposes) if own else Choices([], ())
    found = [
        (
            outer(region, trip.id),
            f"{trip.reference} · {'–'.join(trip.airports)} · {formats.date(trip.departs_at)}",
        )
        for trip in await trip_choices(unit, owner)
    ]
    if not rule.window:
        say = translations(language_of(request)).gettext
        found += [
            (outer(region, case.id), f"{say(KIND_NAMES[case.kind])} · {formats.datetime(case.opened_at)}")
            for case in await case_choices(unit, owner)
        ]
    return Choices(found, rule.purposes if found else ())


def why_not(unit: Unit, place: Place, scan: Scan) -> str:
    """Name why this role cannot open this now."""
    rule = matrix_of(unit.who).rule(unit.who.role, SCAN)
    if not rule.purposes or (rule.own and unit.who.passenger != place.view.id):
        return "passengers:purpose_not_allowed"
    if rule.second_person and not scan.content.reveal:
        return "passengers:second_person_required"
    return "passengers:outside_window"
