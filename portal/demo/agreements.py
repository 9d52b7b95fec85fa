"""Requests at different stages: asked, decided, used, reviewed; rows and the entries that belong to them."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from audit.catalogue import kind_of_field
from audit.entry import Facts, reason_commitment
from portal.demo.keeping import Moment
from portal.demo.opened import Opened
from portal.demo.world import World
from portal.web.ids import new_id
from security.keeper.deciding import KINDS
from security.keeper.standing import reason_salt
from security.policy.approvals import APPROVALS, BREAK_GLASS, EXPORT, approvers_of
from security.policy.matrix import MATRIX

PASSPORT = "passport.number"
SEVERAL, MOST = 2, 6  # values of a file
REQUEST = (
    "id kind account_id role org_id purpose reference_id reason salt needs approvers layout state asked_at expires_at"
    " usable_until ended_at entry"
)
ITEM = "id request_id subject_id field row_id opened_at"
VOTE = "id request_id need account_id role decision words at entry"
REVIEW = "id org_id opened_at due_at told_at finding words language reviewer_id reviewer_name closed_at"
FILE = "id org_id trip_id account_id layout state records downloads begun_at built_at expires_at ended_at"
_ENTRY = (
    "update gate.approval_{} r set entry = l.index from ledger_leaf l where l.act = $1"
    " and l.leaf like '%\"via\":\"' || $2 || '_' || r.{} || '\"%'"
)


@dataclass(frozen=True, slots=True)
class Agreement:
    """One request with what became of it."""

    said: dict[str, Any]
    id: UUID
    asker: Opened
    voter: Opened | None
    reviewer: Opened | None
    org: UUID
    trip: UUID
    items: Sequence[tuple[UUID, UUID]]  # passenger, row
    asked_at: datetime
    salt: bytes

    @property
    def kind(self) -> str:
        """What kind of request."""
        return str(self.said["kind"])

    @property
    def decided_at(self) -> datetime:
        """When it was decided."""
        return self.asked_at + timedelta(minutes=self.said.get("after", 0))

    @property
    def used_at(self) -> datetime | None:
        """When it was used, if it was."""
        return self.decided_at + timedelta(minutes=2) if self.said["end"] == "used" else None

    def words(self, name: str, who: Opened) -> str:
        """Give a text in somebody's language."""
        texts: dict[str, str] = self.said.get(name, {})
        return texts.get(who.demo.locale, texts.get("en", ""))


@cache
def _written() -> list[dict[str, Any]]:
    read = tomllib.loads(Path(__file__).with_name("agreements.toml").read_text("utf-8"))
    return list(read["request"])


def plan_agreements(world: World, orgs: Mapping[str, UUID], link_key: bytes) -> list[Agreement]:
    """Give the requests that people of this region could have made."""
    made = []
    for nth, said in enumerate(_written()):
        asker = _who(world, said["who"])
        found = _about(world, said, nth)
        if found is not None:
            org, trip, items = found
            key = new_id()
            voter, reviewer = (
                _who(world, said[name]) if name in said else None for name in ("voter", "reviewer")
            )
            began = world.now - timedelta(minutes=said["ago"])
            salt = reason_salt(link_key, key)
            made.append(Agreement(said, key, asker, voter, reviewer, orgs[org], trip, items, began, salt))
    return made


def _who(world: World, wanted: Sequence[Any]) -> Opened:
    found: list[Opened] = [one for one in world.accounts if one.demo.role == wanted[0]]
    return found[int(wanted[1]) % len(found)]


def _about(
    world: World, said: dict[str, Any], nth: int
) -> tuple[str, UUID, Sequence[tuple[UUID, UUID]]] | None:
    """Choose a trip that fits, and those aboard who have a passport."""
    at = world.now - timedelta(minutes=said["ago"])
    glass = said["kind"] == BREAK_GLASS
    for trip in world.trips_at(at)[nth * 3 :]:
        aboard = [person for person in trip.passengers if world.joined[person] < at]
        opens = bool(aboard) and all(world.opens(trip, person, at) for person in aboard)
        rows = [(person, row) for person in aboard for row in _passports(world, person)]
        enough = len(rows) >= (SEVERAL if said["kind"] == EXPORT else 1)
        if enough and opens != glass and trip.state in {"confirmed", "flown"}:
            return trip.org, trip.id, rows[:MOST] if said["kind"] == EXPORT else rows[:1]
    return None


def _passports(world: World, person: UUID) -> list[UUID]:
    return [row for field, row in world.by_id[person].values if field == PASSPORT][:1]


