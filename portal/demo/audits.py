"""Auditors at work in the demo: one from outside, two findings, a note, a report on a rhythm and an old extract."""

import hashlib
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from audit.entry import Facts, reason_commitment, timestamp
from audit.jcs import canonical
from portal.demo.dice import dice
from portal.demo.keeping import Moment
from portal.demo.opened import Opened
from portal.demo.world import World
from portal.extracts.rules import next_run
from portal.findings.rules import leads_to
from portal.web.ids import new_id

ROOMS = ["approvals", "exports", "passengers", "security"]
INVITED, ENDS = timedelta(days=21), timedelta(days=40)
PAGES = ("/ledger", "/ledger", "/ledger/entries/120", "/findings", "/own-access")
FILTER = {"decision": "deny"}
WEEKLY = ("weekly", 0, 7)
_EXTERNAL = (
    "insert into gate.external_auditor"
    " (account_id, firm, invited_by, invited_at, starts_at, ends_at, rooms, accepted_at)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8)"
)
_FINDING = (
    "insert into finding (id, title, severity, entries, due_on, state, language, author_id, author_name, opened_at,"
    " moved_at, version) values ($1, $2, $3, '{0}', $4, $5, $6, $7, $8, $9, $10, $11)"
)
_STEP = (
    "insert into finding_step (id, finding_id, kind, by_account, by_name, by_role, words, language, salt, commitment,"
    " at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
)
_NOTE = (
    "insert into ledger_note (id, author_id, author_name, entries, words, language, salt, commitment, at)"
    " values ($1, $2, $3, '{0}', $4, $5, $6, $7, $8)"
)
_SCHEDULE = (
    "insert into report_schedule (id, account_id, title, layout, filter, language, rhythm, day, hour, time_zone,"
    " next_at, created_at) values ($1, $2, $3, 'xlsx', $4, $5, $6, $7, $8, $9, $10, $11)"
)
_EXTRACT = (
    "insert into ledger_extract (id, account_id, layout, filter, language, state, done, total, seconds, requested_at,"
    " ready_at, expires_at) values ($1, $2, 'csv', $3, $4, 'expired', 214, 214, 1, $5, $5, $6)"
)
_ABOUT = (
    "update finding set entries = chosen.indexes from (select array_agg(index order by index) as indexes"
    " from (select index from ledger_leaf"
    " where act = any ($2) and dec = $3 and ts < $4 order by index desc limit 3) l) chosen"
    " where id = $1 and chosen.indexes is not null"
)
_NOTED = (
    "update ledger_note n set entries = f.entries from finding f"
    " where f.severity = 'high' and n.author_id = f.author_id"
)
STEP_KINDS = {
    "open": "findings:finding:opened",
    "answer": "findings:finding:answered",
    "remediate": "findings:finding:remediated",
}


@dataclass(frozen=True, slots=True)
class Words:
    """A step of a finding, or a note: whose words, when, and their commitment."""

    kind: str
    by: Opened
    text: str
    at: datetime

    @property
    def salt(self) -> bytes:
        """A salt of the demo's own, the same at each asking."""
        return hashlib.sha256(f"{self.by.code}{self.text}".encode()).digest()

    @property
    def commitment(self) -> str:
        """What the entry holds of the words."""
        return reason_commitment(self.salt, self.text)


@dataclass(frozen=True, slots=True)
class Found:
    """A finding with its steps."""

    id: UUID
    said: dict[str, Any]
    author: Opened
    steps: list[Words]


@dataclass(frozen=True, slots=True)
class Audits:
    """Who audits, and what they made."""

    inside: Opened
    outside: Opened
    compliance: Opened
    findings: list[Found]
    note: Words
    ids: dict[str, UUID]


@cache
def _written() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("audits.toml").read_text("utf-8"))


def is_outside(one: Opened) -> bool:
    """Whether this is an auditor from outside, who makes no visits but those told here."""
    return bool(one.demo.firm)


def plan_audits(world: World) -> Audits | None:
    """Say what auditors of this region did, if it has one from outside."""
    auditors = [one for one in world.accounts if one.demo.role == "auditor"]
    outside = next((one for one in auditors if is_outside(one)), None)
    if outside is None:
        return None
    inside = next(one for one in auditors if not is_outside(one))
    compliance = next(one for one in world.accounts if one.demo.role == "compliance")
    made = [_finding(world, said, (inside, outside), compliance) for said in _written()["finding"]]
    noted = _written()["note"]
    note = Words(
        "note", inside, _say(noted["words"], inside), world.now - timedelta(days=noted["ago"], hours=2)
    )
    ids = {name: new_id() for name in ("note", "schedule", "extract")}
    return Audits(inside, outside, compliance, made, note, ids)


