"""Sort keys made in the app, because the shipped PostgreSQL has no ICU: Chinese by pinyin, the rest by UCA."""

from functools import cache
from typing import Any

LIMIT = 400


@cache
def _collator() -> Any:
    import pyuca  # noqa: PLC0415 -- its table takes half a second, and only writers need it

    return pyuca.Collator()


def sort_key(family: str, given: str, native: str) -> bytes:
    """Give the bytes by which a passenger is ordered: family name, then given, in Latin script where there is one."""
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415 -- as above: a third of a second

    text = f"{family} {given}".strip() or native
    latin = " ".join(lazy_pinyin(text, style=Style.TONE3, errors="default"))
    weights = _collator().sort_key(latin.casefold())
    return b"".join(weight.to_bytes(2, "big") for weight in weights)[:LIMIT]
