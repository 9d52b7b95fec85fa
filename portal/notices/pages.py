"""Pages: the board for those who keep trips, the list and one notice for those it is for, and the change itself."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from i18n.catalogs import translations
from i18n.formats import formats_for
from i18n.messages import N_
from portal.notices.actions import (
    Change,
    NotConfirmed,
    Wanted,
    answer_notice,
    is_own,
    make_change,
    preview_change,
)
from portal.notices.board import board
from portal.notices.forms import CHANGEABLE, read_answer, read_change, read_note
from portal.notices.legs import leg_in, legs_of, version_of
from portal.notices.queries import STATES, NoticeView, answers_to, find_notices, newer_than, notice
from portal.notices.rules import Leg
from portal.notices.words import (
    ANSWERS,
    DELIVERIES,
    FAILURES,
    GRADES,
    LEADS,
    OTHER_FAILURE,
    SUBJECTS,
    Reader,
    say,
    say_differences,
)
from portal.notices.words import (
    STATES as STATE_WORDS,
)
from portal.trips.airports import airport
from portal.trips.fleet import aircraft_types
from portal.trips.queries import trip as trip_view
from portal.web.cursors import read_limit
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.refusals import FormRefused, Refusal
from portal.web.render import Toast, address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view
from security.actor import CLIENT_ROLES

Page = Response[Any]
CHANGES = frozenset({"operations"})
KEEPS = frozenset({"operations", "service_agent"})
READS = CLIENT_ROLES | KEEPS
MADE = N_("The leg is changed. Whoever it concerns is being told; this board shows who knows.")
ANSWERED = N_("Thank you. Your answer is recorded.")
OFFERED = ("accept", "alternative", "decline", "refund", "credit")


@get("/notices", opt=allow(READS), name="notices", include_in_schema=False)
async def notices_page(request: Request[Any, Any, Any]) -> Page:
    """Show the board to those who keep trips, and to clients the notices to them."""
    unit = unit_of(request)
    if unit.who.role in KEEPS:
        return await _board(request, unit)
    state = request.query_params.get("state")
    state = state if state in STATES else None
    found = await find_notices(
        unit,
        state=state,
        cursor=request.query_params.get("cursor"),
        limit=read_limit(request.query_params.get("limit")),
    )
    members = list({view.passenger for view in found.items if view.passenger})
    await record_view(unit, "notices:list:viewed", field="trip", tier="clear", members=members)
    return page(
        request,
        "notices/list.html",
        notices=found.items,
        own={view.id: is_own(unit, view) for view in found.items},
        only=state,
        states=STATE_WORDS,
        grades=GRADES,
        subjects={kind: say(language_of(request), phrase) for kind, phrase in SUBJECTS.items()},
        next_cursor=found.next,
        paged="cursor" in request.query_params,
    )


async def _board(request: Any, unit: Unit) -> Page:
    wanted = request.query_params.get("trip")
    trip = inner(unit.settings.region, wanted) if wanted else None
    sheets = await board(unit, trip)
    members = list({line.passenger for sheet in sheets for line in sheet.lines if line.passenger})
    await record_view(
        unit, "notices:board:viewed", field="trip", tier="clear", members=members, reference=wanted or None
    )
    said = translations(language_of(request)).gettext(MADE)
    return page(
        request,
        "notices/board.html",
        sheets=sheets,
        one=trip is not None,
        now=unit.at,
        states=STATE_WORDS,
        grades=GRADES,
        deliveries=DELIVERIES,
        failures=FAILURES,
        other_failure=OTHER_FAILURE,
        answer_names=ANSWERS,
        toasts=(Toast("ok", said),) if "made" in request.query_params else (),
    )


@get("/notices/{wanted:str}", opt=allow(READS), name="notice", include_in_schema=False)
async def notice_page(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Show one notice: what is different, and the ways to answer it."""
    unit = unit_of(request)
    return await _one(request, unit, await notice(unit, inner(unit.settings.region, wanted)))


async def _one(
    request: Any, unit: Unit, view: NoticeView, *, refused: Refusal | None = None, typed: str = ""
) -> Page:
    tag = language_of(request)
    await record_view(
        unit,
        "notices:notice:viewed",
        field="trip",
        tier="clear",
        subject=view.passenger,
        reference=outer(unit.settings.region, view.trip),
    )
    errors = {} if refused is None else refused.errors or {"": refused.code}
    newer = await newer_than(unit, view)
    done = translations(tag).gettext(ANSWERED)
    return page(
        request,
        "notices/one.html",
        status=refused.status if refused else 200,
        notice=view,
        subject=say(tag, SUBJECTS[view.kind]),
        lead=say(tag, LEADS[view.kind], name=view.reference),
        said=say_differences(Reader(tag, unit.who.time_zone), view.found),
        own=is_own(unit, view),
        newer=newer,
        answers=(await answers_to(unit, [view.id])).get(view.id, []),
        answer_names=ANSWERS,
        offered=OFFERED,
        states=STATE_WORDS,
        grades=GRADES,
        errors={name: sentence(tag, code) for name, code in errors.items()},
        typed=typed,
        toasts=(Toast("ok", done),) if "done" in request.query_params else (),
    )


