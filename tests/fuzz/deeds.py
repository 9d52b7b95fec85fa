"""What the fuzz asks besides reveals: grants, scans, links, the matrix; each step draws on what earlier ones made."""

import random
import secrets
from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

import asyncpg
import uuid_utils.compat as uuids

from security.keeper.approval_messages import (
    ApprovalAsked,
    ApprovalItem,
    Approve,
    AskApproval,
    PresentGrant,
    WithdrawApproval,
)
from security.keeper.link_messages import (
    IssueLink,
    LinkIssued,
    LinkMade,
    MakeLink,
    ReadLink,
    SealByLink,
    WithdrawLink,
)
from security.keeper.messages import Done
from security.keeper.policy_messages import DecideRule, ProposeRule, RuleProposed
from security.keeper.scan_messages import BeginScan, DropScan, EndScan, OpenScan, ReadPiece, SealPiece
from security.keeper.vault_messages import SealItem
from security.policy.matrix import MATRIX
from security.policy.versions import rule_text
from security.sign_in.tokens import new_token, token_hash
from tests.security.keeper.agreeing import colleague
from tests.security.keeper.stage import PASSPORT, Stage, request

SCAN = bytes(range(256)) * 3  # one chunk
REMEMBERED = 8  # of each: what was made last, so that deeds come to their end
LINK_ADDRESS = "192.0.2.9"
_SCAN_ROW = (
    "insert into document_scan select $1, id, passenger_id, org_id, 'png', 1, 1, $2, now() from travel_document"
    " where passenger_id = $3 limit 1"
)
_TICKET = "insert into gate.grant_ticket (request_id, ticket_hash) values ($1, $2) on conflict do nothing"
_OPEN_REQUESTS = "select id from gate.approval_request order by id desc limit 40"


@dataclass
class People:
    """Sessions that have stepped up: who asks for grants and who agrees, who changes the matrix."""

    operations: str
    agreeing: str
    booker: str
    compliance: str
    administrator: str


def _few() -> deque[Any]:
    return deque(maxlen=REMEMBERED)


