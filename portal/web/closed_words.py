"""Words in an address that only the session they were typed in can read.

A name that somebody searches for must not stand in an address, where browsers, proxies and their logs keep it.
Yet a search must survive "next page", "back" and a change of language. So the address carries the words closed
(AES-256-GCM, random nonce) under a key that is derived from the session's token, which no log and no database
holds. With the session ends the key.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.web.refusals import BadCursor
from portal.web.session import SessionToken

_NONCE: Final = 12
_LABEL: Final = b"waxwing/words in an address"


def close_words(token: SessionToken, words: str) -> str:
    """Give what stands in the address for these words; base64url, another text every time."""
    nonce = secrets.token_bytes(_NONCE)
    closed = nonce + _cipher(token).encrypt(nonce, words.encode(), None)
    return base64.urlsafe_b64encode(closed).rstrip(b"=").decode()


def open_words(token: SessionToken, text: str) -> str:
    """Read words back; "" for none. Raises BadCursor for anything this session did not close."""
    if not text:
        return ""
    try:
        closed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return _cipher(token).decrypt(closed[:_NONCE], closed[_NONCE:], None).decode()
    except (InvalidTag, binascii.Error, ValueError):
        raise BadCursor({"s": "web:search_closed"}) from None


def _cipher(token: SessionToken) -> AESGCM:
    return AESGCM(hmac.digest(token.text.encode(), _LABEL, hashlib.sha256))
