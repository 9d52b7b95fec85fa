"""Two of the demo's passengers are decoys: nobody in particular, so that opening one has no good reason."""

from typing import Any

from portal.demo.world import World
from security.keeper.decoys import decoy_row
from security.keeper.quiet_box import QuietBox
from security.vault.custody import Custody

HOW_MANY = 2


async def plant_decoys(connection: Any, custody: Custody, world: World) -> None:
    """Mark the last passengers who have no account, no part to play and no trip."""
    flying = {person for trip in world.trips for person in trip.passengers}
    idle = [
        sealed.person
        for sealed in world.people
        if not sealed.person.account and not sealed.person.canary and sealed.person.id not in flying
    ]
    box = QuietBox(custody)
    rows = [decoy_row(box, person.id) for person in idle[-HOW_MANY:]]
    await connection.executemany("insert into gate.decoy (tag, id, sealed) values ($1, $2, $3)", rows)
