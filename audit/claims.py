"""What a waiting row claims, judged again: the trigger that stamped it is not the last word.

A row whose origin may not write its kind, or whose facts cannot become a leaf, becomes a refusal in the
ledger under the name of its origin. It is never dropped, never written as it claims, and never holds up
what waits behind it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from audit import jcs
from audit.catalogue import KINDS, ORIGIN_REFUSED, may_write
from audit.entry import EntryRefused, Facts, is_code

if TYPE_CHECKING:
    import asyncpg

PROCESS_ROLE: Final = "process"


def facts_of(row: "Mapping[str, Any] | asyncpg.Record") -> Facts:
    """Return the facts of a row of `ledger_pending`, or the facts of its refusal."""
    if not may_write(row["origin"], row["kind"]):
        return refusal_of(row["origin"], row["kind"], row["request"], row["at"])
    try:
        document = _document(row["document"])
    except (jcs.JcsRefused, EntryRefused):
        return refusal_of(row["origin"], row["kind"], row["request"], row["at"])
    return Facts(
        kind=row["kind"],
        who=row["who"],
        role=row["role"],
        request=row["request"],
        decision=row["decision"],
        subject=row["subject"],
        members=tuple(row["members"] or ()),
        field=row["field"],
        tier=row["tier"],
        purpose=row["purpose"],
        reason_commitment=row["reason_commitment"],
        reference=row["reference"],
        dek=row["dek"],
        via=row["via"],
        at=row["at"],
        document=document,
    )


def refusal_of(origin: str, kind: str, request: UUID, at: datetime | None) -> Facts:
    """Return the facts that say: this origin claimed this kind (named only if the catalogue knows it)."""
    return Facts(
        kind=ORIGIN_REFUSED,
        who=origin if is_code(origin) else "unknown",
        role=PROCESS_ROLE,
        request=request,
        decision="deny",
        field=kind if kind in KINDS else None,
        at=at,
    )


def _document(text: str | None) -> dict[str, str] | None:
    if text is None:
        return None
    document = jcs.parse(text.encode())
    if not (isinstance(document, dict) and all(isinstance(value, str) for value in document.values())):
        raise EntryRefused(part="facts", reason="shape")
    return document
