"""The worker's part: a notice is claimed, handed to the mail server with no connection held, and the outcome is kept.

Killed anywhere: before the claim nothing happened; after it the same message is handed over again, under the same
Message-ID, so that a mailbox which knows its messages by their id shows one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from audit.entry import Facts
from audit.ledger import record
from portal.delivery.deliveries import Delivery, begin_sending, settle, wait, withdraw
from portal.delivery.mail import Mail, NotHandedOver, hand_over, write
from portal.notices.audience import Person, audience
from portal.notices.mails import compose
from portal.notices.rules import LINK_LIVES, differences, read_state
from portal.notices.telling import TOPIC
from portal.outbox.promises import Promise, kept, pause
from portal.outbox.work import Handler, PutOff, Workplace
from portal.web.ids import new_id, outer
from security.sign_in.tokens import new_token, token_hash

NO_ADDRESS = "delivery:no_address"


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A notice in one attempt of being sent."""

    notice: UUID
    trip: UUID
    passenger: UUID | None
    delivery: Delivery
    mail: Mail


async def keep_notice(place: Workplace, made: Promise) -> None:
    """Send one notice. Raises PutOff when it must wait."""
    claimed = await _claim(place, made)
    if claimed is None:
        return
    settings, at = place.settings, place.now()
    help_url = f"{settings.public_url}/{claimed.mail.locale}/help"
    message = write(claimed.mail, claimed.delivery.id, settings.mail_from, help_url, at)
    try:
        await hand_over(message, settings.smtp_url)
    except NotHandedOver as refused:
        await _not_sent(place, made, claimed, refused)
        if not refused.final:
            raise PutOff(refused.code) from None
        return
    async with place.work() as connection:
        at = place.now()
        await settle(connection, claimed.delivery.id, "sent", at)
        await connection.execute(
            "update notice set state = case when state = 'pending' then 'sent' else state end, sent_at = $2"
            " where id = $1",
            claimed.notice,
            at,
        )
        await record(connection, _facts(place, "notices:notice:sent", claimed))
        await kept(connection, made)


async def _claim(place: Workplace, made: Promise) -> _Claimed | None:
    """Freeze the notice and its words, make its link; None when there is nothing to send any more."""
    async with place.work() as connection:
        at = place.now()
        row = await connection.fetchrow(
            "select n.id, n.org_id, n.trip_id, n.passenger_id, n.member_id, n.kind, n.state, n.before, n.after,"
            " n.content_hash, t.reference from notice n join trip t on t.id = n.trip_id where n.id = $1"
            " for update of n",
            made.subject,
        )
        if row is None or row["state"] != "pending":
            await withdraw(connection, made.subject, at)
            return None
        delivery = await begin_sending(connection, row["id"], at)
        if delivery is None:
            return None
        person = await _person(connection, row)
        if person is None:
            await settle(connection, delivery.id, "failed", at, NO_ADDRESS)
            return None
        await connection.execute(
            "update notice set frozen_at = coalesce(frozen_at, $2) where id = $1", row["id"], at
        )
        link = await _link(connection, place, row, person, at)
        found = differences(read_state(row["before"]), read_state(row["after"]))
        mail = compose(person, row["kind"], row["reference"], found, link)
        return _Claimed(row["id"], row["trip_id"], row["passenger_id"], delivery, mail)


async def _person(connection: Any, row: Any) -> Person | None:
    people = await audience(connection, row["trip_id"])
    return next(
        (p for p in people if (p.passenger, p.member) == (row["passenger_id"], row["member_id"])), None
    )


async def _link(connection: Any, place: Workplace, row: Any, person: Person, at: datetime) -> str:
    token = new_token()
    await connection.execute(
        "insert into notice_link (token_hash, org_id, notice_id, content_hash, purpose, created_at, expires_at)"
        " values ($1, $2, $3, $4, 'acknowledge', $5, $6)",
        token_hash(token),
        row["org_id"],
        row["id"],
        row["content_hash"],
        at,
        at + LINK_LIVES,
    )
    return f"{place.settings.public_url}/{person.locale}/n/{token}"


async def _not_sent(place: Workplace, made: Promise, claimed: _Claimed, refused: NotHandedOver) -> None:
    """Keep why it was not sent; a notice that certainly did not leave may still change."""
    async with place.work() as connection:
        at = place.now()
        if refused.final:
            await settle(connection, claimed.delivery.id, "bounced", at, refused.code)
            await record(connection, _facts(place, "notices:notice:bounced", claimed))
            await kept(connection, made)
            return
        again = at + pause(made.attempts)
        uncertain = refused.uncertain or claimed.delivery.may_have_left
        await wait(connection, claimed.delivery.id, refused.code, again, uncertain=uncertain)
        if not uncertain:
            await connection.execute(
                "update notice set frozen_at = null where id = $1 and state = 'pending'", claimed.notice
            )


def _facts(place: Workplace, kind: str, claimed: _Claimed) -> Facts:
    return Facts(
        kind=kind,
        who="worker",
        role="system",
        request=new_id(),
        field="trip",
        subject=claimed.passenger,
        reference=outer(place.settings.region, claimed.trip),
        via="mail",
    )


KEPT: dict[str, Handler] = {TOPIC: keep_notice}
