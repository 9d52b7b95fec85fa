"""Which region an e-mail address belongs to: a known domain's own, any other's by its hash over a frozen list."""

import hashlib
import hmac
from collections.abc import Sequence

LONGEST = 254  # of an address, RFC 5321 section 4.5.3.1.3
PURPOSE = b"waxwing/sign-in-domain\x00"


def domain_of(email: str) -> str | None:
    """Give the domain of an address in its ASCII form, or None when this is no address."""
    local, at, domain = email.strip().rpartition("@")
    if not local or not at or not domain or len(email) > LONGEST:
        return None
    try:
        plain = domain.rstrip(".").casefold().encode("idna").decode()
    except UnicodeError:
        return None
    return plain if plain and all(part and _is_plain(part) for part in plain.split(".")) else None


def _is_plain(label: str) -> bool:
    return all(sign.isalnum() or sign in "-_" for sign in label)


def domain_digest(key: str, domain: str) -> bytes:
    """Give the keyed hash under which a domain is stored: without the key nobody can try names."""
    return hmac.new(key.encode(), PURPOSE + domain.encode(), hashlib.sha256).digest()


def placed_region(digest: bytes, placement: Sequence[str]) -> str:
    """Give the region of an unknown domain: always the same one, and as likely as any."""
    return placement[int.from_bytes(digest[:8], "big") % len(placement)]
