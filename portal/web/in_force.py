"""Which matrix binds this request: its hash comes with the session, its text is read once a process."""

from typing import Any

from portal.web.refusals import Busy
from security.actor import Actor
from security.policy.rule import Matrix, MatrixRefused
from security.policy.versions import KNOWN, learn


async def take_up(connection: Any, digest: str | None) -> str:
    """Make sure that the version of this hash has been read; "" before the keeper stated any. Raises Busy."""
    if not digest:
        return ""
    if digest not in KNOWN:
        text = await connection.fetchval(
            "select text from gate.matrix_version where digest = $1 limit 1", digest
        )
        try:
            learn(text or "", digest)
        except MatrixRefused:
            raise Busy from None  # not the text of this hash: nothing may be shown by it
    return digest


def matrix_of(actor: Actor) -> Matrix:
    """Give the matrix by which this actor is answered now."""
    return KNOWN[actor.matrix]
