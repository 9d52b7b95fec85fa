"""What was asked of the ledger, as an entry may hold it: codes and pseudonyms, nothing that somebody typed."""

import re
from collections.abc import Mapping

from audit.catalogue import KINDS
from security.actor import ROLES

_CODE = re.compile(r"(?:st|m)_[0-9a-f]{8}|[A-Za-z0-9_-]{43}|worker|keeper|link|unknown")
_TIME = re.compile(r"[0-9]{1,4}(?:[-:T.Z+0-9]{0,31})")
_KNOWN = frozenset(
    {*KINDS, *ROLES, "allow", "deny", "system", "csv", "xlsx", "parquet", "jsonl", "eu", "cn", "us", "me"}
)
OTHER = "other"
MOST = 24


def told(asked: Mapping[str, str]) -> str:
    """Write what is harmless of a question as one text, `name=value` by `name=value`."""
    return " ".join(f"{name}={value}" for name, value in harmless(asked).items())


def harmless(asked: Mapping[str, str]) -> dict[str, str]:
    """Keep what is a code of the ledger, a pseudonym or a time; of the rest only that there was something."""
    told = [
        (name, value)
        for name, value in sorted(asked.items())
        if value and name.isascii() and name.isidentifier()
    ]
    return {name[:32]: value if _is_code(value) else OTHER for name, value in told[:MOST]}


def _is_code(value: str) -> bool:
    return value in _KNOWN or bool(_CODE.fullmatch(value) or _TIME.fullmatch(value))
