"""The mails of the trail: figures of a quarter, and how a disputed entry stands. They name nobody and no value."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from i18n.catalogs import translations
from i18n.formats import Formats, formats_for
from i18n.locales import DEFAULT, LOCALES
from i18n.messages import N_, N_n
from portal.delivery.mail import Mail
from portal.trail.rules import Quarter
from portal.trail.words import ACTORS
from portal.web.render import environment
from security.keeper.client import Figure
from security.policy.deeds import DEEDS, OPENED, SEEN

SUBJECT = N_("Who met your data: your digest of the quarter")
LEAD = N_("From %(first)s to %(last)s (%(zone)s), others met your data as follows.")
MINIMAL = N_("Your digest of the quarter from %(first)s to %(last)s is ready in the portal.")
NOBODY = N_("Nobody met your data in this quarter.")
OPENED_BY = N_n(
    "%(num)s person opened something of yours in clear.", "%(num)s people opened something of yours in clear."
)
SEEN_BY = N_n("%(num)s person saw you, with masks.", "%(num)s people saw you, with masks.")
REFUSED = N_n("%(num)s attempt was refused.", "%(num)s attempts were refused.")
COLUMNS = (
    N_("Role"),
    N_("Opened in clear"),
    N_("Seen, with masks"),
    N_("Changed, sent or decided"),
    N_("Refused"),
)
SEE = N_("Each single entry, with who, why and its proof, is here:")
LEAVE = N_(
    "You get this mail because you asked for it. To get no more of them, open this and press the button:"
)
FOOT = N_("This mail names nobody and holds no value of yours.")

DISPUTE_SUBJECTS = {
    "opened": N_("We have received what you told us about an entry"),
    "answered": N_("There is an answer about the entry you do not recognise"),
    "closed": N_("Your question about an entry is closed"),
}
DISPUTE_LEADS = {
    "opened": N_(
        "You told us that you do not recognise entry № %(entry)s of your trail. A person looks into it."
    ),
    "answered": N_(
        "You told us that you do not recognise entry № %(entry)s of your trail. The desk has answered."
    ),
    "closed": N_(
        "You told us that you do not recognise entry № %(entry)s of your trail. The case is closed."
    ),
}
OWED = N_("We answer by %(respond)s, and say what we found by %(solve)s.")
READ = N_("Read it in the portal:")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a mail; the address does not print."""

    email: str
    locale: str
    time_zone: str
    minimal: bool = False

    def __repr__(self) -> str:
        return "<Reader>"

    @property
    def tag(self) -> str:
        """The language it is written in."""
        return self.locale if self.locale in LOCALES else DEFAULT

    @property
    def formats(self) -> Formats:
        """Dates and numbers of this reader."""
        return formats_for(self.tag, self.time_zone)


Row = tuple[str, ...]


def rows_of(figures: Sequence[Figure], tag: str, formats: Formats) -> list[Row]:
    """Give the table: one row a role, entries by class of deed and refused ones."""
    say = translations(tag).say
    roles = list(dict.fromkeys(one.role for one in figures if one.role))

    def count(role: str, deed: str | None, *, allowed: bool) -> str:
        wanted = [f for f in figures if f.role == role and f.allowed is allowed and deed in {None, f.deed}]
        return formats.number(sum(one.entries for one in wanted))

    return [
        (
            say(ACTORS.get(role, role)),
            *(count(role, deed, allowed=True) for deed in DEEDS),
            count(role, None, allowed=False),
        )
        for role in roles
    ]


def digest_mail(reader: Reader, quarter: Quarter, figures: Sequence[Figure], trail: str, leave: str) -> Mail:
    """Write the digest of a quarter; for who wants little in mails, only that it is there."""
    tag, formats = reader.tag, reader.formats
    say = translations(tag).say
    span = {"first": formats.date(quarter.first), "last": formats.date(quarter.last)}
    lead = (
        say(MINIMAL, **span)
        if reader.minimal
        else say(LEAD, zone=formats.zone_city(reader.time_zone), **span)
    )
    points = [] if reader.minimal else _points(figures, tag)
    rows = [] if reader.minimal else rows_of(figures, tag, formats)
    heads = [say(head) for head in COLUMNS]
    context = {"lead": lead, "points": points, "heads": heads, "rows": rows, "see": say(SEE), "link": trail}
    context |= {"leave": say(LEAVE), "leave_link": leave, "foot": say(FOOT), "subject": say(SUBJECT)}
    html = environment(tag).get_template("trail/digest_mail.html").render(locale=LOCALES[tag], **context)
    lines = ["; ".join(f"{head}: {cell}" for head, cell in zip(heads, row, strict=True)) for row in rows]
    parts = [lead, *points, *lines, f"{say(SEE)}\n{trail}", f"{say(LEAVE)}\n{leave}", say(FOOT)]
    return Mail(reader.email, say(SUBJECT), "\n\n".join(parts) + "\n", html, tag)


def _points(figures: Sequence[Figure], tag: str) -> list[str]:
    say = translations(tag).say
    totals = {(f.deed, f.allowed): f for f in figures if not f.role}
    if not totals:
        return [say(NOBODY)]
    opened, seen = totals.get((OPENED, True)), totals.get((SEEN, True))
    refused = sum(f.entries for (_, allowed), f in totals.items() if not allowed)
    return [
        say(OPENED_BY, opened.people if opened else 0),
        say(SEEN_BY, seen.people if seen else 0),
        say(REFUSED, refused),
    ]


def dispute_mail(
    reader: Reader, kind: str, entry: int, link: str, respond_by: datetime | None, solve_by: datetime | None
) -> Mail:
    """Write that a dispute was received, answered or closed: a number and two times, no word of what was said."""
    tag, formats = reader.tag, reader.formats
    say = translations(tag).say
    lines = [say(DISPUTE_LEADS[kind], entry=str(entry))]
    if kind == "opened" and respond_by is not None and solve_by is not None:
        times = {"respond": formats.datetime_zoned(respond_by), "solve": formats.datetime_zoned(solve_by)}
        lines.append(say(OWED, **times))
    subject, read, foot = say(DISPUTE_SUBJECTS[kind]), say(READ), say(FOOT)
    html = (
        environment(tag)
        .get_template("trail/dispute_mail.html")
        .render(locale=LOCALES[tag], subject=subject, lines=lines, read=read, link=link, foot=foot)
    )
    return Mail(reader.email, subject, "\n\n".join([*lines, f"{read}\n{link}", foot]) + "\n", html, tag)
