"""The worker's part: digests on a quarter's first morning, and word of how disputes stand. Each is said once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

from audit.entry import Facts
from audit.ledger import record
from portal.delivery.deliveries import Delivery, begin_sending, make_delivery, settle, wait
from portal.delivery.mail import Mail, NotHandedOver, hand_over, write
from portal.outbox.promises import Promise, kept, pause, promise
from portal.outbox.work import Handler, PutOff, Workplace
from portal.trail.mails import Reader, digest_mail, dispute_mail
from portal.trail.rules import Quarter, is_due, quarter_before, quarter_named
from portal.web.ids import new_id, outer
from security.keeper.client import KeeperClient, KeeperRefused, KeeperUnavailable
from security.sign_in.tokens import new_token, token_hash

DIGEST: Final = "trail-digest"
DISPUTE: Final = "trail-dispute"
KEEPER_AWAY: Final = "security:keeper_unavailable"
NOT_WISHED: Final = "trail:no_digest"
LATELY: Final = timedelta(days=7)
"""How far back steps of disputes are looked for: longer than any worker is away."""
_STEPS: Final = (
    "select m.step_id, m.org_id from dispute_mail m where m.at > $1"
    " and not exists (select from delivery d where d.about = m.step_id) order by m.at limit 100"
)
_DIGEST: Final = (
    "insert into trail_digest (id, account_id, org_id, quarter, since, until, made_at)"
    " values ($1, $2, $3, $4, $5, $6, $7) on conflict (account_id, quarter) do nothing returning id"
)


async def make_digests(connection: Any, at: datetime) -> int:
    """Promise the digest of the last quarter to each whose morning has come and who has none; says how many."""
    made = 0
    for row in await connection.fetch(
        "select account_id, org_id, chosen_at, time_zone from trail_digest_due"
    ):
        quarter = quarter_before(at, row["time_zone"])
        if not is_due(quarter, row["chosen_at"], at):
            continue
        given = (row["account_id"], row["org_id"], quarter.name, quarter.since, quarter.until, at)
        digest = await connection.fetchval(_DIGEST, new_id(), *given)
        if digest is not None:
            await make_delivery(connection, row["org_id"], digest, at)
            await promise(connection, DIGEST, digest, due_at=at, at=at)
            made += 1
    return made


async def tell_disputes(connection: Any, at: datetime) -> int:
    """Promise a mail for each step of a dispute that its person has not been told of; says how many."""
    steps = await connection.fetch(_STEPS, at - LATELY)
    for step in steps:
        await make_delivery(connection, step["org_id"], step["step_id"], at)
        await promise(connection, DISPUTE, step["step_id"], due_at=at, at=at)
    return len(steps)


@dataclass(frozen=True, slots=True)
class _Letter:
    """A mail in one attempt of being sent, and what its entries say."""

    delivery: Delivery
    mail: Mail
    subject: UUID
    reference: str | None
    leave: str | None
    sent: str
    bounced: str


async def keep_digest(keeper: KeeperClient, place: Workplace, made: Promise) -> None:
    """Send one digest. Raises PutOff when it must wait."""
    async with place.work() as connection:
        row = await connection.fetchrow(
            "select d.*, t.account_id, t.quarter, t.since, t.until from trail_digest t"
            " join trail_digest_due d on d.account_id = t.account_id where t.id = $1",
            made.subject,
        )
        delivery = await begin_sending(connection, made.subject, place.now())
        if delivery is None:
            return
        if row is None:  # ended meanwhile: what nobody wishes is not sent
            await settle(connection, delivery.id, "expired", place.now(), NOT_WISHED)
            return
    try:
        figures = (await keeper.trail_quarter(row["passenger_id"], row["since"], row["until"])).figures
    except (KeeperUnavailable, KeeperRefused):
        await _wait(place, made, delivery, KEEPER_AWAY, uncertain=delivery.may_have_left)
        raise PutOff(KEEPER_AWAY) from None
    leave = await _leave(place, row)
    reader = Reader(row["email"], row["locale"], row["time_zone"], row["mails"] == "minimal")
    quarter = quarter_named(row["quarter"], row["time_zone"])
    mail = digest_mail(reader, quarter, figures, _trail(place, reader, quarter), leave)
    await _send(
        place,
        made,
        _Letter(
            delivery, mail, row["passenger_id"], None, leave, "trail:digest:sent", "trail:digest:bounced"
        ),
    )


def _trail(place: Workplace, reader: Reader, quarter: Quarter) -> str:
    asked = f"from={quarter.first.isoformat()}&to={quarter.last.isoformat()}&by=others"
    return f"{place.settings.public_url}/{reader.tag}/trail?{asked}"


async def _leave(place: Workplace, row: Any) -> str:
    """Make the link by which this digest's reader ends it; only its hash is kept."""
    token = new_token()
    async with place.work() as connection:
        await connection.execute(
            "insert into trail_leave (token_hash, account_id, org_id, made_at) values ($1, $2, $3, $4)",
            token_hash(token),
            row["account_id"],
            row["org_id"],
            place.now(),
        )
    return (
        f"{place.settings.public_url}/{Reader(row['email'], row['locale'], row['time_zone']).tag}/q/{token}"
    )


