"""What is done about findings and notes; the words stay in their rows, the entries hold commitments to them."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from audit.entry import reason_commitment
from portal.findings.forms import FindingInput, NoteInput, StepInput
from portal.findings.queries import Finding, count_seen
from portal.findings.rules import NOT_NOW, NOT_YOURS, SECOND, UNKNOWN, leads_to, problem
from portal.web.ids import new_id, outer
from portal.web.refusals import FormRefused, Refusal, Stale
from portal.web.unit import Unit


class StepRefused(Refusal):
    """This step cannot be taken."""

    code = NOT_NOW
    status = 409


class UnknownStep(StepRefused):
    """There is no such step."""

    code = UNKNOWN
    status = 422


class NotYourStep(StepRefused):
    """The step belongs to another role."""

    code = NOT_YOURS
    status = 403


class SecondNeeded(StepRefused):
    """Author and closer do not sign off."""

    code = SECOND
    status = 403


_REFUSALS: dict[str, type[StepRefused]] = {
    one.code: one for one in (StepRefused, UnknownStep, NotYourStep, SecondNeeded)
}


@dataclass(frozen=True, slots=True)
class _Said:
    """Somebody's words with the salt of the commitment to them."""

    words: str
    salt: bytes

    @property
    def commitment(self) -> str:
        return reason_commitment(self.salt, self.words)


_OPEN = (
    "insert into finding (id, title, severity, entries, due_on, state, language, author_id, author_name, opened_at,"
    " moved_at) values ($1, $2, $3, $4, $5, 'open', $6, $7, $8, $9, $9)"
)
_STEP = (
    "insert into finding_step (id, finding_id, kind, by_account, by_name, by_role, words, language, salt, commitment,"
    " at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
)
_NOTE = (
    "insert into ledger_note (id, author_id, author_name, entries, words, language, salt, commitment, at)"
    " values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
)
_MOVE = (
    "update finding set state = $3, moved_at = $4, version = version + 1, closer_id = case when $5 then $6::uuid"
    " when $3 = 'open' then null else closer_id end where id = $1 and version = $2 returning true"
)


def _say(words: str) -> _Said:
    return _Said(words, secrets.token_bytes(32))


async def _write_step(unit: Unit, finding: UUID, kind: str, said: _Said) -> None:
    who = unit.who
    by = (who.account, who.name, who.role)
    told = (said.words, unit.locale, said.salt.hex(), said.commitment)
    await unit.connection.execute(_STEP, new_id(), finding, kind, *by, *told, unit.at)


async def open_finding(unit: Unit, given: FindingInput) -> UUID:
    """Open a finding about entries that one may see. Raises FormRefused."""
    await _all_seen(unit, given.entries)
    made, said, who = new_id(), _say(given.words), unit.who
    await unit.connection.execute(
        _OPEN,
        made,
        given.title,
        given.severity,
        given.entries,
        given.due_on,
        unit.locale,
        who.account,
        who.name,
        unit.at,
    )
    await _write_step(unit, made, "open", said)
    await unit.record(
        "findings:finding:opened",
        field="finding",
        reference=outer(unit.settings.region, made),
        reason_commitment=said.commitment,
        document={
            "severity": given.severity,
            "due_on": given.due_on.isoformat(),
            "entries": " ".join(map(str, given.entries)),
        },
    )
    return made


async def take_step(unit: Unit, was: Finding, given: StepInput) -> None:
    """Take a finding one step further. Raises StepRefused, Stale."""
    code = problem(was.standing, given.step, unit.who.role, unit.who.account)
    if code is not None:
        raise _REFUSALS[code]
    state, said = leads_to(given.step), _say(given.words)
    closes = given.step == "close"
    moved = await unit.connection.fetchval(
        _MOVE, was.id, was.version, state, unit.at, closes, unit.who.account
    )
    if not moved:
        raise Stale
    await _write_step(unit, was.id, given.step, said)
    kinds = {
        "answer": "findings:finding:answered",
        "remediate": "findings:finding:remediated",
        "return": "findings:finding:returned",
        "close": "findings:finding:closed",
        "sign_off": "findings:finding:signed-off",
    }
    await unit.record(
        kinds[given.step],
        field="finding",
        reference=outer(unit.settings.region, was.id),
        reason_commitment=said.commitment,
        document={"state": state, "was": was.state},
    )


async def add_note(unit: Unit, given: NoteInput) -> UUID:
    """Note something on entries that one may see. Raises FormRefused."""
    await _all_seen(unit, given.entries)
    made, said, who = new_id(), _say(given.words), unit.who
    told = (said.words, unit.locale, said.salt.hex(), said.commitment)
    await unit.connection.execute(_NOTE, made, who.account, who.name, given.entries, *told, unit.at)
    await unit.record(
        "findings:note:added",
        field="ledger",
        reference=outer(unit.settings.region, made),
        reason_commitment=said.commitment,
        document={"entries": " ".join(map(str, given.entries))},
    )
    return made


async def _all_seen(unit: Unit, entries: list[int]) -> None:
    if await count_seen(unit.connection, entries) != len(entries):
        raise FormRefused({"entries": "findings:entries_unseen"})