@post("/notices/{wanted:str}/answers", opt=allow(CLIENT_ROLES), include_in_schema=False)
async def answer(request: Request[Any, Any, Any], wanted: FromPath[str]) -> Page:
    """Answer a notice on the page; what is no longer shown is not answered."""
    unit = unit_of(request)
    fields = await submitted(request)
    about = inner(unit.settings.region, wanted)
    try:
        await answer_notice(unit, about, read_answer(fields), "page")
    except Refusal as refused:
        if refused.status not in {409, 422}:
            raise
        view = await notice(unit, about)
        return await _one(request, unit, view, refused=refused, typed=fields.get("comment", ""))
    return Redirect(address(request, f"/notices/{wanted}?done=1"), status_code=303)


@get(
    "/trips/{wanted:str}/legs/{leg:str}/change",
    opt=allow(CHANGES),
    name="change_leg",
    include_in_schema=False,
)
async def change_page(request: Request[Any, Any, Any], wanted: FromPath[str], leg: FromPath[str]) -> Page:
    """Show the form with the leg as it is."""
    unit = unit_of(request)
    trip, was, version = await _leg(unit, wanted, leg)
    await record_view(unit, "trips:trip:viewed", field="trip", tier="clear", reference=wanted)
    return await _form(request, trip, was, _as_fields(was) | {"version": str(version)})


async def _leg(unit: Unit, wanted: str, leg: str) -> tuple[UUID, Leg, int]:
    region = unit.settings.region
    trip, number = inner(region, wanted), inner(region, leg)
    if (await trip_view(unit, trip)).state != "confirmed":
        raise NotConfirmed
    was = leg_in(await legs_of(unit.connection, trip), number)
    return trip, was, await version_of(unit.connection, number)


def _as_fields(leg: Leg) -> dict[str, str]:
    return {
        "from": airport(leg.origin).code,
        "to": airport(leg.destination).code,
        "departs_local": leg.departs_local[:16],
        "arrives_local": leg.arrives_local[:16],
        "aircraft": leg.aircraft,
        "tail": leg.tail,
    }


async def _form(
    request: Any,
    trip: UUID,
    was: Leg,
    values: dict[str, str],
    *,
    refused: Refusal | None = None,
    seen: Any = None,
) -> Page:
    unit, tag = unit_of(request), language_of(request)
    view = await trip_view(unit, trip)
    errors = {} if refused is None else refused.errors or {"": refused.code}
    return page(
        request,
        "notices/change.html",
        status=refused.status if refused else 200,
        trip=view,
        leg=was,
        leg_id=UUID(was.id),
        places=[airport(code) for code in (was.origin, was.destination)],
        values={name: values.get(name, "") for name in (*CHANGEABLE, "note", "version")},
        twice={
            name: errors.get(f"{name}_local") == "notices:ambiguous_local_time" or values.get(f"{name}_which")
            for name in ("departs", "arrives")
        },
        errors={name: sentence(tag, code) for name, code in errors.items()},
        aircraft=[(name, name) for name in dict.fromkeys((was.aircraft, *aircraft_types()))],
        seen=seen,
        grades=GRADES,
    )


@post("/trips/{wanted:str}/legs/{leg:str}/change", opt=allow(CHANGES), include_in_schema=False)
async def change(request: Request[Any, Any, Any], wanted: FromPath[str], leg: FromPath[str]) -> Page:
    """Show what each recipient would read; on confirming, change the leg and tell them."""
    unit = unit_of(request)
    fields = await submitted(request)
    trip, was, now_version = await _leg(unit, wanted, leg)
    version = int(fields["version"]) if fields.get("version", "").isdigit() else now_version
    try:
        made = Wanted(
            read_change(_typed(fields, was), was, unit.at), version, read_note(fields.get("note", ""))
        )
        if fields.get("confirm") == "1":
            await make_change(unit, trip, made)
            return Redirect(address(request, f"/notices?trip={wanted}&made=1"), status_code=303)
        seen = await preview_change(unit, trip, made)
    except FormRefused as refused:
        return await _form(request, trip, was, fields, refused=refused)
    return await _form(request, trip, was, fields, seen=_preview(seen))


def _typed(fields: dict[str, str], was: Leg) -> dict[str, str]:
    """Leave out what stands in the form as it was, so that a moved airport keeps its local time."""
    kept = _as_fields(was)
    return {name: text for name, text in fields.items() if text != kept.get(name)}


def _preview(change_seen: Change) -> dict[str, Any]:
    """Give each recipient's words, in his language."""
    words = [
        {
            "name": word.person.name,
            "passenger": word.person.passenger is not None,
            "locale": word.person.locale,
            "language": formats_for(word.person.locale).language(word.person.locale),
            "subject": say(word.person.locale, SUBJECTS[word.kind]),
            "said": say_differences(word.person.reader, word.found),
        }
        for word in change_seen.words
    ]
    return {"grade": change_seen.grade, "words": words}


PAGES = [notices_page, notice_page, answer, change_page, change]
