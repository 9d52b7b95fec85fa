"""An entry: the facts an action states, and the leaf the ledger keeps of them.

A leaf is RFC 8785 JSON, at most 65,535 bytes, every value a string except `v` (1). Persons stand in it as
keyed pseudonyms, reasons and documents as commitments; what the codes may look like leaves no room for free
text.
"""

import hashlib
import hmac
import re
from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import ClassVar, Final
from uuid import UUID

from audit import merkle
from audit.jcs import JcsRefused, canonical
from audit.refusal import Refusal

__all__ = [
    "EntryRefused",
    "Facts",
    "Leaf",
    "canonical",
    "dek_pseudonym",
    "facts_digest",
    "is_code",
    "make_leaf",
    "reason_commitment",
    "subject_pseudonym",
    "timestamp",
    "view_set",
]

VERSION: Final = 1
MAX_LEAF: Final = 65_535
MAX_DOCUMENT: Final = 1_000_000
NONCE_LENGTH: Final = 16
SALT_LENGTH: Final = 32
_CODE: Final = re.compile(r"[A-Za-z0-9_.:/-]{1,128}")
_CODES: Final = re.compile(rf"{_CODE.pattern}(?:\0{_CODE.pattern})*")  # several, looked at in one go
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")
_DECISIONS: Final = frozenset({"allow", "deny"})
_TIERS: Final = frozenset({"hidden", "masked", "clear"})


class EntryRefused(Refusal):
    """The facts cannot become a leaf. `part` names the member of the leaf, `reason`: shape, length, both."""

    code: ClassVar[str] = "audit:entry_refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an action states about itself; the sequencer makes the leaf of it.

    `members` are those a list view showed, in order, and exclude `subject`. `at` is when the act happened
    (aware); None means "when sequenced". `document` is kept and exported beside the leaf, which holds its
    hash.
    """

    kind: str
    who: str
    role: str
    request: UUID
    decision: str = "allow"
    subject: UUID | None = None
    members: tuple[UUID, ...] = ()
    field: str | None = None
    tier: str | None = None
    purpose: str | None = None
    reason_commitment: str | None = None
    reference: str | None = None
    dek: UUID | None = None
    via: str | None = None
    at: datetime | None = None
    document: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf: its canonical bytes, and what is kept beside it.

    `members` are those a list view showed, as (pseudonym, 16-byte nonce); `document` is the text `facts` is
    of.
    """

    data: bytes
    members: tuple[tuple[str, bytes], ...] = ()
    document: str | None = None


def is_code(text: str) -> bool:
    """Say whether a text may stand in a leaf as a code: 1 to 128 of `A-Z a-z 0-9 _ . : / -`."""
    return _CODE.fullmatch(text) is not None


def b64url(data: bytes) -> str:
    """Encode as base64url without padding (RFC 4648, section 5)."""
    return b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=").decode()


@lru_cache(maxsize=2)
def _keyed(link_key: bytes) -> hmac.HMAC:
    """Return an HMAC that has taken the key in and nothing else, to be copied: the key is half of the work."""
    return hmac.new(link_key, digestmod="sha256")


@lru_cache(maxsize=65_536)
def subject_pseudonym(link_key: bytes, subject: UUID) -> str:
    """Return the 43 characters that stand for a person: keyed, so that ids cannot be tried one by one.

    Remembered, because lists show the same people again and again; whoever calls holds the key anyway.
    """
    keyed = _keyed(link_key).copy()
    keyed.update(b"cpv1/subject\0" + subject.bytes)
    return b64url(keyed.digest())


def dek_pseudonym(link_key: bytes, dek_id: UUID) -> str:
    """Return the 22 characters that stand for a data key."""
    return b64url(hmac.digest(link_key, b"cpv1/dek\0" + dek_id.bytes, "sha256")[:16])


def reason_commitment(salt: bytes, text: str) -> str:
    """Commit to a free-text reason with a 32-byte salt; the text itself never enters the ledger."""
    if len(salt) != SALT_LENGTH:
        raise EntryRefused(part="rc", reason="length")
    return b64url(hashlib.sha256(b"cpv1/commit\0" + salt + text.encode()).digest())


