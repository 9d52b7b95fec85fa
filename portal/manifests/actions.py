"""What is done with manifests: the client puts passengers on the legs ahead, and takes them off, until departure."""

from uuid import UUID

from portal.manifests.rules import change_problem, seats_of
from portal.passengers.queries import names_of
from portal.trips.documents import seats
from portal.trips.queries import TripView, trip
from portal.web.ids import new_id, outer
from portal.web.refusals import FormRefused, Refusal
from portal.web.unit import Unit


class Departed(Refusal):
    """No leg is still to leave."""

    code = "manifests:departed"
    status = 409


class ManifestClosed(Refusal):
    """The trip is flown or cancelled."""

    code = "manifests:closed"
    status = 409


class NotAboard(Refusal):
    """The passenger is on no leg that is still to leave."""

    code = "manifests:not_aboard"
    status = 404


async def _open(unit: Unit, wanted: UUID) -> TripView:
    # Writing the version first holds a twin off until this one has settled.
    await unit.connection.execute("update trip set version = version + 1 where id = $1", wanted)
    view = await trip(unit, wanted)
    problem = change_problem(view.state, [leg.departs_at for leg in view.legs], unit.at)
    if problem:
        raise {kind.code: kind for kind in (Departed, ManifestClosed)}[problem]
    return view


async def add_passenger(unit: Unit, wanted: UUID, passenger: UUID) -> None:
    """Put a passenger of the own organisation on every leg still to leave. Raises FormRefused. One entry."""
    view = await _open(unit, wanted)
    if not await names_of([passenger]):
        raise FormRefused({"passenger": "manifests:unknown_passenger"})
    aboard = await seats(unit, wanted)
    ahead = [leg for leg in view.legs if leg.departs_at > unit.at]
    missing = [leg for leg in ahead if passenger not in aboard.get(leg.id, ())]
    if not missing:
        raise FormRefused({"passenger": "manifests:already_aboard"})
    if any(len(aboard.get(leg.id, ())) >= seats_of(leg.aircraft) for leg in missing):
        raise FormRefused({"passenger": "manifests:full"})
    await unit.connection.executemany(
        "insert into leg_passenger (id, leg_id, trip_id, passenger_id, org_id) values ($1, $2, $3, $4, $5)",
        [(new_id(), leg.id, wanted, passenger, view.org) for leg in missing],
    )
    reference = outer(unit.settings.region, wanted)
    await unit.record("manifests:passenger:added", subject=passenger, field="manifest", reference=reference)


async def remove_passenger(unit: Unit, wanted: UUID, passenger: UUID) -> None:
    """Take a passenger off every leg still to leave. Raises NotAboard and its kin. One entry."""
    view = await _open(unit, wanted)
    ahead = [leg.id for leg in view.legs if leg.departs_at > unit.at]
    gone = await unit.connection.fetch(
        "delete from leg_passenger where trip_id = $1 and passenger_id = $2 and leg_id = any($3) returning id",
        wanted,
        passenger,
        ahead,
    )
    if not gone:
        raise NotAboard
    reference = outer(unit.settings.region, wanted)
    await unit.record("manifests:passenger:removed", subject=passenger, field="manifest", reference=reference)
