"""The proof of one entry of the own trail, and on a list view the path to the own place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from audit import ledger, merkle
from audit.entry import subject_pseudonym
from audit.merkle import Node
from security.keeper.held import Held
from security.keeper.trail_messages import OwnProof, Place, ReadProof
from security.keeper.trail_viewed import record_viewed
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import session_of

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
        proof = await ledger.proof_text(connection, ask.index)
        members = await connection.fetch(_MEMBERS, ask.index)
    await record_viewed(held, caller, ask.request, at)
    return OwnProof(proof, held.sequencer.vkey, sub, place_of(sub, members))


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
