"""The proof of one entry of the own trail, and on a list view the path to the own place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from audit import ledger, merkle, stored
from audit.entry import subject_pseudonym
from audit.handovers import kept
from audit.merkle import Node
from audit.note import NoteRefused, parse_note, parse_vkey, verified_by
from audit.proof import format_proof, parse_proof
from security.keeper.held import Held
from security.keeper.trail_messages import LAST, Handed, OwnProof, Place, ReadProof
from security.keeper.trail_viewed import record_viewed
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import session_of

if TYPE_CHECKING:
    from audit.stored import Connection

NOT_FOUND: Final = "trail:entry_not_found"
_CONCERNS: Final = (
    "select exists (select from ledger_leaf where index = $1 and (sub = $2 or who = $3))"
    " or exists (select from ledger_member where index = $1 and sub = $2)"
)
_MEMBERS: Final = "select sub, nonce from ledger_member where index = $1 order by position"


async def read_proof(held: Held, ask: ReadProof, at: datetime) -> OwnProof:
    """Prove an entry that is about the caller, or that the caller made. Refusal: `trail:entry_not_found`."""
    caller = await session_of(held.gate.pool, ask.token, at)
    link_key, passenger = held.custody.link_key, caller.passenger
    sub = "" if passenger is None else subject_pseudonym(link_key, passenger)
    async with (
        held.gate.pool.acquire() as connection,
        connection.transaction(isolation="repeatable_read", readonly=True),
    ):
        if not await connection.fetchval(_CONCERNS, ask.index, sub, caller.code):
            raise Refusal(NOT_FOUND, 404)
        proof = await _signed_now(connection, ask.index, held.sequencer.vkey)
        members = await connection.fetch(_MEMBERS, ask.index)
        handed = await _handed(connection, held.sequencer.origin)
    await record_viewed(held, caller, ask.request, at)
    return OwnProof(proof, held.sequencer.vkey, sub, place_of(sub, members), handed)


async def _signed_now(connection: Connection, index: int, vkey: str) -> str:
    """Prove an entry under a checkpoint that the log's present key signed: a cosigned one may be older than the key."""
    text = await ledger.proof_text(connection, index)
    try:
        verified_by(parse_note(parse_proof(text).checkpoint.encode()), [parse_vkey(vkey)])
    except NoteRefused:
        newest = await ledger.head(connection)
        if newest is None:
            raise
        return await _file(connection, index, newest.size, newest.note)
    return text


async def _file(connection: Connection, index: int, size: int, note: str) -> str:
    (leaf,) = await stored.read_leaves(connection, index, index + 1)
    path = await stored.read_covers(connection, merkle.inclusion_cover(index, size))
    return format_proof(leaf=leaf, index=index, path=path, checkpoint=note)


async def _handed(connection: Connection, origin: str) -> list[Handed]:
    """Give the handovers of this log's key, oldest first."""
    steps = await kept(connection, origin, LAST)
    return [
        Handed(step.document, await _file(connection, step.index, step.size, step.note)) for step in steps
    ]


def place_of(sub: str, members: Sequence[Any]) -> Place | None:
    """Give where somebody stands on a list and the path from there to its root; None: not on it."""
    position = next((nth for nth, member in enumerate(members) if member["sub"] == sub), None)
    if position is None:
        return None
    hashes = [merkle.leaf_hash(member["sub"].encode() + member["nonce"]) for member in members]

    def read(node: Node) -> bytes:
        level, nth = node
        return merkle.root_of(hashes[nth << level : (nth + 1) << level])

    path = merkle.inclusion_proof(position, len(hashes), read)
    return Place(position, len(hashes), members[position]["nonce"], path)
