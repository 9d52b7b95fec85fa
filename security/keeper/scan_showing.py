"""A scan is shown: decided, written down and covered like a revealed value, then read piece by piece for a minute.

Each piece is opened anew from the subject's key: when that is shredded, the next piece stays closed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from security.blobs.store import BlobMissing, BlobsAway
from security.fields import FIELDS, SCAN
from security.keeper.case import Case, Question
from security.keeper.held import Held
from security.keeper.reveal import released, stated
from security.keeper.scan_messages import OpenScan, ReadPiece, ScanOpened, ScanPiece
from security.keeper.scan_sealing import store_away
from security.keeper.scans_held import View
from security.keeper.subject_keys import KeyWanted, SubjectKey
from security.keeper.vault_messages import Reveal
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import session_of
from security.sign_in.tokens import token_hash
from security.vault.chunks import SEALED_CHUNK, Head, SealedScan
from security.vault.envelope import Context, EnvelopeRefused

VIEW_ENDED: Final = "scans:view_ended"
LOST: Final = "scans:lost"


async def open_scan(held: Held, ask: OpenScan, at: datetime) -> ScanOpened:
    """Let this session read the scan until its minute is over, or refuse as a reveal does; both are entries."""
    asked = Reveal(ask.token, ask.request, ask.subject, SCAN, ask.row, ask.purpose, ask.reference, ask.reason)
    return await released(held, asked, at, _dek_id, _open)


def _dek_id(raw: bytes) -> UUID:
    return Head.read(raw).dek_id


async def _open(
    held: Held, ask: Reveal, question: Question, case: Case, key: SubjectKey | None, at: datetime
) -> ScanOpened:
    if key is None or case.envelope is None or case.row is None:
        raise EnvelopeRefused
    covered = await held.gate.append(stated(held, ask, question, case, tier="clear", dek=key.id))
    head = Head.read(case.envelope)
    _scan(held, head, key, case.row)  # what does not open here is told now, not at the first page
    until = held.shown_until(at)
    held.scans.show(token_hash(ask.token), case.row, View(question.subject, head, until), at)
    return ScanOpened(until, covered.proof_text(), covered.index, covered.leaf.decode())


async def read_piece(held: Held, ask: ReadPiece, at: datetime) -> ScanPiece:
    """Open one piece. Refusals: `scans:view_ended`, `scans:lost` (the store has no such blob)."""
    view = held.scans.view(token_hash(ask.token), ask.row, at)
    if view is None:
        raise Refusal(VIEW_ENDED, 403)
    await session_of(held.quick, ask.token, at)
    if ask.index >= view.head.chunks:
        raise EnvelopeRefused
    scan = _scan(held, view.head, await _key(held, view.subject, view.head), ask.row)
    try:
        sealed = await held.scans.store.read(str(ask.row), ask.index * SEALED_CHUNK, SEALED_CHUNK)
    except BlobMissing:
        raise Refusal(LOST, 410) from None
    except BlobsAway as error:
        raise store_away(error) from None
    return ScanPiece(scan.open(ask.index, sealed))


async def _key(held: Held, subject: UUID, head: Head) -> SubjectKey:
    key = await held.key_of(KeyWanted(head.dek_id, subject, FIELDS[SCAN].key_class))
    if key is None:
        raise EnvelopeRefused
    return await held.org_keys.agreed(key, held.custody)


def _scan(held: Held, head: Head, key: SubjectKey, row: UUID) -> SealedScan:
    context = Context(held.region, FIELDS[SCAN].table, FIELDS[SCAN].column, row)
    return SealedScan.of(head, dek=key.unwrap(held.custody), context=context)
