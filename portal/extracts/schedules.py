"""Reports on a rhythm: made when they are due, once after a downtime, and told of by a mail that only has a link."""

import json
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from audit.entry import Facts, timestamp
from audit.jcs import canonical
from audit.ledger import record
from i18n.catalogs import translations
from i18n.locales import DEFAULT, LOCALES
from portal.delivery.mail import Mail, NotHandedOver, hand_over, write
from portal.extracts.rules import next_run, period
from portal.extracts.words import MAIL_FOOT, MAIL_LEAD, MAIL_SUBJECT
from portal.outbox.promises import Promise, promise
from portal.outbox.work import Handler, PutOff, Workplace
from portal.web.ids import new_id, outer
from portal.web.render import environment

TOPIC = "report-ready"
_DUE = (
    "select id, account_id, layout, filter, language, rhythm, day, hour, time_zone, next_at from report_schedule"
    " where next_at <= $1 and paused_at is null order by next_at limit 20 for update skip locked"
)
_ASK = (
    "insert into ledger_extract (id, account_id, layout, filter, language, requested_at, schedule_id)"
    " select $1, $2, $3, $4, $5, $6, $7 where exists (select from gate.report_reader where account_id = $2)"
    " returning true"
)
_MOVE = "update report_schedule set next_at = $2, last_at = $3, last_extract = coalesce($4, last_extract) where id = $1"


async def run_schedules(connection: Any, region: str, at: datetime) -> int:
    """Ask for the reports that are due: one each, however many runs were missed; says how many.

    A report is about the time up to the last run that was due. Whoever may read no more gets none.
    """
    rows = await connection.fetch(_DUE, at)
    for row in rows:
        when = (row["rhythm"], row["day"], row["hour"], row["time_zone"])
        due = row["next_at"]
        while (later := next_run(*when, due)) <= at:
            due = later
        since, until = period(row["rhythm"], row["hour"], row["time_zone"], due)
        filters = json.loads(row["filter"]) | {"from": timestamp(since), "to": timestamp(until)}
        made, text = new_id(), canonical(filters).decode()
        asked = (made, row["account_id"], row["layout"], text, row["language"], at, row["id"])
        begun = await connection.fetchval(_ASK, *asked)
        await connection.execute(_MOVE, row["id"], next_run(*when, at), due, made if begun else None)
        if begun:
            facts = Facts(
                kind="extracts:report:begun",
                who="worker",
                role="system",
                request=new_id(),
                field="ledger",
                via=outer(region, made),
            )
            await record(connection, facts)
    return len(rows)


async def report_made(connection: Any, extract: UUID, at: datetime) -> None:
    """Promise the mail that tells of a report."""
    await promise(connection, TOPIC, extract, due_at=at, at=at)


async def tell(place: Workplace, made: Promise) -> None:
    """Send the mail: that a report is ready, and where; nothing of what is in it."""
    async with place.work() as connection:
        row = await connection.fetchrow(
            "select r.email, r.locale from ledger_extract e join gate.report_reader r on r.account_id = e.account_id"
            " where e.id = $1 and e.state = 'ready'",
            made.subject,
        )
    if row is None:
        return
    settings = place.settings
    tag = row["locale"] if row["locale"] in LOCALES else DEFAULT
    mail = compose(row["email"], tag, f"{settings.public_url}/{tag}/extracts")
    message = write(
        mail, uuid5(made.subject, TOPIC), settings.mail_from, f"{settings.public_url}/{tag}/help", place.now()
    )
    try:
        await hand_over(message, settings.smtp_url)
    except NotHandedOver as refused:
        if not refused.final:
            raise PutOff(refused.code) from None
    async with place.work() as connection:
        facts = Facts(
            kind="extracts:report:sent",
            who="worker",
            role="system",
            request=new_id(),
            via=outer(settings.region, made.subject),
        )
        await record(connection, facts)


def compose(email: str, tag: str, link: str) -> Mail:
    """Write it in the reader's language."""
    say = translations(tag).say
    subject, lead, foot = say(MAIL_SUBJECT), say(MAIL_LEAD), say(MAIL_FOOT)
    html = (
        environment(tag)
        .get_template("extracts/mail.html")
        .render(locale=LOCALES[tag], subject=subject, lines=[lead], link=link, foot=foot)
    )
    return Mail(email, subject, f"{lead}\n\n{link}\n\n{foot}\n", html, tag)


KEPT: dict[str, Handler] = {TOPIC: tell}