def view_set(subs: Sequence[str], nonces: Sequence[bytes]) -> str:
    """Return the RFC 6962 root over `sub ‖ nonce` of those shown, in order (one 16-byte nonce each)."""
    if len(subs) != len(nonces) or any(len(nonce) != NONCE_LENGTH for nonce in nonces):
        raise EntryRefused(part="set", reason="length")
    hashes = [merkle.leaf_hash(sub.encode() + nonce) for sub, nonce in zip(subs, nonces, strict=True)]
    return b64url(merkle.root_of(hashes))


def facts_digest(document: Mapping[str, str]) -> tuple[str, str]:
    """Return the canonical text of a side document and the hash of it that the leaf holds."""
    if not all(isinstance(value, str) for value in document.values()):
        raise EntryRefused(part="facts", reason="shape")
    try:
        text = canonical(dict(document))
    except JcsRefused:
        raise EntryRefused(part="facts", reason="shape") from None
    if len(text) > MAX_DOCUMENT:
        raise EntryRefused(part="facts", reason="length")
    return text.decode(), b64url(hashlib.sha256(text).digest())


def timestamp(at: datetime) -> str:
    """Write an aware instant as RFC 3339 in UTC with six digits and `Z`."""
    if at.tzinfo is None:
        raise EntryRefused(part="ts", reason="shape")
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


_stamped: Final = lru_cache(maxsize=1)(timestamp)  # the leaves of a batch share their time


def make_leaf(
    facts: Facts,
    *,
    ts: datetime,
    region: str,
    link_key: bytes,
    nonce: bytes,
    member_nonces: Sequence[bytes] = (),
) -> Leaf:
    """Make the leaf of these facts; `nonce` and each of `member_nonces` are 16 random bytes."""
    if len(nonce) != NONCE_LENGTH:
        raise EntryRefused(part="n", reason="length")
    if not is_code(region):
        raise EntryRefused(part="reg", reason="shape")
    _check_codes(facts)
    subs = [subject_pseudonym(link_key, member) for member in facts.members]
    document, digest = (None, None) if facts.document is None else facts_digest(facts.document)
    now = _stamped(ts)
    at = None if facts.at is None else timestamp(facts.at)
    # In the order of canonical JSON (RFC 8785). None of these values needs an escape: they are codes, pseudonyms,
    # hashes, times, ids. Only `v` is a number.
    before = (
        ("act", facts.kind),
        ("at", at if at is not None and at < now else None),
        ("case", facts.reference),
        ("dec", facts.decision),
        ("dek", None if facts.dek is None else dek_pseudonym(link_key, facts.dek)),
        ("facts", digest),
        ("n", b64url(nonce)),
        ("rc", facts.reason_commitment),
        ("reg", region),
        ("req", facts.request),
        ("res", facts.field),
        ("role", facts.role),
        ("set", view_set(subs, member_nonces) if subs else None),
        ("sub", None if facts.subject is None else subject_pseudonym(link_key, facts.subject)),
        ("tier", facts.tier),
        ("ts", now),
    )
    behind = (("via", facts.via), ("who", facts.who), ("why", facts.purpose))
    data = f'{{{_members(before)},"v":{VERSION},{_members(behind)}}}'.encode()
    if len(data) > MAX_LEAF:
        raise EntryRefused(part="leaf", reason="length")
    return Leaf(data, tuple(zip(subs, member_nonces, strict=True)) if subs else (), document)


def _members(stated: Sequence[tuple[str, str | UUID | None]]) -> str:
    return ",".join([f'"{name}":"{value}"' for name, value in stated if value is not None])


def _check_codes(facts: Facts) -> None:
    if facts.subject is not None and facts.members:
        raise EntryRefused(part="set", reason="both")
    if facts.decision not in _DECISIONS:
        raise EntryRefused(part="dec", reason="shape")
    if facts.tier is not None and facts.tier not in _TIERS:
        raise EntryRefused(part="tier", reason="shape")
    stated = (
        facts.kind,
        facts.who,
        facts.role,
        facts.field,
        facts.purpose,
        facts.reason_commitment,
        facts.reference,
        facts.via,
    )
    codes = [code for code in stated if code is not None]
    joined = "\0".join(codes)
    if _CODES.fullmatch(joined) is None or joined.count("\0") >= len(codes):
        names = ("act", "who", "role", "res", "why", "rc", "case", "via")
        wrong = next(
            name for name, code in zip(names, stated, strict=True) if code is not None and not is_code(code)
        )
        raise EntryRefused(part=wrong, reason="shape")
