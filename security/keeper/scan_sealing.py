"""A scan comes in: piece by piece sealed and handed to the store; the entry is covered before its head is given.

Whatever fails on the way leaves nothing that could be opened: the key of an unfinished scan exists here only.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final

import structlog

from audit.catalogue import kind_of_field
from security.blobs.store import BlobsAway
from security.fields import FIELDS, SCAN
from security.keeper.connection import KeeperUnavailable
from security.keeper.held import Held
from security.keeper.messages import Done
from security.keeper.scan_messages import (
    BeginScan,
    DropScan,
    EndScan,
    ScanSealed,
    SealPiece,
)
from security.keeper.scans_held import Incoming
from security.keeper.seal import may_edit
from security.keeper.subject_keys import NOT_YOURS, SubjectKey, claim
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session, session_of
from security.sign_in.tokens import token_hash
from security.vault.chunk_sizes import CHUNK, chunks_of
from security.vault.chunks import SealedScan, padded_chunk
from security.vault.envelope import Context

TOO_MANY: Final = "scans:too_many_uploads"
LOST: Final = "scans:upload_lost"
_MAIN: Final = """
select (select org_id from gate_subject where subject_id = $1) as org,
       exists (select 1 from gate_sealed where row_id = $2) as there
"""

_log = structlog.get_logger(process="keeper")


async def begin_scan(held: Held, ask: BeginScan, at: datetime) -> Done:
    """Make a key for the scan and a place in the store; nothing is promised yet."""
    caller = await session_of(held.gate.pool, ask.token, at)
    for old in held.scans.idle(at):
        await old.writing.drop()
    if not held.scans.has_room(caller.account):
        raise Refusal(TOO_MANY, 429)
    try:
        key = await held.org_keys.agreed(await _key(held, caller, ask), held.custody)
    except Refusal as refusal:
        await _record_refusal(held, caller, ask, refusal)
        raise
    context = Context(held.region, FIELDS[SCAN].table, FIELDS[SCAN].column, ask.row)
    dek = key.unwrap(held.custody)
    scan = SealedScan.begin(chunks_of(ask.length), dek=dek, dek_id=key.id, context=context)
    try:
        writing = await held.scans.store.begin(str(ask.row))
    except BlobsAway as error:
        raise store_away(error) from None
    if ask.upload in held.scans.incoming or not held.scans.dropped.is_first(ask.upload, at):
        await writing.drop()
        raise Refusal(LOST, 409)
    held.scans.incoming[ask.upload] = Incoming(ask, caller, token_hash(ask.token), scan, writing, at)
    return Done()


async def seal_piece(held: Held, ask: SealPiece, at: datetime) -> Done:
    """Seal the next piece and hand it to the store; one out of turn ends the upload."""
    incoming = _incoming(held, ask.token, ask.upload)
    async with incoming.busy:
        last = ask.index == incoming.scan.head.chunks - 1
        length = incoming.ask.length % CHUNK if last else CHUNK
        if ask.index != incoming.taken or len(ask.piece) != length:
            await _forget(held, ask.upload)
            raise Refusal(LOST, 409)
        incoming.taken, incoming.touched_at = ask.index + 1, at  # never sealed twice, whatever becomes of it
        chunk = padded_chunk(ask.piece) if last else ask.piece
        try:
            await incoming.writing.write(incoming.scan.seal(ask.index, chunk))
        except BaseException as error:
            await _forget(held, ask.upload)
            if isinstance(error, BlobsAway):
                raise store_away(error) from None
            raise
    return Done()


async def end_scan(held: Held, ask: EndScan, at: datetime) -> ScanSealed:
    """Have the store keep the whole, write the entry, and give the head when the ledger covers it."""
    incoming = _incoming(held, ask.token, ask.upload)
    async with incoming.busy:
        if incoming.taken != incoming.scan.head.chunks:
            await _forget(held, ask.upload)
            raise Refusal(LOST, 409)
        held.scans.incoming.pop(ask.upload, None)
        try:
            caller = await session_of(held.gate.pool, ask.token, at)
            await incoming.writing.finish()
        except BaseException as error:
            await incoming.writing.drop()
            if isinstance(error, BlobsAway):
                raise store_away(error) from None
            raise
    begun, head = incoming.ask, incoming.scan.head
    kind = kind_of_field(SCAN, "sealed")
    await held.gate.append(
        caller.facts(kind, begun.request, subject=begun.subject, field=SCAN, dek=head.dek_id)
    )
    return ScanSealed(head.raw)


async def drop_scan(held: Held, ask: DropScan, at: datetime) -> Done:
    """Forget a scan that will not be ended; one that only now begins is not let in."""
    found = held.scans.incoming.get(ask.upload)
    if found is not None and secrets.compare_digest(found.token, token_hash(ask.token)):
        await _forget(held, ask.upload)
    if found is None:
        held.scans.dropped.is_first(ask.upload, at)
    return Done()


def store_away(error: BlobsAway) -> KeeperUnavailable:
    """Log why the store does not answer; the caller only hears that the vault is not reachable."""
    _log.warning("scan_store_away", cause=error.cause)
    return KeeperUnavailable()


def _incoming(held: Held, token: str, upload: bytes) -> Incoming:
    found = held.scans.incoming.get(upload)
    if found is None or not secrets.compare_digest(found.token, token_hash(token)):
        raise Refusal(LOST, 409)
    return found


async def _forget(held: Held, upload: bytes) -> None:
    found = held.scans.incoming.pop(upload, None)
    if found is not None:
        await found.writing.drop()


async def _key(held: Held, caller: Session, ask: BeginScan) -> SubjectKey:
    known = await held.gate.pool.fetchrow(_MAIN, ask.subject, ask.row)
    if not may_edit(caller, ask.subject, ask.org) or known is None or known["there"]:
        raise Refusal(NOT_YOURS, 403)
    if known["org"] != ask.org or ask.row == ask.subject:
        raise Refusal(NOT_YOURS, 403)
    key_class = FIELDS[SCAN].key_class
    org_key = await held.org_keys.current(ask.org)
    keys = await claim(held.keys, held.custody, ask.subject, ask.org, [ask.row], [key_class], org_key)
    return keys[key_class]


async def _record_refusal(held: Held, caller: Session, ask: BeginScan, refusal: Refusal) -> None:
    facts = caller.facts(
        kind_of_field(SCAN, "sealed"),
        ask.request,
        decision="deny",
        subject=ask.subject,
        field=SCAN,
        document={"refusal": refusal.code},
    )
    await held.gate.append(facts)