async def store_agreements(connection: Any, made: Sequence[Agreement]) -> None:
    """Write requests, values, votes, reviews and files as they stand now."""
    tables: dict[str, tuple[str, list[tuple[Any, ...]]]] = {
        "approval_request": (REQUEST, [_request(one) for one in made]),
        "approval_item": (ITEM, [row for one in made for row in _items(one)]),
        "approval_vote": (VOTE, [row for one in made for row in _votes(one)]),
    }
    for table, (columns, rows) in tables.items():
        await connection.copy_records_to_table(
            table, schema_name="gate", columns=columns.split(), records=rows
        )
    reviews = [_review(one) for one in made if one.kind == BREAK_GLASS]
    await connection.copy_records_to_table("break_glass_review", columns=REVIEW.split(), records=reviews)
    files = [_file(one) for one in made if one.kind == EXPORT and one.used_at]
    await connection.copy_records_to_table("bulk_export", columns=FILE.split(), records=files)


def _request(one: Agreement) -> tuple[Any, ...]:
    end = one.said["end"]
    state = "approved" if end in {"used", "lapsed"} else end
    usable = one.decided_at + APPROVALS.usable[one.kind] if state == "approved" else None
    approvers = list(approvers_of(one.kind, PASSPORT, one.said["purpose"], MATRIX))
    about = (one.org, one.said["purpose"], one.trip, one.words("reason", one.asker), one.salt)
    layout = "xlsx" if one.kind == EXPORT else None
    waits = one.asked_at + APPROVALS.waits[one.kind]
    ended = one.decided_at if state == "declined" else None
    who = (one.id, one.kind, one.asker.id, one.asker.demo.role)
    return (*who, *about, ["second_person"], approvers, layout, state, one.asked_at, waits, usable, ended, 0)


def _items(one: Agreement) -> Iterator[tuple[Any, ...]]:
    for subject, row in one.items:
        yield (new_id(), one.id, subject, PASSPORT, row, one.used_at)


def _votes(one: Agreement) -> Iterator[tuple[Any, ...]]:
    if one.voter is not None:
        decision = "decline" if one.said["end"] == "declined" else "approve"
        words = one.words("words", one.voter) if decision == "decline" else ""
        by = (one.voter.id, one.voter.demo.role, decision, words, one.decided_at, 0)
        yield (new_id(), one.id, "second_person", *by)


def _review(one: Agreement) -> tuple[Any, ...]:
    at = one.decided_at
    owed = (one.id, one.org, at, at + APPROVALS.review, at)
    reviewer = one.reviewer
    if reviewer is None:
        return (*owed, None, "", None, None, None, None)
    closed = at + timedelta(hours=5)
    return (
        *owed,
        one.said["finding"],
        one.words("words", reviewer),
        reviewer.demo.locale,
        reviewer.id,
        reviewer.demo.name,
        closed,
    )


def _file(one: Agreement) -> tuple[Any, ...]:
    at = one.decided_at
    ends = at + APPROVALS.kept
    return (one.id, one.org, one.trip, one.asker.id, "xlsx", "expired", len(one.items), 1, at, at, ends, ends)


def moments_of(world: World, made: Sequence[Agreement]) -> Iterator[Moment]:
    """Give the entries of what was asked, decided and opened."""
    for one in made:
        asked = {"kind": one.kind, "needs": "second_person", "items": str(len(one.items))}
        commitment = reason_commitment(one.salt, one.words("reason", one.asker))
        made_facts = _facts(
            world, one, one.asker, "approvals:request:made", document=asked, reason_commitment=commitment
        )
        yield Moment(one.asked_at, keeper=(made_facts,))
        if one.voter is not None:
            decision = "decline" if one.said["end"] == "declined" else "approve"
            decided = _facts(world, one, one.voter, KINDS[decision], document={"kind": one.kind})
            yield Moment(one.decided_at, keeper=(decided,))
        if one.used_at is not None:
            yield Moment(one.used_at, keeper=tuple(_opened(world, one)))


def _opened(world: World, one: Agreement) -> Iterator[Facts]:
    by = one.voter if one.kind == EXPORT and one.voter else one.asker
    for subject, row in one.items:
        yield Facts(
            kind=kind_of_field(PASSPORT, "revealed"),
            who=by.code,
            role=by.demo.role,
            request=new_id(),
            subject=subject,
            field=PASSPORT,
            tier="clear",
            purpose=one.said["purpose"],
            reference=world.outer(one.trip),
            dek=world.by_id[subject].values[PASSPORT, row].dek,
            via=world.outer(one.id),
        )


def _facts(world: World, one: Agreement, by: Opened, kind: str, **more: Any) -> Facts:
    many = one.kind == EXPORT
    return Facts(
        kind=kind,
        who=by.code,
        role=by.demo.role,
        request=new_id(),
        subject=None if many else one.items[0][0],
        members=tuple(dict.fromkeys(person for person, _ in one.items)) if many else (),
        field="manifest" if many else PASSPORT,
        purpose=one.said["purpose"],
        reference=world.outer(one.trip),
        via=world.outer(one.id),
        **more,
    )


async def point_to_entries(connection: Any, region: str) -> None:
    """Write beside each request and vote which entry says it, now that the ledger is kept."""
    await connection.execute(_ENTRY.format("request", "id"), "approvals:request:made", region)
    for kind in KINDS.values():
        await connection.execute(_ENTRY.format("vote", "request_id"), kind, region)
