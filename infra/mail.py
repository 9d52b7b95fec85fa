"""`python -m infra.mail`: the demo's mail server. It takes every mail, keeps it in a folder, and shows it in a browser.

No mail of the demo leaves this machine. A mailbox shows one message an id, as Gmail and Exchange do; how many copies
came is said beside it, so that nothing is hidden.
"""

import argparse
import asyncio
import html
import json
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiosmtpd.smtp import SMTP

from infra.caught import Caught, Mailbox

HOST = "127.0.0.1"
MOST = 10_000_000  # bytes of one mail
LONGEST_REQUEST = 8192
STYLE = (
    "body{font:16px/1.6 system-ui,sans-serif;max-inline-size:60rem;margin:2rem auto;padding:0 1rem}"
    ":root{color-scheme:light dark}"
    "td,th{padding:.35rem .6rem;text-align:start;vertical-align:top}pre{white-space:pre-wrap}a{overflow-wrap:anywhere}"
)
HEADERS = (
    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\nConnection: close\r\n"
)
OWN = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"


class Takes:
    """Takes whatever comes; it is on disk before the server says so."""

    def __init__(self, box: Mailbox) -> None:
        self._box = box

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        """Keep a mail."""
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}"
        await asyncio.to_thread(self._box.keep, name, bytes(envelope.content))
        return "250 taken"


class Shows:
    """Answers a browser: the list, one mail, and all of them as JSON."""

    def __init__(self, box: Mailbox) -> None:
        self._box = box

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        try:
            line = (await asyncio.wait_for(reader.readline(), 5)).decode("latin-1")
            while len(await asyncio.wait_for(reader.readline(), 5)) > len(b"\r\n"):
                pass
            method, path = [*line.split(" "), "", ""][:2]
            status, kind, body = self._answer(path) if method == "GET" else ("405 No", "text/plain", "")
            data = body.encode("utf-8", "replace")
            policy = OWN if not path.endswith(".html") else "sandbox; default-src 'none'"
            head = (
                f"HTTP/1.1 {status}\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Length: {len(data)}\r\n"
                f"Content-Security-Policy: {policy}\r\n{HEADERS}\r\n"
            )
            writer.write(head.encode() + data)
            await writer.drain()
        except (OSError, TimeoutError, ValueError):
            pass  # whoever asked has gone
        finally:
            writer.close()

    def _answer(self, path: str) -> tuple[str, str, str]:
        if path == "/readyz":
            return "200 OK", "application/json", '{"status":"ready","missing":[]}'
        if path == "/messages":
            listed = [mail.facts() for mail in self._box.shown()]
            return "200 OK", "application/json", json.dumps(listed, ensure_ascii=False)
        if path == "/":
            return "200 OK", "text/html", _list(self._box.shown())
        found = self._box.find(path.removeprefix("/messages/").removesuffix(".html"))
        if found is None:
            return "404 Not Found", "text/plain", "no such mail\n"
        if path.endswith(".html"):
            return "200 OK", "text/html", found.html
        return "200 OK", "text/html", _one(found)


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
        f"<body><main>{body}</main></body></html>"
    )


def _cell(text: str) -> str:
    return f"<td><bdi>{html.escape(text)}</bdi></td>"


def _row(mail: Caught) -> str:
    link = f'<td><a href="/messages/{mail.name}"><bdi>{html.escape(mail.subject)}</bdi></a></td>'
    return f"<tr>{_cell(mail.received[:19])}{_cell(mail.to)}{link}{_cell(str(mail.copies))}</tr>"


def _list(mails: list[Caught]) -> str:
    names = "".join(f"<th>{name}</th>" for name in ("Received (UTC)", "To", "Subject", "Copies"))
    rows = "".join(map(_row, mails))
    table = f"<table><thead><tr>{names}</tr></thead><tbody>{rows}</tbody></table>"
    return _page("Caught mail", f"<h1>Caught mail</h1><p>None of it left this machine.</p>{table}")


def _line(line: str) -> str:
    if line.startswith(("http://localhost", "https://")):
        return f'<a href="{html.escape(line, quote=True)}" rel="noreferrer">{html.escape(line)}</a>'
    return html.escape(line)


def _one(mail: Caught) -> str:
    text = "\n".join(map(_line, mail.text.splitlines()))
    head = f'<p><a href="/">Caught mail</a></p><h1><bdi>{html.escape(mail.subject)}</bdi></h1>'
    whom = f"<p>To <bdi>{html.escape(mail.to)}</bdi></p>"
    body = f'<pre dir="auto" lang="{html.escape(mail.locale, quote=True)}">{text}</pre>'
    as_html = f'<p><a href="/messages/{mail.name}.html">As HTML</a></p>'
    return _page(mail.subject, head + whom + body + as_html)


async def serve(folder: Path, smtp_port: int, page_port: int) -> None:
    """Serve until told to stop."""
    box, stop, loop = Mailbox(folder), asyncio.Event(), asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    takes = await loop.create_server(
        lambda: SMTP(Takes(box), data_size_limit=MOST, enable_SMTPUTF8=True), HOST, smtp_port
    )
    shows = await asyncio.start_server(Shows(box), HOST, page_port, limit=LONGEST_REQUEST)
    await stop.wait()
    takes.close()
    shows.close()


def main(arguments: list[str]) -> int:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m infra.mail", description="Catch the demo's mail.")
    parser.add_argument("--folder", type=Path, required=True, help="where caught mail is kept")
    parser.add_argument("--smtp", type=int, required=True, help="port for mail")
    parser.add_argument("--page", type=int, required=True, help="port for the page of caught mail")
    given = parser.parse_args(arguments)
    asyncio.run(serve(given.folder, given.smtp, given.page))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
