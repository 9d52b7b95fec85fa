"""Mail: a message made and handed to a mail server; what it answers, as an outcome."""

import asyncio
import ssl
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP as MAIL
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib

PATIENCE = 10.0  # seconds for each step of the conversation
LONGEST = 20.0  # seconds for all of it: shorter than a lease
PERMANENT = 500
SCHEMES = ("smtp", "smtp+starttls", "smtps")


@dataclass(frozen=True, slots=True)
class Mail:
    """What somebody is to read; neither prints."""

    to: str
    subject: str
    text: str
    html: str
    locale: str

    def __repr__(self) -> str:
        """Say nothing of it: a message ends up in tracebacks."""
        return "Mail(•••)"


class NotHandedOver(Exception):  # noqa: N818 -- named for what happened
    """The server did not take it; `code` says why.

    `final`: it never will. `uncertain`: it may have taken it, as the conversation broke off after the text.
    """

    def __init__(self, code: str, *, final: bool = False, uncertain: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.final = final
        self.uncertain = uncertain


def write(mail: Mail, delivery: UUID, sender: str, help_url: str, at: datetime) -> EmailMessage:
    """Write the message. Its Message-ID is the delivery: a second copy is the same message to a mailbox."""
    domain = sender.rpartition("@")[2]
    message = EmailMessage(policy=MAIL)
    message["From"] = sender
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{delivery}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["List-Id"] = f"<notices.{domain}>"
    message["List-Help"] = f"<{help_url}>"
    message.set_content(mail.text, cte="base64")
    message.add_alternative(mail.html, subtype="html", cte="base64")
    message["Content-Language"] = mail.locale  # last: setting a content clears what was said of it
    return message


async def hand_over(message: EmailMessage, smtp_url: str) -> None:
    """Hand a message to the server. Raises NotHandedOver; hold no database connection meanwhile."""
    if not smtp_url:
        raise NotHandedOver("delivery:no_mail_server")
    where = urlsplit(smtp_url)
    tls = ssl.create_default_context() if where.scheme != "smtp" else None
    client = aiosmtplib.SMTP(
        hostname=where.hostname,
        port=where.port,
        timeout=PATIENCE,
        use_tls=where.scheme == "smtps",
        start_tls=where.scheme == "smtp+starttls",
        tls_context=tls,
    )
    try:
        await _converse(client, message, unquote(where.username or ""), unquote(where.password or ""))
    finally:
        client.close()


async def _converse(client: aiosmtplib.SMTP, message: EmailMessage, user: str, password: str) -> None:
    text = bytes(message)
    uncertain = False
    try:
        async with asyncio.timeout(LONGEST):
            await client.connect()
            if user:
                await client.login(user, password)
            await client.mail(message["From"])
            await client.rcpt(message["To"])
            uncertain = True
            await client.data(text)
    except aiosmtplib.SMTPAuthenticationError:
        raise NotHandedOver("delivery:mail_server_refuses_us") from None
    except aiosmtplib.SMTPResponseException as answer:
        raise _refused(answer.code) from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError):
        raise NotHandedOver("delivery:mail_server_away", uncertain=uncertain) from None


def _refused(code: int) -> NotHandedOver:
    if code >= PERMANENT:
        return NotHandedOver("delivery:address_refused", final=True)
    return NotHandedOver("delivery:mail_server_busy")
