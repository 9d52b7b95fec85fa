"""What an organisation orders about its links; the keeper decides, makes and states each."""

from uuid import UUID

from portal.delivery.deliveries import make_delivery
from portal.links.queries import LegChoice, LinkView, leg_choices
from portal.outbox.promises import promise
from portal.passengers.queries import PassengerView
from portal.web.refusals import FormRefused, Refusal
from portal.web.unit import Unit

TOPIC = "mail-entry-link"


class NoAddress(Refusal):
    """The traveller has no e-mail address to send a link to."""

    code = "links:no_address"
    status = 422


async def chosen_leg(unit: Unit, passenger: UUID, leg: UUID) -> LegChoice:
    """Give the leg ahead that was named. Raises FormRefused."""
    found = next((one for one in await leg_choices(unit, passenger) if one.id == leg), None)
    if found is None:
        raise FormRefused({"leg": "links:no_such_leg"})
    return found


async def order_link(unit: Unit, person: PassengerView, leg: LegChoice, locale: str) -> UUID:
    """Have the keeper make a link and promise its mail. Raises NoAddress; the keeper may refuse."""
    if not person.email:
        raise NoAddress
    made = await unit.keeper.make_link(unit.credential, unit.request, person.id, leg.trip, leg.id, locale)
    await make_delivery(unit.connection, person.org, made.link, unit.at)
    await promise(unit.connection, TOPIC, made.link, due_at=unit.at, at=unit.at)
    return made.link


async def take_back_link(unit: Unit, found: LinkView) -> None:
    """Have the keeper withdraw a link; its mail, if it has not left, then finds nothing to send."""
    await unit.keeper.withdraw_link(unit.credential, unit.request, found.id)