@dataclass
class Deeds:
    """Draws steps of deeds; what answers named is drawn on later, in any order and twice."""

    stage: Stage
    dice: random.Random
    people: People
    scan: UUID
    leg: UUID
    admin: "asyncpg.Pool[asyncpg.Record]"
    grants: deque[UUID] = field(default_factory=_few)
    links: deque[UUID] = field(default_factory=_few)
    tokens: deque[str] = field(default_factory=_few)
    proposals: deque[UUID] = field(default_factory=_few)
    uploads: deque[bytes] = field(default_factory=_few)
    sent: deque[bytes] = field(default_factory=_few)

    def draw(self) -> Any:
        """Draw a step of a grant, a scan, a link or the matrix."""
        kinds = (self._grant, self._scan, self._link, self._matrix)
        return self.dice.choices(kinds, (6, 6, 4, 1))[0]()

    def _one_of(self, made: deque[Any]) -> Any:
        """Draw the last one that was made, most often, or an earlier one."""
        return made[-1] if self.dice.random() < 0.7 else self.dice.choice(made)

    def _grant(self) -> Any:
        people, dice, one = self.people, self.dice, uuids.uuid7()
        if not self.grants or dice.random() < 0.25:
            items = [ApprovalItem(self.stage.mei, "passport.number")]
            where = f"eu_{self.stage.trip}"
            return AskApproval(
                people.operations, one, "export", items, "border_filing", where, "fuzz", "xlsx"
            )
        grant = self._one_of(self.grants)
        own = dice.random() < 0.05
        return dice.choice(
            [
                Approve(people.operations if own else people.agreeing, one, grant, "approve"),
                PresentGrant(one, grant, new_token()),
            ]
            * 4
            + [
                Approve(people.agreeing, one, grant, "decline"),
                WithdrawApproval(people.operations, one, grant),
            ]
        )

    def _scan(self) -> Any:
        people, dice, one = self.people, self.dice, uuids.uuid7()
        if dice.random() < 0.7:
            where = f"eu_{self.stage.trip}"
            shown = OpenScan(
                people.operations, one, self.stage.mei, self.scan, "border_filing", where, "fuzz"
            )
            token = people.operations if dice.random() < 0.8 else people.agreeing
            return dice.choice([shown, ReadPiece(token, self.scan, 0)])
        if not self.uploads or dice.random() < 0.2:
            self.uploads.append(dice.randbytes(16))
            return BeginScan(
                people.booker, one, self.uploads[-1], self.stage.mei, self.stage.org, one, len(SCAN)
            )
        upload = self._one_of(self.uploads)
        if upload in self.sent and dice.random() < 0.9:
            return EndScan(people.booker, upload)
        return dice.choice(
            [SealPiece(people.booker, upload, 0, SCAN)] * 8
            + [EndScan(people.booker, upload), DropScan(people.booker, upload)]
        )

    def _link(self) -> Any:
        people, dice, one = self.people, self.dice, uuids.uuid7()
        if not self.links or dice.random() < 0.1:
            return MakeLink(people.booker, one, self.stage.mei, self.stage.trip, self.leg, "ar")
        link = self._one_of(self.links)
        if dice.random() < 0.05:
            return WithdrawLink(people.booker, one, link)
        asks: list[Any] = [IssueLink(one, link, keep=dice.random() < 0.5)]
        if self.tokens:
            token = self._one_of(self.tokens)
            item = SealItem("passport.number", uuids.uuid7(), f"FUZZ{dice.randrange(10**6)}", "NLD")
            asks += [ReadLink(token, one, LINK_ADDRESS, open=dice.random() < 0.5)] * 2
            asks += [SealByLink(token, one, LINK_ADDRESS, [item])] * 2
        return dice.choice(asks)

    def _matrix(self) -> Any:
        people, dice, one = self.people, self.dice, uuids.uuid7()
        if not self.proposals or dice.random() < 0.4:
            usual = MATRIX.rule("finance", "iban")  # no reveal of the fuzz leans on it
            rule = usual if dice.random() < 0.5 else replace(usual, purposes=usual.purposes[:1])
            return ProposeRule(people.compliance, one, "bank_account", "finance", rule_text(rule), "fuzz")
        who = dice.choice([people.administrator, people.administrator, people.compliance])
        return DecideRule(
            who, one, dice.choice(self.proposals), dice.choice(["approve", "approve", "reject", "withdraw"])
        )

    async def prepare(self, ask: Any) -> None:
        """Put a ticket where a worker would, for two of three grants that are presented."""
        if isinstance(ask, PresentGrant) and self.dice.random() < 0.67:
            try:
                await self.admin.execute(_TICKET, ask.grant, token_hash(ask.ticket))
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                return  # the statement was one of those that are lost

    def learn(self, ask: Any, answer: Any) -> None:
        """Remember what an answer named."""
        match answer:
            case Done() if isinstance(ask, SealPiece):
                self.sent.append(ask.upload)
            case ApprovalAsked():
                self.grants.append(answer.id)
            case LinkMade():
                self.links.append(answer.link)
            case LinkIssued():
                self.tokens.append(answer.token)
            case RuleProposed():
                self.proposals.append(answer.proposal)

    async def find_lost(self) -> None:
        """Look up requests whose answers never came: they would fill what one person may have open."""
        try:
            rows = await self.admin.fetch(_OPEN_REQUESTS)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return
        self.grants.extend(row["id"] for row in rows)


async def deeds_on(stage: Stage, dice: random.Random, admin: "asyncpg.Pool[asyncpg.Record]") -> Deeds:
    """Put a passport and its scan on file and sign in who else is needed."""
    await stage.on_file("passport.number", PASSPORT)
    booker, row = await stage.sign_in("booker"), uuids.uuid7()
    head = await stage.client.seal_scan(booker, request(), stage.mei, stage.org, row, SCAN)
    await stage.owner.execute(_SCAN_ROW, row, head, stage.mei)
    leg = await stage.owner.fetchval("select id from leg where trip_id = $1", stage.trip)
    people = People(
        operations=await stage.stepped_up("operations"),
        agreeing=await colleague(stage, "operations", f"agreeing-{secrets.token_hex(3)}"),
        booker=booker,
        compliance=await stage.stepped_up("compliance"),
        administrator=await stage.stepped_up("administrator"),
    )
    return Deeds(stage, dice, people, row, leg, admin)
