"""The worker's part: a review of each role is opened once a month, and compliance is told by mail what is overdue."""

import base64
import hashlib
import json
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid5

from audit.entry import Facts
from audit.jcs import canonical
from audit.ledger import record
from i18n.catalogs import translations
from i18n.formats import formats_for
from i18n.locales import DEFAULT, LOCALES
from i18n.messages import N_
from portal.attestations.rules import DUE, REVIEWED, month_after, month_before
from portal.delivery.mail import Mail, NotHandedOver, hand_over, write
from portal.outbox.promises import Promise, promise
from portal.outbox.work import Handler, PutOff, Workplace
from portal.web.ids import new_id, outer
from portal.web.render import environment

TOPIC = "access-review-due"
SUBJECT = N_("Access reviews are overdue")
LEAD = N_("Access reviews of %(month)s are not signed; they were due by %(time)s.")
FOOT = N_("This mail names nobody. Who holds which role stands in the portal.")
_MISSING = (
    "select one.role from unnest($2::text[]) as one (role)"
    " where not exists (select from access_review r where r.month = $1 and r.role = one.role)"
)
_HOLDERS = """
select h.id, h.code, h.name, h.email, h.created_at,
  (select l.ts from ledger_leaf l where l.who = h.code order by l.index desc limit 1) as last_used_at,
  (select count(*) from ledger_leaf l where l.who = h.code and l.dec = 'allow' and l.act like 'passengers:%:revealed'
     and l.ts >= $2 and l.ts < $3) as opened
from gate.access_holder h where h.role = $1 order by h.code
"""
_REVIEW = """
insert into access_review (id, month, role, owner_id, owner_name, opened_at, due_at, document, digest)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (month, role) do nothing returning id
"""
# Of those that were opened together the first tells of all, whoever of them is handled when.
_TELLS = """
select r.month, r.due_at from access_review r where r.id = $1
  and not exists (select from access_review o where (o.month, o.due_at) = (r.month, r.due_at) and o.id < r.id)
  and exists (select from access_review o where (o.month, o.due_at) = (r.month, r.due_at) and o.signed_at is null)
"""
_TOLD = """
update access_review set told_at = coalesce(told_at, $3) where month = $1 and due_at = $2 and signed_at is null
"""
_LINE = """
insert into access_line (id, review_id, owner_id, account_id, code, name, email, since, last_used_at, opened)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
"""


def bounds(month: date) -> tuple[datetime, datetime]:
    """Give the first instant of a month and of the next, in UTC."""
    begins, ends = (datetime.combine(day, time(), UTC) for day in (month, month_after(month)))
    return begins, ends


def snapshot(month: date, role: str, rows: list[Any]) -> dict[str, str]:
    """Write down who holds a role, in codes: the document to which the entry commits."""
    people = [
        {
            "code": row["code"],
            "since": row["created_at"].astimezone(UTC).isoformat(timespec="seconds"),
            "last": row["last_used_at"].astimezone(UTC).isoformat(timespec="seconds")
            if row["last_used_at"]
            else "",
            "opened": str(row["opened"]),
        }
        for row in rows
    ]
    return {"month": month.isoformat(), "role": role, "people": json.dumps(people, sort_keys=True)}


def digest_of(document: dict[str, str]) -> str:
    """Give the commitment of a leaf to a document: base64url of SHA-256 of its canonical JSON."""
    return base64.urlsafe_b64encode(hashlib.sha256(canonical(document)).digest()).rstrip(b"=").decode()


async def open_access_reviews(connection: Any, region: str, at: datetime) -> int:
    """Open what is missing of the last month that is over; says how many. A role that nobody holds has none."""
    month, opened = month_before(at), 0
    for row in await connection.fetch(_MISSING, month, list(REVIEWED)):
        opened += await open_review(connection, region, month, row["role"], at)
    return opened


async def open_review(connection: Any, region: str, month: date, role: str, at: datetime) -> bool:
    """Open the review of one role: the snapshot, a line for each person, the entry, and a promise to remind."""
    rows = await connection.fetch(_HOLDERS, role, *bounds(month))
    if not rows:
        return False
    document = snapshot(month, role, rows)
    owner = await connection.fetchrow("select account_id, name from access_owner where role = $1", role)
    whose = (owner["account_id"], owner["name"]) if owner else (None, None)
    text = canonical(document).decode()
    values = (new_id(), month, role, *whose, at, at + DUE, text, digest_of(document))
    made: UUID | None = await connection.fetchval(_REVIEW, *values)
    if made is None:
        return False  # another worker came first
    for row in rows:
        await connection.execute(_LINE, new_id(), made, whose[0], *row.values())
    await promise(connection, TOPIC, made, due_at=at + DUE, at=at)
    facts = Facts(
        kind="attestations:review:opened",
        who="worker",
        role="system",
        request=new_id(),
        field="access",
        reference=outer(region, made),
        document=document,
    )
    await record(connection, facts)
    return True


async def tell_overdue(place: Workplace, made: Promise) -> None:
    """Tell everybody of compliance, in each one's language, that reviews of a month are due and not signed: once."""
    async with place.work() as connection:
        review = await connection.fetchrow(_TELLS, made.subject)
        people = await connection.fetch("select id, email, locale from gate.compliance_mail order by id")
    if review is None:
        return
    for person in people:
        await _send(place, made.subject, person, review)
    async with place.work() as connection:
        await connection.execute(_TOLD, *review.values(), place.now())


async def _send(place: Workplace, review: UUID, person: Any, row: Any) -> None:
    settings = place.settings
    tag = person["locale"] if person["locale"] in LOCALES else DEFAULT
    mail = compose(person["email"], tag, f"{settings.public_url}/{tag}/access-reviews", row)
    name = uuid5(review, str(person["id"]))
    message = write(mail, name, settings.mail_from, f"{settings.public_url}/{tag}/help", place.now())
    try:
        await hand_over(message, settings.smtp_url)
    except NotHandedOver as refused:
        if not refused.final:
            raise PutOff(refused.code) from None


def compose(email: str, tag: str, link: str, row: Any) -> Mail:
    """Write the mail: which month, until when, and nobody's name."""
    say, formats = translations(tag).say, formats_for(tag, "UTC")
    lines = [say(LEAD, month=formats.month(row["month"]), time=formats.datetime(row["due_at"]))]
    subject, foot = say(SUBJECT), say(FOOT)
    html = (
        environment(tag)
        .get_template("approvals/mail.html")
        .render(locale=LOCALES[tag], subject=subject, lines=lines, link=link, foot=foot)
    )
    return Mail(email, subject, "\n\n".join([*lines, link, foot]) + "\n", html, tag)


KEPT: dict[str, Handler] = {TOPIC: tell_overdue}
