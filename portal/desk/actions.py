"""What is done with cases: opened by clients, taken, answered, handed over and closed by the desk. One entry each."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from portal.desk.clocks import CLOCKS
from portal.desk.forms import CaseInput, StepInput
from portal.desk.queries import CaseView, acted_in, org_of_subject
from portal.desk.rules import (
    TEAMS,
    Due,
    due_after_reply,
    due_at_opening,
    state_after,
    what_forbids,
)
from portal.desk.tables import CaseStep, DeskCase
from portal.web.ids import new_id, outer
from portal.web.refusals import FormRefused, NotFound, Refusal, Stale
from portal.web.unit import Unit

DONE = {
    "take": "taken",
    "answer": "answered",
    "hand_over": "handed_over",
    "reply": "replied",
    "close": "closed",
}


class NotYourStep(Refusal):
    """A step that only the client, or only the desk, takes."""

    code = "desk:not_your_step"
    status = 403


class AlreadyClosed(Refusal):
    """The case is closed."""

    code = "desk:already_closed"
    status = 409


class OtherTeam(Refusal):
    """The case is another team's."""

    code = "desk:other_team"
    status = 403


class AlreadyTaken(Refusal):
    """A colleague has it."""

    code = "desk:already_taken"
    status = 409


class TakeItFirst(Refusal):
    """Only whoever has taken a case answers or closes it."""

    code = "desk:take_it_first"
    status = 409


class OwnAct(Refusal):
    """The case is about an entry that this colleague made: somebody else looks into it."""

    code = "desk:own_act"
    status = 403


FORBIDS: Mapping[str, type[Refusal]] = {
    kind.code: kind for kind in (NotYourStep, AlreadyClosed, OtherTeam, AlreadyTaken, TakeItFirst, OwnAct)
}


async def open_case(unit: Unit, given: CaseInput) -> UUID:
    """Open a case of the actor's organisation; a traveller's is about himself. Raises NotFound, FormRefused."""
    org = unit.who.org
    if org is None:
        raise NotFound
    passenger = unit.who.passenger if unit.who.role == "traveller" else given.passenger
    if not await org_of_subject(unit, passenger, given.trip):
        raise FormRefused({"passenger": "desk:unknown_subject"})
    clock = CLOCKS[given.kind]
    due = due_at_opening(clock, unit.at)
    made = new_id()
    await DeskCase.insert(
        DeskCase(
            id=made,
            org_id=org,
            passenger_id=passenger,
            trip_id=given.trip,
            kind=given.kind,
            language=unit.who.locale,
            time_zone=unit.who.time_zone,
            team=clock.team,
            state="opened",
            respond_by=due.respond_by,
            solve_by=due.solve_by,
            opened_at=unit.at,
            version=1,
            entry=given.entry,
        )
    )
    await _put_step(unit, made, org, passenger, "opened", given.words, None)
    await unit.record(
        "desk:case:opened", subject=passenger, field="case", reference=outer(unit.settings.region, made)
    )
    return made


async def take_case(unit: Unit, was: CaseView) -> None:
    """Take a case that nobody has. Raises what `FORBIDS` lists, Stale."""
    await _step(unit, was, StepInput("take", "", None), was.due, unit.who.account)
    await _record(unit, was, "desk:case:taken")


async def answer_case(unit: Unit, was: CaseView, given: StepInput) -> None:
    """Answer the client; the clock of the first response stops. Raises what `FORBIDS` lists, Stale."""
    await _step(unit, was, given, Due(None, was.solve_by), was.holder)
    await _record(unit, was, "desk:case:answered")


async def hand_over_case(unit: Unit, was: CaseView, given: StepInput) -> None:
    """Give a case to a team with a note that the client does not see. Raises what `FORBIDS` lists, Stale."""
    await _step(unit, was, given, was.due, None)
    await _record(unit, was, "desk:case:handed-over")


async def reply_to_case(unit: Unit, was: CaseView, given: StepInput) -> None:
    """Write again as the client; an answer is owed anew. Raises what `FORBIDS` lists, Stale."""
    await _step(unit, was, given, due_after_reply(CLOCKS[was.kind], was.due, unit.at), was.holder)
    await _record(unit, was, "desk:case:replied")


async def close_case(unit: Unit, was: CaseView, given: StepInput) -> None:
    """Close a case, by the client or by the colleague who has it. Raises what `FORBIDS` lists, Stale."""
    await _step(unit, was, given, Due(None, None), None)
    await _record(unit, was, "desk:case:closed")


async def _record(unit: Unit, was: CaseView, kind: str) -> None:
    await unit.record(
        kind, subject=was.passenger, field="case", reference=outer(unit.settings.region, was.id)
    )


async def _step(unit: Unit, was: CaseView, given: StepInput, due: Due, holder: UUID | None) -> None:
    """Write the case as it stands after a step, and the step, unless a rule or a colleague was before."""
    role = unit.who.role
    if forbidden := what_forbids(given.step, was.stands(unit.who.account), role):
        raise FORBIDS[forbidden]
    if role in TEAMS and was.entry is not None and await acted_in(unit, was.id):
        raise OwnAct
    values: dict[Any, Any] = {
        "state": state_after(given.step, held=was.holder is not None),
        "holder_id": holder,
        "holder_name": _holder_name(unit, was, holder),
        "respond_by": due.respond_by,
        "solve_by": due.solve_by,
        "version": was.version + 1,
    }
    if role in TEAMS:
        values["team"] = given.team or was.team
    changed = (
        await DeskCase.update(values)
        .where((DeskCase.id == was.id) & (DeskCase.version == was.version))
        .returning(DeskCase.id)
    )
    if not changed:
        raise Stale
    await _put_step(unit, was.id, was.org, was.passenger, DONE[given.step], given.words, given.team)


def _holder_name(unit: Unit, was: CaseView, holder: UUID | None) -> str | None:
    if holder is None:
        return None
    return unit.who.name if holder == unit.who.account else was.holder_name


async def _put_step(
    unit: Unit, case: UUID, org: UUID, passenger: UUID | None, kind: str, words: str, team: str | None
) -> None:
    await CaseStep.insert(
        CaseStep(
            id=new_id(),
            case_id=case,
            org_id=org,
            passenger_id=passenger,
            kind=kind,
            by_account=unit.who.account,
            by_name=unit.who.name,
            by_role=unit.who.role,
            team=team,
            words=words,
            at=unit.at,
        )
    )
