"""Caught mail: files of one folder, and what a mailbox shows of them."""

import os
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Caught:
    """One message as a mailbox shows it."""

    name: str
    message_id: str
    sender: str
    to: str
    subject: str
    locale: str
    received: str
    headers: dict[str, str]
    text: str = field(repr=False)
    html: str = field(repr=False)
    copies: int = 1

    def facts(self) -> dict[str, object]:
        """Give it for programs."""
        return {
            "id": self.name,
            "message_id": self.message_id,
            "from": self.sender,
            "to": self.to,
            "subject": self.subject,
            "locale": self.locale,
            "received_at": self.received,
            "headers": self.headers,
            "text": self.text,
            "html": self.html,
            "copies": self.copies,
        }


class Mailbox:
    """All caught mail; what was caught before a restart is there again."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder = folder
        self._caught = [read_mail(path.stem, path.read_bytes()) for path in sorted(folder.glob("*.eml"))]

    def keep(self, name: str, data: bytes) -> None:
        """Keep a mail: whole on disk before it counts."""
        draft = self._folder / f"{name}.new"
        with draft.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._folder / f"{name}.eml")
        self._caught.append(read_mail(name, data))

    def shown(self) -> list[Caught]:
        """List what a mailbox shows, newest first: the first of those that carry one id, and how many came."""
        found: dict[tuple[str, str], Caught] = {}
        for mail in self._caught:
            key = (mail.message_id, mail.to)
            known = found.get(key)
            found[key] = replace(known, copies=known.copies + 1) if known else mail
        return list(reversed(found.values()))

    def find(self, name: str) -> Caught | None:
        """Find one of those shown."""
        return next((mail for mail in self.shown() if mail.name == name), None)


def read_mail(name: str, data: bytes) -> Caught:
    """Read a mail."""
    message = message_from_bytes(data, _class=EmailMessage, policy=policy.default)
    return Caught(
        name=name,
        message_id=str(message.get("Message-ID", name)).strip(),
        sender=str(message.get("From", "")),
        to=str(message.get("To", "")),
        subject=str(message.get("Subject", "")),
        locale=str(message.get("Content-Language", "")),
        received=f"{name[:4]}-{name[4:6]}-{name[6:11]}:{name[11:13]}:{name[13:15]}Z",
        headers={key: str(value) for key, value in message.items()},
        text=_part(message, "plain"),
        html=_part(message, "html"),
    )


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
