"""The pass with which a colleague of a cell's desk reads the world queue: short, signed, naming nobody.

The front door knows no accounts. A cell that has checked the colleague's session and role hands over a pass: its
region, the reader's time zone and language, and an end. It is signed with a key that cell and front door both derive
from what the front door holds of the cell's token, its digest: nothing else is shared, and no key of the vault is
needed in web. Whoever steals that digest can read the queue, which lies beside it; to report he needs the token.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import available_timezones

import msgspec

LASTS: Final = timedelta(minutes=15)
PURPOSE: Final = b"waxwing/work-pass"
LONGEST: Final = 512


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    region: str
    zone: str
    ends: int


@dataclass(frozen=True, slots=True)
class Pass:
    """Who is let in: somebody of a region's desk, reading by the clock of a zone, until an instant."""

    region: str
    zone: str
    ends_at: datetime


class PassRefused(Exception):  # noqa: N818 -- named for what was refused
    """No pass of a cell, or one that has ended."""

    code = "directory:bad_pass"


def token_digest(token: str) -> bytes:
    """Give what the front door holds of a cell's token."""
    return hashlib.sha256(token.encode()).digest()


def make_pass(token: str, region: str, zone: str, at: datetime) -> str:
    """Make a pass that lasts a quarter of an hour."""
    body = msgspec.json.encode(_Written(region, zone, int((at + LASTS).timestamp())))
    return f"{_text(body)}.{_text(_seal(token_digest(token), body))}"


def region_of_pass(text: str) -> str:
    """Say which region a pass claims to be from, before it is checked. Raises PassRefused."""
    return _parsed(text)[2].region


def check_pass(text: str, digest: bytes, at: datetime) -> Pass:
    """Check a pass against the digest of its region's token. Raises PassRefused."""
    body, seal, written = _parsed(text)
    if not hmac.compare_digest(seal, _seal(digest, body)):
        raise PassRefused
    ends_at = datetime.fromtimestamp(written.ends, UTC)
    if not at < ends_at <= at + LASTS + timedelta(minutes=1) or written.zone not in available_timezones():
        raise PassRefused
    return Pass(written.region, written.zone, ends_at)


def _parsed(text: str) -> tuple[bytes, bytes, _Written]:
    body, dot, seal = text.partition(".")
    if len(text) > LONGEST or not dot:
        raise PassRefused
    try:
        raw = _bytes(body)
        return raw, _bytes(seal), msgspec.json.decode(raw, type=_Written)
    except (binascii.Error, ValueError, msgspec.MsgspecError, OverflowError):
        raise PassRefused from None


def _seal(digest: bytes, body: bytes) -> bytes:
    key = hmac.digest(digest, PURPOSE, "sha256")
    return hmac.digest(key, body, "sha256")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if _text(raw) != text:  # the decoder takes several spellings of the same bytes
        raise PassRefused
    return raw
