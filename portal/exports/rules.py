"""What is true of files that leave in bulk: which may be asked for, how they stand, what a cell may hold. Pure."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from security.policy.approvals import APPROVALS

FIELDS: Final = APPROVALS.export.fields
PURPOSES: Final = APPROVALS.export.purposes
LAYOUTS: Final = ("xlsx", "csv")
FOLDER: Final = "bulk"
"""Of the blobs."""
SUFFIX: Final = {"xlsx": "xlsx", "csv": "csv.age"}
STATES: Final = (
    "waiting",
    "declined",
    "withdrawn",
    "lapsed",
    "approved",
    "building",
    "ready",
    "failed",
    "revoked",
    "expired",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def neutral(text: str) -> str:
    """Keep a spreadsheet from reading a cell of a CSV file as a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def how_it_stands(
    request: str, file: str | None, *, ends_at: datetime | None, usable_until: datetime | None, at: datetime
) -> str:
    """Say how a file stands: by its request until it is begun, then by itself; one kept too long has expired."""
    if file is None:
        missed = request == "approved" and usable_until is not None and usable_until <= at
        return "lapsed" if missed else request
    if file == "ready" and ends_at is not None and ends_at <= at:
        return "expired"
    return file


def wrong_fields(fields: Collection[str]) -> bool:
    """Whether these are no fields that a file may hold, or none."""
    return not fields or not set(fields) <= set(FIELDS)
