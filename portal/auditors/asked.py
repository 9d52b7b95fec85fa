"""What was asked of the ledger, as an entry may hold it: codes and pseudonyms, nothing that somebody typed."""

import re
from collections.abc import Mapping

from audit.catalogue import KINDS
from portal.oversight.forms import FIELDS
from security.actor import ROLES

_CODE = re.compile(r"(?:st|m)_[0-9a-f]{8}|worker|keeper|link|unknown")
_PSEUDONYM = re.compile(
    r"[A-Za-z0-9_-]{43}"
)  # a credential looks the same: believed where one belongs, not elsewhere
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]{5,15}(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?")
_COUNT = re.compile(r"[0-9]{1,8}")  # longer ones may be what stands in a passport
_KNOWN = frozenset(
    {*KINDS, *ROLES, "allow", "deny", "system", "csv", "xlsx", "parquet", "jsonl", "eu", "cn", "us", "me"}
)
OTHER = "other"
_NAMES = frozenset(
    {
        *FIELDS,
        *(
            "before",
            "after",
            "cursor",
            "limit",
            "size",
            "by",
            "clock",
            "against",
            "against_from",
            "against_to",
        ),
    }
    | {"layout", "state", "which", "kept", "search", "done", "day", "old", "new", "room", "writer"}
)


def told(asked: Mapping[str, str]) -> str:
    """Write what is harmless of a question as one text, `name=value` by `name=value`."""
    return " ".join(f"{name}={value}" for name, value in harmless(asked).items())


def harmless(asked: Mapping[str, str]) -> dict[str, str]:
    """Keep what is a code of the ledger, a pseudonym or a time; of the rest only that there was something."""
    found = {name: value for name, value in sorted(asked.items()) if value}
    known = {
        name: value if _may_stand(name, value) else OTHER for name, value in found.items() if name in _NAMES
    }
    return known | ({OTHER: OTHER} if found.keys() - _NAMES else {})


def _may_stand(name: str, value: str) -> bool:
    return is_harmless(value) or (name == "subject" and _PSEUDONYM.fullmatch(value) is not None)


def is_harmless(value: str) -> bool:
    """Say whether this is a code of the ledger, a short number or a time."""
    return value in _KNOWN or any(form.fullmatch(value) for form in (_CODE, _TIME, _COUNT))
