"""The demo's mail server: what it takes is on disk, and a mailbox shows one message an id."""

import asyncio
import json
import socket
import subprocess
import sys
import time
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import httpx
import pytest

from infra.caught import Mailbox
from infra.options import ROOT


def mail(number: str, subject: str, to: str = "a@example.test") -> bytes:
    """Write a mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "us@example.test", to, subject
    message["Message-ID"] = f"<{number}@example.test>"
    message.set_content("مرحبا <b>\n")
    message.add_alternative("<p>hello</p><script>1</script>", subtype="html")
    return bytes(message)


def test_one_message_an_id(tmp_path: Path) -> None:
    """Two copies of one id are shown once and counted; the same id to somebody else is another message."""
    box = Mailbox(tmp_path)
    box.keep("20260101T000000000000-a", mail("1", "first"))
    box.keep("20260101T000001000000-b", mail("1", "second"))
    box.keep("20260101T000002000000-c", mail("1", "third", "b@example.test"))
    shown = [(one.subject, one.copies) for one in Mailbox(tmp_path).shown()]
    assert shown == [("third", 1), ("first", 2)]


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "x"])
def test_only_caught_mail_is_shown(tmp_path: Path, name: str) -> None:
    """A name that is no caught mail finds nothing, whatever files there are."""
    assert Mailbox(tmp_path).find(name) is None


async def test_the_process_takes_and_shows(tmp_path: Path) -> None:
    """The real process takes a mail by SMTP and shows it as a page without scripts, and as JSON."""
    ports = []
    for _ in range(2):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports.append(probe.getsockname()[1])
    command = [sys.executable, "-m", "infra.mail", "--folder", str(tmp_path / "mail")]
    process = subprocess.Popen(  # noqa: ASYNC220 -- a child that is only waited for at the end
        [*command, "--smtp", str(ports[0]), "--page", str(ports[1])], cwd=ROOT
    )
    try:
        await answers(ports[1])
        await aiosmtplib.send(
            mail("7", "الرحلة"),
            sender="us@example.test",
            recipients=["a@example.test"],
            hostname="127.0.0.1",
            port=ports[0],
            start_tls=False,
        )
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports[1]}") as client:
            (one,) = json.loads((await client.get("/messages")).text)
            assert (one["subject"], one["to"], one["copies"]) == ("الرحلة", "a@example.test", 1)
            page = await client.get(f"/messages/{one['id']}")
            assert "&lt;b&gt;" in page.text
            assert (
                "sandbox"
                in (await client.get(f"/messages/{one['id']}.html")).headers["content-security-policy"]
            )
            assert (await client.get("/messages/none")).status_code == 404
            assert "الرحلة" in (await client.get("/")).text
    finally:
        process.terminate()
        assert process.wait(10) == 0


async def answers(port: int) -> None:
    """Wait until the page answers."""
    deadline = time.monotonic() + 20
    async with httpx.AsyncClient() as client:
        while time.monotonic() < deadline:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise TimeoutError