def _finding(
    world: World, said: dict[str, Any], auditors: tuple[Opened, Opened], compliance: Opened
) -> Found:
    author = auditors[said["who"]]
    steps = []
    for step in said["step"]:
        by = author if step["kind"] == "open" else compliance
        at = world.now - timedelta(days=step["ago"], hours=3)
        steps.append(Words(step["kind"], by, _say(step["words"], by), at))
    return Found(new_id(), said, author, steps)


def _say(texts: dict[str, str], who: Opened) -> str:
    return texts.get(who.demo.locale, texts["en"])


async def store_audits(connection: Any, world: World, made: Audits) -> None:
    """Write who was let in, findings, note, schedule and the old extract."""
    began = world.now - INVITED
    await connection.execute(
        _EXTERNAL,
        made.outside.id,
        made.outside.demo.firm,
        made.compliance.id,
        began,
        began,
        world.now + ENDS,
        ROOMS,
        began + timedelta(hours=2),
    )
    for one in made.findings:
        await _store_finding(connection, world, one)
    note, me = made.note, made.inside
    told = (note.text, me.demo.locale, note.salt.hex(), note.commitment, note.at)
    await connection.execute(_NOTE, made.ids["note"], me.id, me.demo.name, *told)
    title, text = _say(_written()["schedule"]["title"], me), canonical(FILTER).decode()
    when = (*WEEKLY, me.demo.time_zone)
    due = next_run(*when, world.now)
    began = world.now - timedelta(days=2)
    await connection.execute(
        _SCHEDULE, made.ids["schedule"], me.id, title, text, me.demo.locale, *when, due, began
    )
    asked = world.now - timedelta(days=16)
    gone = asked + timedelta(days=7)
    await connection.execute(_EXTRACT, made.ids["extract"], me.id, text, me.demo.locale, asked, gone)


async def _store_finding(connection: Any, world: World, one: Found) -> None:
    opened, last = one.steps[0], one.steps[-1]
    state = "open" if last.kind == "open" else leads_to(last.kind)
    due = (world.now + timedelta(days=one.said["due"])).date()
    title = _say(one.said["title"], one.author)
    by = (one.author.demo.locale, one.author.id, one.author.demo.name)
    await connection.execute(
        _FINDING, one.id, title, one.said["severity"], due, state, *by, opened.at, last.at, len(one.steps)
    )
    for step in one.steps:
        who = (step.by.id, step.by.demo.name, step.by.demo.role)
        told = (step.text, step.by.demo.locale, step.salt.hex(), step.commitment, step.at)
        await connection.execute(_STEP, new_id(), one.id, step.kind, *who, *told)


async def point_to_findings(connection: Any, made: Audits) -> None:
    """Choose the entries that findings are about, now that the ledger is kept."""
    for one in made.findings:
        decision = "deny" if one.said.get("denied") else "allow"
        await connection.execute(_ABOUT, one.id, one.said["kinds"], decision, one.steps[0].at)
    await connection.execute(_NOTED)


def audit_moments(world: World, made: Audits) -> Iterator[Moment]:
    """Give the entries of all this."""
    yield from _let_in(world, made)
    for one in made.findings:
        for step in one.steps:
            document = {"severity": one.said["severity"]} if step.kind == "open" else None
            reference = world.outer(one.id)
            more = {"field": "finding", "reference": reference, "reason_commitment": step.commitment}
            yield Moment(step.at, web=(_by(step.by, STEP_KINDS[step.kind], document=document, **more),))
    note = made.note
    more = {
        "field": "ledger",
        "reference": world.outer(made.ids["note"]),
        "reason_commitment": note.commitment,
    }
    yield Moment(note.at, web=(_by(made.inside, "findings:note:added", **more),))
    yield from _extracted(world, made)
    yield from _former(world, made)
    for one in made.findings:
        listed = _by(made.compliance, "findings:list:viewed", field="finding", tier="clear")
        about = {"field": "finding", "tier": "clear", "reference": world.outer(one.id)}
        looked = _by(made.compliance, "findings:finding:viewed", **about)
        yield Moment(one.steps[0].at + timedelta(hours=1), web=(listed, looked))


