"""What is done by a link: its holder enters documents, once."""

from uuid import UUID

from portal.passengers.actions import change_passenger
from portal.passengers.forms import PassengerInput
from portal.passengers.queries import PassengerView
from portal.web.ids import outer
from portal.web.refusals import Refusal
from portal.web.unit import Unit
from security.keeper.client import Sealed, SealItem


class LinkNotValid(Refusal):
    """The link does not work, or no longer: which of the two is told to nobody."""

    code = "links:not_valid"
    status = 404


class LinkSealer:
    """Has values sealed under a link instead of a session, and remembers the claim that the storing completes."""

    def __init__(self, unit: Unit, token: str, address: str) -> None:
        self._unit = unit
        self._token = token
        self._address = address
        self.claim: UUID | None = None

    async def __call__(self, items: list[SealItem]) -> list[Sealed]:
        """Seal; of several at once the keeper lets one through. Raises KeeperRefused."""
        sealed = await self._unit.keeper.seal_by_link(self._token, self._unit.request, self._address, items)
        self.claim = sealed.claim
        return sealed.items


async def enter_documents(
    unit: Unit, person: PassengerView, given: PassengerInput, sealer: LinkSealer, trip: UUID
) -> None:
    """Store what a link's holder entered and complete the link, both or neither. Raises LinkNotValid, Stale."""
    await change_passenger(unit, person, given, version=person.version, sealer=sealer)
    done = await unit.connection.fetchval("select gate.complete_entry_link($1, $2)", sealer.claim, unit.at)
    if not done:
        raise LinkNotValid
    reference = outer(unit.settings.region, trip)
    await unit.record(
        "links:link:completed", subject=person.id, field="document", reference=reference, via="link"
    )
