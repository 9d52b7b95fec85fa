"""The worker's part: broken glass opens a review at once, and compliance is told by mail in each one's language."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from audit.entry import Facts
from audit.ledger import record
from i18n.catalogs import translations
from i18n.formats import formats_for
from i18n.locales import DEFAULT, LOCALES
from i18n.messages import N_
from portal.delivery.mail import Mail, NotHandedOver, hand_over, write
from portal.outbox.promises import Promise, promise
from portal.outbox.work import Handler, PutOff, Workplace
from portal.web.ids import new_id, outer
from portal.web.render import environment
from security.policy.approvals import APPROVALS

TOPIC = "break-glass"
SUBJECT = N_("An emergency opening was approved")
LEAD = N_(
    "The glass was broken: outside the window, one sealed value may be opened for the next %(minutes)s."
)
OWED = N_("Please review the case by %(time)s. It closes only with your finding.")
FOOT = N_("This mail names nobody. Who asked, who approved and why stands in the portal.")
_OPEN = (
    "insert into break_glass_review (id, org_id, opened_at, due_at)"
    " select g.id, g.org_id, g.approved_at, g.approved_at + $1::interval from gate.broken_glass g"
    " on conflict (id) do nothing returning id"
)


async def open_reviews(connection: Any, region: str, at: datetime) -> int:
    """Open a review for each glass that was broken and has none; says how many. The mail is promised with it."""
    opened = await connection.fetch(_OPEN, APPROVALS.review)
    for row in opened:
        await promise(connection, TOPIC, row["id"], due_at=at, at=at)
        facts = Facts(
            kind="approvals:review:opened",
            who="worker",
            role="system",
            request=new_id(),
            via=outer(region, row["id"]),
        )
        await record(connection, facts)
    return len(opened)


async def tell_compliance(place: Workplace, made: Promise) -> None:
    """Send the mail to everybody of compliance. Told again after a failure, under the same Message-ID each."""
    async with place.work() as connection:
        due = await connection.fetchval(
            "select due_at from break_glass_review where id = $1 and closed_at is null", made.subject
        )
        people = await connection.fetch("select id, email, locale from gate.compliance_mail order by id")
    if due is None:
        return
    for person in people:
        await _send(place, made.subject, person, due)
    async with place.work() as connection:
        await connection.execute(
            "update break_glass_review set told_at = coalesce(told_at, $2) where id = $1",
            made.subject,
            place.now(),
        )


async def _send(place: Workplace, review: UUID, person: Any, due: datetime) -> None:
    settings = place.settings
    tag = person["locale"] if person["locale"] in LOCALES else DEFAULT
    mail = compose(person["email"], tag, f"{settings.public_url}/{tag}/approvals/reviews", due)
    message = write(
        mail,
        uuid5(review, str(person["id"])),
        settings.mail_from,
        f"{settings.public_url}/{tag}/help",
        place.now(),
    )
    try:
        await hand_over(message, settings.smtp_url)
    except NotHandedOver as refused:
        if not refused.final:
            raise PutOff(refused.code) from None


def compose(email: str, tag: str, link: str, due: datetime) -> Mail:
    """Write the mail: what happened and until when an answer is owed, and nobody's name."""
    say, formats = translations(tag).say, formats_for(tag, "UTC")
    span = formats.duration(APPROVALS.usable["break_glass"])
    lines = [say(LEAD, minutes=span), say(OWED, time=formats.datetime(due))]
    subject, foot = say(SUBJECT), say(FOOT)
    html = (
        environment(tag)
        .get_template("approvals/mail.html")
        .render(locale=LOCALES[tag], subject=subject, lines=lines, link=link, foot=foot)
    )
    text = "\n\n".join([*lines, link, foot]) + "\n"
    return Mail(email, subject, text, html, tag)


KEPT: dict[str, Handler] = {TOPIC: tell_compliance}
