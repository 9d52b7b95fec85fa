"""The API of changes and notices."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from portal.notices import shapes
from portal.notices.actions import Change, NotConfirmed, Wanted, answer_notice, make_change, preview_change
from portal.notices.forms import read_answer, read_change, read_note
from portal.notices.legs import leg_in, legs_of, version_of
from portal.notices.queries import STATES, AnswerView, NoticeView, answers_to, find_notices, notice
from portal.notices.rules import Difference
from portal.notices.telling import Word
from portal.notices.words import Reader, Said, say_differences
from portal.trips.airports import airport
from portal.trips.queries import trip as trip_view
from portal.web.cursors import read_limit
from portal.web.forms import checked_texts
from portal.web.gate import allow
from portal.web.idempotency import claim, settle
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view
from security.actor import CLIENT_ROLES

TAGS = ["notices"]
CHANGES = frozenset({"operations"})
KEEPS = frozenset({"operations", "service_agent"})
READS = CLIENT_ROLES | KEEPS
BASE = "/api/v1/notices"
Shown = Response[shapes.ChangeOut]


def difference_out(region: str, one: Difference) -> shapes.DifferenceOut:
    """Write one difference as programs read it."""
    leg = outer(region, UUID(one.after.id))
    if one.field in {"departs", "arrives"}:
        name = one.field
        return shapes.DifferenceOut(
            leg=leg,
            field=f"{name}_at",
            old=getattr(one.before, f"{name}_at"),
            new=getattr(one.after, f"{name}_at"),
            old_local=getattr(one.before, f"{name}_local"),
            new_local=getattr(one.after, f"{name}_local"),
        )
    old, new = one.before.value(one.field)[0], one.after.value(one.field)[0]
    if one.field in {"from", "to"}:
        old, new = airport(old).code, airport(new).code
    return shapes.DifferenceOut(leg=leg, field=one.field, old=old, new=new)


def differences_out(region: str, found: Sequence[Difference]) -> list[shapes.DifferenceOut]:
    """Write differences as programs read them."""
    return [difference_out(region, one) for one in found]


def said_out(said: Sequence[Said]) -> list[shapes.SaidOut]:
    """Write the words of a notice."""
    return [shapes.SaidOut(one.heading, list(one.lines)) for one in said]


def recipient_out(
    region: str, passenger: UUID | None, member: UUID | None, locale: str | None = None
) -> shapes.RecipientOut:
    """Write whom a notice is for."""
    return shapes.RecipientOut(
        passenger=outer(region, passenger) if passenger else None,
        member=outer(region, member) if member else None,
        locale=locale,
    )


def _word_out(region: str, word: Word) -> shapes.WordOut:
    person = word.person
    return shapes.WordOut(
        id=outer(region, word.notice) if word.notice else None,
        recipient=recipient_out(region, person.passenger, person.member, person.locale),
        kind=word.kind,
        grade=word.grade,
        content_hash=word.hash,
        diff=differences_out(region, word.found),
        text=said_out(say_differences(person.reader, word.found)),
    )


def _change_out(region: str, change: Change) -> shapes.ChangeOut:
    return shapes.ChangeOut(
        id=outer(region, change.id) if change.id else None,
        trip=outer(region, change.trip),
        diff=differences_out(region, change.found),
        grade=change.grade,
        regimes=[],
        notices=[_word_out(region, word) for word in change.words],
    )


def notice_out(unit: Unit, view: NoticeView, answers: Sequence[AnswerView]) -> shapes.NoticeOut:
    """Write a notice, in the words of who reads it."""
    region = unit.settings.region
    said = say_differences(Reader(unit.locale, unit.who.time_zone), view.found)
    return shapes.NoticeOut(
        id=outer(region, view.id),
        trip=outer(region, view.trip),
        reference=view.reference,
        recipient=recipient_out(region, view.passenger, view.member),
        kind=view.kind,
        grade=view.grade,
        state=view.state,
        content_hash=view.content_hash,
        diff=differences_out(region, view.found),
        text=said_out(said),
        created_at=view.created_at,
        due_at=view.due_at,
        sent_at=view.sent_at,
        settled_at=view.settled_at,
        answers=[shapes.AnswerOut(one.answer, one.comment, one.via, one.at) for one in answers],
    )


async def read_wanted(unit: Unit, trip: UUID, data: shapes.ChangeIn) -> Wanted:
    """Read what a leg shall be over what it is. Raises FormRefused, NoSuchLeg, NotConfirmed, TripNotFound."""
    if (await trip_view(unit, trip)).state != "confirmed":
        raise NotConfirmed
    leg = inner(unit.settings.region, data.leg)
    was = leg_in(await legs_of(unit.connection, trip), leg)
    version = await version_of(unit.connection, leg) if data.version is None else data.version
    return Wanted(read_change(checked_texts(data.set.fields()), was, unit.at), version, read_note(data.note))


@post("/api/v1/trips/{wanted:str}/changes", opt=allow(CHANGES), tags=TAGS, status_code=201)
async def change_trip(
    request: Request[Any, Any, Any],
    wanted: FromPath[str],
    data: JSONBody[shapes.ChangeIn],
    preview: FromQuery[bool] = False,  # noqa: FBT002 -- a query parameter
) -> Shown:
    """Change a leg of a confirmed trip and tell everybody it concerns; `preview=true` changes nothing."""
    unit = unit_of(request)
    region = unit.settings.region
    trip = inner(region, wanted)
    if preview:
        seen = await preview_change(unit, trip, await read_wanted(unit, trip, data))
        return Response(_change_out(region, seen), status_code=200)
    claimed = await claim(request, unit)
    if claimed and claimed.location:
        return Response(await _made_before(unit, trip, claimed.location), status_code=201)
    made = await make_change(unit, trip, await read_wanted(unit, trip, data))
    out = _change_out(region, made)
    where = f"/api/v1/trips/{wanted}/changes/{out.id}"
    await settle(unit, claimed, 201, where)
    return Response(out, status_code=201)


async def _made_before(unit: Unit, trip: UUID, location: str) -> shapes.ChangeOut:
    """Answer a repeated request: the change that was made, with the notices it is the last word of."""
    region = unit.settings.region
    change = inner(region, location.rpartition("/")[2])
    found = [view for view in (await find_notices(unit, trip=trip, limit=200)).items if view.change == change]
    row = await unit.connection.fetchrow("select grade from itinerary_change where id = $1", change)
    words = [
        shapes.WordOut(
            id=outer(region, view.id),
            recipient=recipient_out(region, view.passenger, view.member),
            kind=view.kind,
            grade=view.grade,
            content_hash=view.content_hash,
            diff=differences_out(region, view.found),
            text=said_out(say_differences(Reader(unit.locale, unit.who.time_zone), view.found)),
        )
        for view in found
    ]
    return shapes.ChangeOut(
        id=outer(region, change),
        trip=outer(region, trip),
        diff=words[0].diff if words else [],
        grade=row["grade"],
        regimes=[],
        notices=words,
    )


@get(BASE, opt=allow(READS), tags=TAGS)
async def list_notices(
    request: Request[Any, Any, Any],
    only: Annotated[str | None, QueryParameter(name="state")] = None,
    trip: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[str | None] = None,
) -> shapes.NoticeList:
    """List notices, newest first: one's own, or those of one's organisation; the desk sees all."""
    unit = unit_of(request)
    if only is not None and only not in STATES:
        raise FormRefused({"state": "web:invalid"})
    about = inner(unit.settings.region, trip) if trip else None
    found = await find_notices(unit, state=only, trip=about, cursor=cursor, limit=read_limit(limit))
    answers = await answers_to(unit, [view.id for view in found.items])
    members = list({view.passenger for view in found.items if view.passenger})
    await record_view(unit, "notices:list:viewed", field="trip", tier="clear", members=members)
    items = [notice_out(unit, view, answers.get(view.id, [])) for view in found.items]
    return shapes.NoticeList(items, found.next)


@get(f"{BASE}/{{wanted:str}}", opt=allow(READS), tags=TAGS)
async def read_notice(request: Request[Any, Any, Any], wanted: FromPath[str]) -> shapes.NoticeOut:
    """Give one notice with its `content_hash`."""
    unit = unit_of(request)
    view = await notice(unit, inner(unit.settings.region, wanted))
    await record_view(
        unit,
        "notices:notice:viewed",
        field="trip",
        tier="clear",
        subject=view.passenger,
        reference=outer(unit.settings.region, view.trip),
    )
    return notice_out(unit, view, (await answers_to(unit, [view.id])).get(view.id, []))


@post(f"{BASE}/{{wanted:str}}/answers", opt=allow(CLIENT_ROLES), tags=TAGS, status_code=201)
async def answer(
    request: Request[Any, Any, Any], wanted: FromPath[str], data: JSONBody[shapes.AnswerIn]
) -> shapes.NoticeOut:
    """Answer one's own notice; an answer to a state that is no longer shown is 409."""
    unit = unit_of(request)
    claimed = await claim(request, unit)
    about = inner(unit.settings.region, wanted)
    if claimed and claimed.location:
        view = await notice(unit, about)
    else:
        given = {"answer": data.answer, "content_hash": data.content_hash, "comment": data.comment}
        view = await answer_notice(unit, about, read_answer(checked_texts(given)), "api")
        await settle(unit, claimed, 201, f"{BASE}/{wanted}/answers")
    return notice_out(unit, view, (await answers_to(unit, [view.id])).get(view.id, []))


API = [change_trip, list_notices, read_notice, answer]
