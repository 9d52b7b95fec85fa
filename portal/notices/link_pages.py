"""The page behind a link in a mail: it shows the notice to whoever holds the link, and one button acknowledges.

Opening it changes nothing, because scanners open links. No cookie is read or set; the address is the only secret, so
nothing of it is logged but the route, and no page it leads to is told it.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.notices.actions import StaleAnswer, answer_notice
from portal.notices.forms import BY_LINK, read_answer
from portal.notices.queries import NoticeView, answers_to, newer_than, notice
from portal.notices.words import ANSWERS, GRADES, LEADS, STATES, SUBJECTS, Reader, say, say_differences
from portal.web.database import pool
from portal.web.forms import checked_texts
from portal.web.gate import linked
from portal.web.refusals import FormRefused, Refusal
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, act_as, unit_of
from security.actor import Actor
from security.sign_in.tokens import token_hash

Page = Response[Any]
QUIET = {"referrer-policy": "no-referrer"}
NOBODY = UUID(int=0)


class LinkNotFound(Refusal):
    """No such link, or its time is over."""

    code = "notices:link_not_found"
    status = 404


@dataclass(frozen=True, slots=True)
class Link:
    """What a link is for: one notice, the content it was sent with, and the own zone of who holds it."""

    notice: UUID
    content_hash: str
    time_zone: str | None


async def _enter(unit: Unit, token: str) -> Link:
    """Open a transaction as the person the link was sent to, who sees his own notices. Raises LinkNotFound."""
    async with pool().acquire() as connection:
        row = await connection.fetchrow("select * from notice_of_link($1)", token_hash(token))
    if row is None or row["expires_at"] <= unit.at:
        raise LinkNotFound
    unit.actor = _holder(row, unit)
    await unit.open()
    await act_as(unit.connection, unit.actor)
    return Link(row["notice_id"], row["content_hash"], row["time_zone"])


def _holder(row: Any, unit: Unit) -> Actor:
    """Make the actor that a link speaks for: his role in the database, and "link" in the ledger."""
    return Actor(
        account=row["member_id"] or NOBODY,
        role="traveller" if row["passenger_id"] else "booker",
        org=row["org_id"],
        passenger=row["passenger_id"],
        code="link",
        session=NOBODY,
        region=unit.settings.region,
        name="",
        email="",
        locale=unit.locale,
        time_zone="UTC",
        theme="auto",
        version=0,
        step_up_until=None,
    )


async def _show(request: Any, unit: Unit, token: str, link: Link, *, refused: Refusal | None = None) -> Page:
    view = await notice(unit, link.notice)
    newer = await newer_than(unit, view)
    answers = (await answers_to(unit, [view.id])).get(view.id, [])
    unit.actor = None  # the page is nobody's: it has no menu and no account
    tag = language_of(request)
    errors = {} if refused is None else refused.errors or {"": refused.code}
    return page(
        request,
        "notices/link.html",
        status=refused.status if refused else 200,
        headers=QUIET,
        notice=view,
        token=token,
        content_hash=link.content_hash,
        subject=say(tag, SUBJECTS[view.kind]),
        lead=say(tag, LEADS[view.kind], name=view.reference),
        said=say_differences(Reader(tag, link.time_zone), view.found),
        may_answer=view.is_open and view.content_hash == link.content_hash,
        replaced=_is_replaced(view, link, newer),
        answers=answers,
        answer_names=ANSWERS,
        states=STATES,
        grades=GRADES,
        errors={name: sentence(tag, code) for name, code in errors.items()},
    )


def _is_replaced(view: NoticeView, link: Link, newer: UUID | None) -> bool:
    return (
        newer is not None
        or view.content_hash != link.content_hash
        or view.state in {"superseded", "retracted"}
    )


@get("/n/{token:str}", opt=linked(), name="notice_link", include_in_schema=False)
async def link_page(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Show the notice; nothing changes."""
    unit = unit_of(request)
    link = await _enter(unit, token)
    return await _show(request, unit, token, link)


@post("/n/{token:str}", opt=linked(), include_in_schema=False)
async def acknowledge_by_link(request: Request[Any, Any, Any], token: FromPath[str]) -> Page:
    """Acknowledge or comment without signing in; the answer covers what the mail showed and nothing else."""
    unit = unit_of(request)
    data = await request.form()
    fields = {name: value for name, value in data.items() if isinstance(value, str)}
    link = await _enter(unit, token)
    try:
        given = read_answer(checked_texts(fields | {"content_hash": link.content_hash}), allowed=BY_LINK)
        await answer_notice(unit, link.notice, given, "link")
    except (FormRefused, StaleAnswer) as refused:
        return await _show(request, unit, token, link, refused=refused)
    return Redirect(address(request, f"/n/{token}"), status_code=303, headers=QUIET)


PAGES = [link_page, acknowledge_by_link]
