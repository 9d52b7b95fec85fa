"""The mail that brings a link: it names who asks and until when, no person and no trip."""

from datetime import datetime

from i18n.catalogs import translations
from i18n.formats import formats_for
from i18n.locales import DEFAULT, LOCALES
from portal.delivery.mail import Mail
from portal.links.words import ASK, FOOT, LEAD, NOTE, SUBJECT
from portal.web.render import environment


def compose(to: str, locale: str, org: str, link: str, expires_at: datetime) -> Mail:
    """Write it in the traveller's language."""
    tag = locale if locale in LOCALES else DEFAULT
    say = translations(tag).say
    end = formats_for(tag, "UTC").datetime_zoned(expires_at)
    subject, lead, ask = say(SUBJECT), say(LEAD, name=org), say(ASK)
    note, foot = say(NOTE, end=end), say(FOOT)
    html = (
        environment(tag)
        .get_template("links/mail.html")
        .render(locale=LOCALES[tag], subject=subject, lead=lead, ask=ask, link=link, note=note, foot=foot)
    )
    text = "\n\n".join((lead, f"{ask}\n{link}", note, foot)) + "\n"
    return Mail(to, subject, text, html, tag)
