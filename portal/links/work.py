"""The worker's part: a token is made when its mail is to leave, so that nobody but the mailbox ever holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from audit.entry import Facts
from audit.ledger import record
from portal.delivery.deliveries import Delivery, begin_sending, settle, wait, withdraw
from portal.delivery.mail import NotHandedOver, hand_over, write
from portal.links.mails import compose
from portal.links.orders import TOPIC
from portal.outbox.promises import Promise, kept, pause
from portal.outbox.work import Handler, PutOff, Workplace
from portal.web.ids import new_id, outer
from security.keeper.client import KeeperClient, KeeperRefused, KeeperUnavailable

NO_ADDRESS = "delivery:no_address"
KEEPER_AWAY = "security:keeper_unavailable"
BETWEEN = timedelta(seconds=30)  # between two looks for links whose time is over


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A link in one attempt of being mailed; the address does not print."""

    link: UUID
    passenger: UUID
    trip: UUID
    delivery: Delivery
    email: str
    locale: str
    org: str
    expires_at: datetime

    def __repr__(self) -> str:
        return f"<_Claimed {self.link}>"


async def keep_link(keeper: KeeperClient, place: Workplace, made: Promise) -> None:
    """Mail one link. Raises PutOff when it must wait."""
    claimed = await _claim(place, made)
    if claimed is None:
        return
    token = await _token(keeper, place, made, claimed)
    if token is None:
        return
    settings, at = place.settings, place.now()
    address = f"{settings.public_url}/{claimed.locale}/d/{token}"
    mail = compose(claimed.email, claimed.locale, claimed.org, address, claimed.expires_at)
    help_url = f"{settings.public_url}/{mail.locale}/help"
    try:
        await hand_over(write(mail, claimed.delivery.id, settings.mail_from, help_url, at), settings.smtp_url)
    except NotHandedOver as refused:
        await _not_sent(place, made, claimed, refused)
        if not refused.final:
            raise PutOff(refused.code) from None
        return
    async with place.work() as connection:
        await settle(connection, claimed.delivery.id, "sent", place.now())
        await record(connection, _facts(place, "links:link:sent", claimed))
        await kept(connection, made)


async def _claim(place: Workplace, made: Promise) -> _Claimed | None:
    async with place.work() as connection:
        at = place.now()
        row = await connection.fetchrow("select * from entry_link_mail($1)", made.subject)
        if row is None or row["expires_at"] <= at:
            await withdraw(connection, made.subject, at)
            return None
        delivery = await begin_sending(connection, made.subject, at)
        if delivery is None:
            return None
        if not row["email"]:
            await settle(connection, delivery.id, "failed", at, NO_ADDRESS)
            return None
        who = (made.subject, row["passenger_id"], row["trip_id"], delivery)
        return _Claimed(*who, row["email"], row["locale"], row["org"], row["expires_at"])


async def _token(keeper: KeeperClient, place: Workplace, made: Promise, claimed: _Claimed) -> str | None:
    """Have the keeper make a token; None where the link has ended meanwhile. Raises PutOff."""
    try:
        return await keeper.issue_link(new_id(), claimed.link, keep=claimed.delivery.may_have_left)
    except KeeperUnavailable:
        async with place.work() as connection:
            again = place.now() + pause(made.attempts)
            uncertain = claimed.delivery.may_have_left
            await wait(connection, claimed.delivery.id, KEEPER_AWAY, again, uncertain=uncertain)
        raise PutOff(KEEPER_AWAY) from None
    except KeeperRefused as refused:
        async with place.work() as connection:
            await settle(connection, claimed.delivery.id, "failed", place.now(), refused.code)
        return None


async def _not_sent(place: Workplace, made: Promise, claimed: _Claimed, refused: NotHandedOver) -> None:
    async with place.work() as connection:
        at = place.now()
        if refused.final:
            await settle(connection, claimed.delivery.id, "bounced", at, refused.code)
            await record(connection, _facts(place, "links:link:bounced", claimed))
            await kept(connection, made)
            return
        uncertain = refused.uncertain or claimed.delivery.may_have_left
        again = at + pause(made.attempts)
        await wait(connection, claimed.delivery.id, refused.code, again, uncertain=uncertain)


def _facts(place: Workplace, kind: str, claimed: _Claimed) -> Facts:
    return Facts(
        kind=kind,
        who="worker",
        role="system",
        request=new_id(),
        field="document",
        subject=claimed.passenger,
        reference=outer(place.settings.region, claimed.trip),
        via="mail",
    )


def links_kept(keeper: KeeperClient) -> Mapping[str, Handler]:
    """Give what the worker keeps of this room."""
    return {TOPIC: partial(keep_link, keeper)}


class LinkEnder:
    """Has the keeper state the end of links, now and then; when it is away, later."""

    def __init__(self, keeper: KeeperClient) -> None:
        self._keeper = keeper
        self._next: datetime | None = None

    async def tend(self, at: datetime) -> None:
        """Ask if it is time."""
        if self._next is not None and at < self._next:
            return
        self._next = at + BETWEEN
        try:
            await self._keeper.expire_links()
        except (KeeperUnavailable, KeeperRefused):
            return
