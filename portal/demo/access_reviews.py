"""Access reviews of the demo: opened by the worker's own code as of the first of each month, most of them signed."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from audit.entry import Facts
from portal.attestations.rules import month_before, signing_role
from portal.attestations.work import open_access_reviews
from portal.demo.keeping import LedgerKeeper, Moment
from portal.demo.opened import Opened
from portal.demo.world import World
from portal.web.ids import new_id, outer

OPENS = time(5, 10, tzinfo=UTC)
LEFT_OPEN = ("operations", "sales")  # of the last month
ATTESTED, SIGNED = timedelta(days=2, hours=4), timedelta(days=3, hours=5)
_LINES = """
select l.id, l.code, l.account_id, r.id as review, r.month, r.role, r.digest, r.opened_at from access_line l
join access_review r on r.id = l.review_id where r.signed_at is null and r.opened_at = $1 order by r.role, l.code
"""
_ATTEST = """
update access_line set decision = 'keep', decided_by = $2, decided_name = $3, decided_at = $4 where id = $1
"""
_SIGN = "update access_review set signed_at = $2, signed_by = $3, signed_name = $4 where id = $1"


def openings(world: World) -> list[datetime]:
    """Give when reviews were opened: the first of the last two months, as far as the demo goes back."""
    this = world.now.replace(day=1)
    months = [month_before(world.now), this.date()]
    at = [datetime.combine(month, OPENS) for month in months]
    return [one for one in at if world.began_at + timedelta(days=1) < one < world.now - timedelta(minutes=1)]


async def open_reviews(ledger: LedgerKeeper, connection: Any, world: World, at: datetime) -> list[Moment]:
    """Open the reviews that are due at an instant; gives what compliance did about them afterwards."""
    await ledger.as_worker(at, lambda worker: open_access_reviews(worker, world.region, at))
    last = at == openings(world)[-1]
    lines = [
        line
        for line in await connection.fetch(_LINES, at)
        if not (last and line["role"] in LEFT_OPEN) and at + SIGNED < world.now
    ]
    return [moment async for moment in _signed(connection, world, lines)]


async def _signed(connection: Any, world: World, lines: Sequence[Any]) -> AsyncIterator[Moment]:
    by_review: dict[Any, list[Any]] = {}
    for line in lines:
        by_review.setdefault(line["review"], []).append(line)
    for review, people in by_review.items():
        signer = _signer(world, people)
        if signer is None:
            continue
        opened_at = people[0]["opened_at"]
        for person in people:
            values = (signer.id, signer.demo.name, opened_at + ATTESTED)
            await connection.execute(_ATTEST, person["id"], *values)
        await connection.execute(_SIGN, review, opened_at + SIGNED, signer.id, signer.demo.name)
        for moment in _moments(world, signer, people):
            yield moment


def _signer(world: World, people: Sequence[Any]) -> Opened | None:
    role, held = signing_role(people[0]["role"]), {person["account_id"] for person in people}
    return next((one for one in world.accounts if one.demo.role == role and one.id not in held), None)


def _moments(world: World, signer: Opened, people: Sequence[Any]) -> Iterator[Moment]:
    first = people[0]

    def stated(kind: str, document: dict[str, str]) -> Facts:
        return Facts(
            kind=kind,
            who=signer.code,
            role=signer.demo.role,
            request=new_id(),
            field="access",
            reference=outer(world.region, first["review"]),
            document=document,
        )

    attested = tuple(
        stated(
            "attestations:line:attested",
            {"account": person["code"], "role": person["role"], "decision": "keep"},
        )
        for person in people
    )
    yield Moment(first["opened_at"] + ATTESTED, web=attested)
    document = {
        "month": first["month"].isoformat(),
        "role": first["role"],
        "snapshot": first["digest"],
        "decisions": json.dumps({person["code"]: "keep" for person in people}, sort_keys=True),
    }
    yield Moment(first["opened_at"] + SIGNED, web=(stated("attestations:review:signed", document),))
