"""Every format as text: whatever holds a value, the gate must be able to read it."""

import gzip
import html
import io
import json
import re
import zipfile
from email import message_from_bytes, policy
from typing import Any
from urllib.parse import unquote_plus

import pypdf

_FOLDED = re.compile(rb"\r?\n[ \t]")


def texts_of(kind: str, body: bytes) -> str:
    """Give all text of an answer or a file, by its type and by its first bytes."""
    if body[:2] == b"\x1f\x8b":
        return texts_of("", gzip.decompress(body))
    if body[:2] == b"PK":
        return _zipped(body)
    if body[:4] == b"%PDF":
        return _pdf(body)
    if "calendar" in kind:
        body = _FOLDED.sub(b"", body)
    text = body.decode("utf-8", "replace")
    if "json" in kind:
        return text + " " + " ".join(_strings(json.loads(text or "null")))
    if "html" in kind or "xml" in kind:
        # What stands in attributes and comments counts; a tag between two letters does not part them.
        return f"{text} {html.unescape(text)} {re.sub('<[^>]*>', '', html.unescape(text))}"
    return text


def headers_of(headers: Any) -> str:
    """Give the text of headers, with addresses as a person would read them."""
    raw = " ".join(f"{name}: {value}" for name, value in headers.items())
    return f"{raw} {unquote_plus(raw)}"


def mail_of(raw: bytes) -> str:
    """Give the text of a mail: its source, its headers, and each part decoded."""
    message = message_from_bytes(raw, policy=policy.default)
    parts = [str(value) for value in message.values()]
    for part in message.walk():
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            parts.append(texts_of(part.get_content_type(), payload))
    return raw.decode("utf-8", "replace") + " " + " ".join(parts)


def _zipped(body: bytes) -> str:
    """Give the text of a ZIP, and with it of an XLSX, file by file."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        names = archive.namelist()
        return " ".join([*names, *(texts_of(_kind(name), archive.read(name)) for name in names)])


def _kind(name: str) -> str:
    return {"json": "json", "xml": "xml", "html": "html", "ics": "calendar"}.get(name.rpartition(".")[2], "")


def _pdf(body: bytes) -> str:
    """Give what a PDF shows, what stands about it, and what is attached to it."""
    reader = pypdf.PdfReader(io.BytesIO(body))
    about = " ".join(str(value) for value in (reader.metadata or {}).values())
    attached = " ".join(texts_of("", data) for files in reader.attachments.values() for data in files)
    return " ".join([about, attached, *(page.extract_text() for page in reader.pages)])


def _strings(found: Any) -> list[str]:
    if isinstance(found, dict):
        return [text for pair in found.items() for one in pair for text in _strings(one)]
    if isinstance(found, list):
        return [text for one in found for text in _strings(one)]
    return [str(found)]