def _let_in(world: World, made: Audits) -> Iterator[Moment]:
    began, code = world.now - INVITED, made.outside.code
    limits = {
        "starts_at": timestamp(began),
        "ends_at": timestamp(world.now + timedelta(days=10)),
        "rooms": " ".join(ROOMS),
    }
    invited = _by(made.compliance, "auditors:account:invited", reference=code, document=limits)
    issued = _system("auditors:invitation:issued", "keeper", reference=code)
    sent = _system("auditors:invitation:sent", "worker")
    yield Moment(began, keeper=(invited, issued), worker=(sent,))
    again = _by(made.compliance, "auditors:invitation:repeated", field="auditor", reference=code)
    yield Moment(began + timedelta(hours=1), keeper=(issued,), web=(again,), worker=(sent,))
    moved = {"ends_at": timestamp(world.now + ENDS), "was": timestamp(world.now + timedelta(days=10))}
    longer = _by(made.compliance, "auditors:account:extended", reference=code, document=moved)
    yield Moment(world.now - timedelta(days=5), keeper=(longer,))
    accepted = _by(made.outside, "auditors:invitation:accepted")
    yield Moment(began + timedelta(hours=2), keeper=(accepted,))
    chance = dice(f"audits/{world.region}")
    for day in range(19, 0, -3):
        at = world.now - timedelta(days=day, minutes=chance.randint(0, 300))
        yield Moment(at, keeper=(_by(made.outside, "security:session:opened"),))
        for nth, page in enumerate(chance.sample(PAGES, 3), 1):
            asked = {"method": "GET", "asked": "decision=deny" if page == "/ledger" else ""}
            looked = _by(made.outside, "auditors:access:made", field="ledger", reference=page, document=asked)
            yield Moment(at + timedelta(minutes=nth * 4), web=(looked,))
    listed = _by(made.compliance, "auditors:list:viewed", field="auditor", tier="clear")
    yield Moment(world.now - timedelta(days=3), web=(listed,))


def _extracted(world: World, made: Audits) -> Iterator[Moment]:
    asked = world.now - timedelta(days=16)
    about = {"field": "ledger", "via": world.outer(made.ids["extract"])}
    told = {"filters": "decision=deny", "layout": "csv"}
    yield Moment(asked, web=(_by(made.inside, "extracts:extract:requested", document=told, **about),))
    yield Moment(asked + timedelta(seconds=2), worker=(_system("extracts:extract:built", "worker", **about),))
    taken = _by(made.inside, "extracts:extract:downloaded", **about)
    yield Moment(asked + timedelta(minutes=1), web=(taken,))
    gone = _system("extracts:extract:removed", "worker", **about)
    yield Moment(asked + timedelta(days=7), worker=(gone,))
    scheduled = {"field": "ledger", "via": world.outer(made.ids["schedule"])}
    when = {"filters": "decision=deny", "layout": "xlsx", "rhythm": "weekly", "day": "0", "hour": "7"}
    made_one = _by(made.inside, "extracts:schedule:made", document=when, **scheduled)
    yield Moment(world.now - timedelta(days=2), web=(made_one,))


def _former(world: World, made: Audits) -> Iterator[Moment]:
    """Give the entries of a monthly report of before: it ran once, rested for a while, and was deleted."""
    about = {"field": "ledger", "via": world.outer(new_id())}
    run = {"field": "ledger", "via": world.outer(new_id())}
    when = {"filters": "", "layout": "csv", "rhythm": "monthly", "day": "1", "hour": "7"}
    began = world.now - timedelta(days=50)
    yield Moment(began, web=(_by(made.inside, "extracts:schedule:made", document=when, **about),))
    ran = began + timedelta(days=9)
    yield Moment(ran, worker=(_system("extracts:report:begun", "worker", **run),))
    done = _system("extracts:extract:built", "worker", **run)
    sent = _system("extracts:report:sent", "worker", via=run["via"])
    yield Moment(ran + timedelta(seconds=3), worker=(done, sent))
    for days, deed in ((12, "paused"), (20, "resumed"), (27, "removed")):
        changed = _by(made.inside, f"extracts:schedule:{deed}", **about)
        yield Moment(began + timedelta(days=days), web=(changed,))


def _by(one: Opened, kind: str, **more: Any) -> Facts:
    return Facts(kind=kind, who=one.code, role=one.demo.role, request=new_id(), **more)


def _system(kind: str, who: str, **more: Any) -> Facts:
    return Facts(kind=kind, who=who, role="system", request=new_id(), **more)
