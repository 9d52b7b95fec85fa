"""What is done with access reviews: attested person by person, signed, its changes carried out. One entry each."""

import json
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from portal.attestations.forms import Attestation
from portal.attestations.queries import Line, Review, somebody
from portal.attestations.rules import REVIEWED
from portal.web.ids import outer
from portal.web.refusals import FormRefused, NotFound, Refusal
from portal.web.unit import Unit


class NotYours(Refusal):
    """Somebody else attests or signs this."""

    code = "attestations:not_yours"
    status = 403


class SignedAlready(Refusal):
    """The review is signed."""

    code = "attestations:signed_already"
    status = 409


class OwnAccess(Refusal):
    """Nobody decides about the own access."""

    code = "attestations:own_access"
    status = 403


class NotAllAttested(Refusal):
    """Somebody is not attested yet."""

    code = "attestations:not_all_attested"
    status = 409


FORBIDS: Mapping[str, type[Refusal]] = {
    kind.code: kind for kind in (NotYours, SignedAlready, OwnAccess, NotAllAttested)
}
_DECIDE = (
    "update access_line set decision = $2, to_role = $3, words = $4, decided_by = $5, decided_name = $6,"
    " decided_at = $7 where id = $1 and done_at is null and exists (select from access_review r where r.id = review_id"
    " and r.signed_at is null) returning true"
)


async def attest(unit: Unit, review: Review, line: Line, given: Attestation) -> None:
    """Say of one person: keeps, remove, or change. Raises what `FORBIDS` lists."""
    if forbidden := review.forbids_attesting(somebody(unit), line):
        raise FORBIDS[forbidden]
    decided = await unit.connection.fetchval(
        _DECIDE,
        line.id,
        given.decision,
        given.to_role,
        given.words,
        unit.who.account,
        unit.who.name,
        unit.at,
    )
    if not decided:
        raise SignedAlready
    document = {"account": line.code, "role": review.role, "decision": given.decision}
    await _record(unit, "attestations:line:attested", review, document)


async def _withdraw_removed(unit: Unit, review: Review) -> None:
    """Have the keeper end the accesses that are to be removed. Raises KeeperRefused."""
    for line in review.lines:
        if line.decision == "remove" and line.done_at is None:
            reference = outer(unit.settings.region, review.id)
            await unit.keeper.withdraw_access(unit.credential, unit.request, line.account, reference)


async def sign(unit: Unit, review: Review) -> None:
    """Have removed who is to be removed, and sign. The entry commits to the snapshot and to each decision.

    Raises what `FORBIDS` lists, KeeperRefused.
    """
    if forbidden := review.forbids_signing(somebody(unit)):
        raise FORBIDS[forbidden]
    await _withdraw_removed(unit, review)
    signed = await unit.connection.fetchval(
        "update access_review set signed_at = $2, signed_by = $3, signed_name = $4"
        " where id = $1 and signed_at is null returning true",
        review.id,
        unit.at,
        unit.who.account,
        unit.who.name,
    )
    if not signed:
        raise SignedAlready
    await _carried_out(unit, review, unit.at)
    decisions = {line.code: line.decision for line in review.lines}
    document = {
        "month": review.month.isoformat(),
        "role": review.role,
        "snapshot": review.digest,
        "decisions": json.dumps(decisions, sort_keys=True),
    }
    await _record(unit, "attestations:review:signed", review, document)


async def _carried_out(unit: Unit, review: Review, at: datetime) -> None:
    await unit.connection.execute(
        "update access_line set done_at = $2, done_name = $3 where review_id = $1 and decision = 'remove'",
        review.id,
        at,
        unit.who.name,
    )


async def note_change_made(unit: Unit, line: UUID) -> None:
    """Note that the administrator has changed somebody's role as a signed review wanted. Raises NotFound."""
    row = await unit.connection.fetchrow(
        "update access_line l set done_at = $2, done_name = $3 from access_review r where l.id = $1"
        " and r.id = l.review_id and l.decision = 'change' and l.done_at is null and r.signed_at is not null"
        " and l.account_id <> $4 returning r.id, l.code, r.role, l.to_role",
        line,
        unit.at,
        unit.who.name,
        unit.who.account,
    )
    if row is None:
        raise NotFound
    document = {"account": row["code"], "from": row["role"], "to": row["to_role"]}
    reference = outer(unit.settings.region, row["id"])
    await unit.record("attestations:change:made", field="access", reference=reference, document=document)


async def name_owner(unit: Unit, role: str, account: UUID | None) -> None:
    """Say whose a role is; None: nobody in particular. Reviews not signed yet go over. Raises FormRefused."""
    if role not in REVIEWED:
        raise FormRefused({"role": "web:invalid"})
    name = None
    if account is not None:
        row = await unit.connection.fetchrow(
            "select name, role from gate.access_holder where id = $1 and role <> 'auditor'", account
        )
        if row is None or (role == "compliance" and row["role"] == "compliance"):
            raise FormRefused({"account": "attestations:no_such_person"})
        name = row["name"]
    await _put_owner(unit, role, account, name)
    await unit.connection.execute(
        "update access_review set owner_id = $2, owner_name = $3 where role = $1 and signed_at is null",
        role,
        account,
        name,
    )
    await unit.connection.execute(
        "update access_line l set owner_id = $2 from access_review r"
        " where r.id = l.review_id and r.role = $1 and r.signed_at is null",
        role,
        account,
    )
    await unit.record("attestations:owner:named", field="access", document={"role": role})


async def _put_owner(unit: Unit, role: str, account: UUID | None, name: str | None) -> None:
    if account is None:
        await unit.connection.execute("delete from access_owner where role = $1", role)
        return
    await unit.connection.execute(
        "insert into access_owner (role, account_id, name, set_by, set_at) values ($1, $2, $3, $4, $5)"
        " on conflict (role) do update set account_id = excluded.account_id, name = excluded.name,"
        " set_by = excluded.set_by, set_at = excluded.set_at",
        role,
        account,
        name,
        unit.who.account,
        unit.at,
    )


async def _record(unit: Unit, kind: str, review: Review, document: Mapping[str, str]) -> None:
    reference = outer(unit.settings.region, review.id)
    await unit.record(kind, field="access", reference=reference, document=dict(document))