async def keep_dispute(place: Workplace, made: Promise) -> None:
    """Send word of one step of a dispute. Raises PutOff when it must wait."""
    async with place.work() as connection:
        row = await connection.fetchrow("select * from dispute_mail where step_id = $1", made.subject)
        delivery = await begin_sending(connection, made.subject, place.now())
        if delivery is None:
            return
        if row is None:
            await settle(connection, delivery.id, "failed", place.now(), "delivery:no_address")
            return
    reader = Reader(row["email"], row["locale"], row["time_zone"])
    case = outer(place.settings.region, row["case_id"])
    link = f"{place.settings.public_url}/{reader.tag}/cases/{case}"
    mail = dispute_mail(reader, row["kind"], row["entry"], link, row["respond_by"], row["solve_by"])
    await _send(
        place,
        made,
        _Letter(
            delivery, mail, row["passenger_id"], case, None, "trail:dispute:told", "trail:dispute:bounced"
        ),
    )


async def _send(place: Workplace, made: Promise, letter: _Letter) -> None:
    """Hand a mail over with no connection held, and keep what came of it."""
    settings, at = place.settings, place.now()
    help_url = f"{settings.public_url}/{letter.mail.locale}/help"
    message = write(letter.mail, letter.delivery.id, settings.mail_from, help_url, at)
    if letter.leave is not None:
        message["List-Unsubscribe"] = f"<{letter.leave}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    try:
        await hand_over(message, settings.smtp_url)
    except NotHandedOver as refused:
        if not refused.final:
            uncertain = refused.uncertain or letter.delivery.may_have_left
            await _wait(place, made, letter.delivery, refused.code, uncertain=uncertain)
            raise PutOff(refused.code) from None
        await _end(place, made, letter, "bounced", refused.code)
        return
    await _end(place, made, letter, "sent", None)


async def _end(place: Workplace, made: Promise, letter: _Letter, state: str, failure: str | None) -> None:
    async with place.work() as connection:
        await settle(connection, letter.delivery.id, state, place.now(), failure)
        facts = Facts(
            kind=letter.sent if state == "sent" else letter.bounced,
            who="worker",
            role="system",
            request=new_id(),
            subject=letter.subject,
            reference=letter.reference,
            via="mail",
        )
        await record(connection, facts)
        await kept(connection, made)


async def _wait(place: Workplace, made: Promise, delivery: Delivery, code: str, *, uncertain: bool) -> None:
    async with place.work() as connection:
        again = place.now() + pause(made.attempts)
        await wait(connection, delivery.id, code, again, uncertain=uncertain)


def trail_kept(keeper: KeeperClient) -> Mapping[str, Handler]:
    """Give what the worker keeps of this room."""
    return {DIGEST: partial(keep_digest, keeper), DISPUTE: keep_dispute}
