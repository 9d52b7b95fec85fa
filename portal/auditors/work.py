"""The worker's part: the mail that invites. Its token is made when it leaves, so only the mailbox ever holds it."""

from datetime import datetime
from functools import partial
from uuid import uuid5

from audit.entry import Facts
from audit.ledger import record
from i18n.catalogs import translations
from i18n.formats import formats_for
from i18n.locales import DEFAULT, LOCALES
from portal.auditors.deeds import TOPIC
from portal.auditors.words import MAIL_ASK, MAIL_FOOT, MAIL_LEAD, MAIL_SUBJECT
from portal.delivery.mail import Mail, NotHandedOver, hand_over, write
from portal.outbox.promises import Promise
from portal.outbox.work import Handler, PutOff, Workplace
from portal.web.ids import new_id
from portal.web.render import environment
from security.keeper.client import KeeperClient, KeeperRefused, KeeperUnavailable

KEEPER_AWAY = "security:keeper_unavailable"


async def send_invitation(keeper: KeeperClient, place: Workplace, made: Promise) -> None:
    """Mail one invitation. Raises PutOff when it must wait."""
    async with place.work() as connection:
        row = await connection.fetchrow(
            "select email, locale, ends_at, time_zone from gate.invitation_mail where account_id = $1",
            made.subject,
        )
    if row is None:
        return
    try:
        token = await keeper.issue_invitation(new_id(), made.subject)
    except KeeperUnavailable:
        raise PutOff(KEEPER_AWAY) from None
    except KeeperRefused:
        return
    settings = place.settings
    tag = row["locale"] if row["locale"] in LOCALES else DEFAULT
    link = f"{settings.public_url}/{tag}/auditors/welcome/{token}"
    mail = compose(row["email"], tag, link, row["ends_at"], row["time_zone"])
    name = uuid5(made.subject, token)
    message = write(mail, name, settings.mail_from, f"{settings.public_url}/{tag}/help", place.now())
    try:
        await hand_over(message, settings.smtp_url)
    except NotHandedOver as refused:
        if not refused.final:
            raise PutOff(refused.code) from None
        return
    async with place.work() as connection:
        await record(
            connection, Facts(kind="auditors:invitation:sent", who="worker", role="system", request=new_id())
        )


def compose(email: str, tag: str, link: str, ends_at: datetime, zone: str) -> Mail:
    """Write it in the invited person's language, the end by that person's clock; it names nobody."""
    say, formats = translations(tag).say, formats_for(tag, zone)
    lead, ask = say(MAIL_LEAD, end=formats.datetime_zoned(ends_at)), say(MAIL_ASK)
    subject, foot = say(MAIL_SUBJECT), say(MAIL_FOOT)
    html = (
        environment(tag)
        .get_template("auditors/mail.html")
        .render(locale=LOCALES[tag], subject=subject, lines=[lead, ask], link=link, foot=foot)
    )
    return Mail(email, subject, f"{lead}\n\n{ask}\n{link}\n\n{foot}\n", html, tag)


def invitations_kept(keeper: KeeperClient) -> dict[str, Handler]:
    """Give what the worker keeps of this room."""
    return {TOPIC: partial(send_invitation, keeper)}
