"""What may be asked of the matrix: the version that binds the reader, its history, what waits for a second person."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.web.in_force import matrix_of
from portal.web.refusals import Refusal
from portal.web.unit import Unit
from security.policy.change import Difference
from security.policy.rule import Rule
from security.policy.versions import digest_of, matrix_text, read_rule

ANSWERS_FOR = frozenset({"compliance", "auditor", "administrator"})
"""Who reads the history and the proposals."""
MOST = 100


class ProposalNotFound(Refusal):
    """No such proposal."""

    code = "policy:no_proposal"
    status = 404


@dataclass(frozen=True, slots=True)
class InForce:
    """Which version binds the reader; number 0 before the keeper has stated any."""

    number: int
    digest: str
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Past:
    """One version of the history; without `proposer` it came with the file."""

    number: int
    digest: str
    differences: tuple[Difference, ...]
    entry: int
    at: datetime
    proposal: UUID | None
    reason: str | None
    proposer: str | None
    proposer_role: str | None
    decider: str | None
    decider_role: str | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """One proposal; `decider` is None while it waits, and when it expired."""

    id: UUID
    group: str
    role: str
    was: Rule
    rule: Rule
    reason: str
    proposer_id: UUID
    proposer: str | None
    proposer_role: str
    proposed_at: datetime
    expires_at: datetime
    state: str
    decider: str | None
    decider_role: str | None
    decided_at: datetime | None

    def state_at(self, at: datetime) -> str:
        """Say how it stands: what waited too long has expired, even before the keeper says so."""
        return "expired" if self.state == "waiting" and self.expires_at <= at else self.state


async def in_force(unit: Unit) -> InForce:
    """Give the version that binds this reader now."""
    row = await unit.connection.fetchrow(
        "select v.number, v.digest, v.at from gate.matrix_head h join gate.matrix_version v using (number)"
    )
    if row is None:
        return InForce(0, digest_of(matrix_text(matrix_of(unit.who))), None)
    return InForce(*row.values())


async def history(unit: Unit) -> list[Past]:
    """List the versions, the newest first."""
    rows = await unit.connection.fetch(
        f"select * from gate.matrix_history order by number desc limit {MOST}"  # noqa: S608 -- a number of ours
    )
    return [_past(row) for row in rows]


def _past(row: Any) -> Past:
    number, digest, written, *rest = row.values()
    return Past(number, digest, tuple(Difference(*one) for one in json.loads(written)), *rest)


async def proposals(unit: Unit, *, waiting: bool = False) -> Sequence[Proposal]:
    """List proposals, the newest first."""
    rows = await unit.connection.fetch(
        "select * from gate.matrix_proposals where not $1 or (state = 'waiting' and expires_at > $2)"  # noqa: S608 -- a number of ours
        f" order by proposed_at desc limit {MOST}",
        waiting,
        unit.at,
    )
    return [_proposal(row) for row in rows]


async def proposal(connection: Any, wanted: UUID) -> Proposal:
    """Give one proposal. Raises ProposalNotFound."""
    row = await connection.fetchrow("select * from gate.matrix_proposals where id = $1", wanted)
    if row is None:
        raise ProposalNotFound
    return _proposal(row)


def _proposal(row: Any) -> Proposal:
    id_, group, role, was, rule, *rest = row.values()
    return Proposal(id_, group, role, read_rule(was), read_rule(rule), *rest)
