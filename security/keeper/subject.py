"""A subject's pseudonym, opened for compliance alone: an entry first, then what the ledger says of that person."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final

from audit.catalogue import SUBJECT_OPENED
from audit.entry import SALT_LENGTH, reason_commitment, subject_pseudonym
from security.keeper.held import Held
from security.keeper.subject_messages import OpenSubject, SubjectOpened
from security.keeper.trail import entries_about
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session, session_of

PURPOSES: Final = frozenset({"identity_check", "rights_request", "legal_hold"})
COMPLIANCE_ONLY: Final = "oversight:compliance_only"
NO_REASON: Final = "oversight:reason_required"
NOT_ALLOWED: Final = "passengers:purpose_not_allowed"


async def open_subject(held: Held, ask: OpenSubject, at: datetime) -> SubjectOpened:
    """Tell under which pseudonym a passenger stands. A refusal is an entry too, and names nobody."""
    caller = await session_of(held.gate.pool, ask.token, at)
    if caller.role != "compliance":
        await _refused(held, caller, ask, COMPLIANCE_ONLY)
    if ask.purpose not in PURPOSES:
        await _refused(held, caller, ask, NOT_ALLOWED)
    if not ask.reason.strip():
        raise Refusal(NO_REASON, 422)
    await held.gate.append(
        caller.facts(
            SUBJECT_OPENED,
            ask.request,
            subject=ask.subject,
            field="ledger",
            purpose=ask.purpose,
            reason_commitment=reason_commitment(secrets.token_bytes(SALT_LENGTH), ask.reason),
        )
    )
    sub = subject_pseudonym(held.custody.link_key, ask.subject)
    found = await entries_about(held, sub, ask.before, ask.limit)
    return SubjectOpened(sub, found.items, found.next)


async def _refused(held: Held, caller: Session, ask: OpenSubject, code: str) -> None:
    await held.gate.append(
        caller.facts(SUBJECT_OPENED, ask.request, decision="deny", field="ledger", document={"refusal": code})
    )
    raise Refusal(code, 403)
