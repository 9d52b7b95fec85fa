"""A notice as a mail: all of it, or for those who chose so only that there is something to read."""

from collections.abc import Sequence

from i18n.locales import LOCALES
from portal.delivery.mail import Mail
from portal.notices.audience import FULL, Person
from portal.notices.rules import Difference
from portal.notices.words import ASK, FOOT, LEADS, LINK_NOTE, MINIMAL, SUBJECTS, Said, say, say_differences
from portal.web.render import environment


def compose(person: Person, kind: str, reference: str, found: Sequence[Difference], link: str) -> Mail:
    """Write a notice in its recipient's language; the subject says nothing personal."""
    full = person.mails == FULL
    tag = person.locale
    lead = say(tag, LEADS[kind], name=reference) if full else say(tag, MINIMAL[kind])
    legs = say_differences(person.reader, found) if full else []
    ask, note, foot = say(tag, ASK), say(tag, LINK_NOTE), say(tag, FOOT)
    html = (
        environment(tag)
        .get_template("notices/mail.html")
        .render(
            locale=LOCALES[tag],
            subject=say(tag, SUBJECTS[kind]),
            lead=lead,
            legs=legs,
            ask=ask,
            link=link,
            note=note,
            foot=foot,
        )
    )
    return Mail(person.email, say(tag, SUBJECTS[kind]), _text(lead, legs, ask, link, note, foot), html, tag)


def _text(lead: str, legs: Sequence[Said], ask: str, link: str, note: str, foot: str) -> str:
    parts = [lead]
    parts += ["\n".join((leg.heading, *(f"  - {line}" for line in leg.lines))) for leg in legs]
    parts += [f"{ask}\n{link}", note, foot]
    return "\n\n".join(parts) + "\n"
