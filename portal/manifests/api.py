"""The API of manifests: who is aboard each leg, putting on and taking off."""

from typing import Any

import msgspec
from litestar import Request, delete, get, post
from litestar.params import FromPath, JSONBody

from portal.manifests.actions import add_passenger, remove_passenger
from portal.manifests.pages import CHANGES, SEES
from portal.manifests.queries import Line, Manifest, manifest
from portal.passengers.shapes import DocumentOut, SealedOut
from portal.passengers.warning_shapes import WarningOut, warning_out
from portal.web.gate import allow
from portal.web.idempotency import claim, settle
from portal.web.ids import inner, outer
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view

TAGS = ["manifests"]
BASE = "/api/v1/trips"


class AboardOut(msgspec.Struct, frozen=True):
    """A passenger on a leg with the document that counts, its number sealed, and what falls short of the rules."""

    id: str
    name: str
    nationality: str
    document: DocumentOut | None
    expires_too_soon: bool
    warnings: list[WarningOut]


class LegManifestOut(msgspec.Struct, frozen=True):
    """One leg and who is on it."""

    leg: str
    passengers: list[AboardOut]


class ManifestOut(msgspec.Struct, frozen=True):
    """A trip's manifest."""

    trip: str
    legs: list[LegManifestOut]


class BoardingIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is to be put on the legs still to leave."""

    passenger: str


def _aboard(region: str, line: Line) -> AboardOut:
    held = line.document
    document = None
    if held is not None:
        sealed = SealedOut(held.number.state, held.number.mask, list(held.number.reveal))
        ends = held.expires_on.isoformat() if held.expires_on else None
        document = DocumentOut(outer(region, held.id), held.kind, held.issuing_state, ends, sealed)
    person = line.person
    warnings = [warning_out(region, one) for one in line.shortfalls]
    return AboardOut(
        outer(region, person.id), person.name, person.nationality, document, line.too_old, warnings
    )


def _out(unit: Unit, found: Manifest) -> ManifestOut:
    region = unit.settings.region
    legs = [
        LegManifestOut(outer(region, part.leg.id), [_aboard(region, line) for line in part.lines])
        for part in found.legs
    ]
    return ManifestOut(outer(region, found.trip.id), legs)


async def _given(unit: Unit, wanted: str) -> ManifestOut:
    found = await manifest(unit, inner(unit.settings.region, wanted))
    shown = found.people
    await record_view(
        unit, "manifests:manifest:viewed", field="manifest", tier="masked", members=shown, reference=wanted
    )
    return _out(unit, found)


@get(f"{BASE}/{{wanted:str}}/manifest", opt=allow(SEES), tags=TAGS)
async def read_manifest(request: Request[Any, Any, Any], wanted: FromPath[str]) -> ManifestOut:
    """Give a trip's manifest, leg by leg, with masks."""
    return await _given(unit_of(request), wanted)


@post(f"{BASE}/{{wanted:str}}/passengers", opt=allow(CHANGES), tags=TAGS, status_code=201)
async def add(
    request: Request[Any, Any, Any], wanted: FromPath[str], data: JSONBody[BoardingIn]
) -> ManifestOut:
    """Put a passenger of the own organisation on every leg still to leave."""
    unit = unit_of(request)
    region = unit.settings.region
    claimed = await claim(request, unit)
    if not (claimed and claimed.location):
        await add_passenger(unit, inner(region, wanted), inner(region, data.passenger))
        await settle(unit, claimed, 201, f"{BASE}/{wanted}/manifest")
    return await _given(unit, wanted)


@delete(f"{BASE}/{{wanted:str}}/passengers/{{person:str}}", opt=allow(CHANGES), tags=TAGS, status_code=204)
async def remove(request: Request[Any, Any, Any], wanted: FromPath[str], person: FromPath[str]) -> None:
    """Take a passenger off every leg still to leave."""
    unit = unit_of(request)
    await remove_passenger(unit, inner(unit.settings.region, wanted), inner(unit.settings.region, person))


API = [read_manifest, add, remove]
