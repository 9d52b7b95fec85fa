"""Pages around signing in: sign-in, step-up, sessions, preferences."""

import secrets
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.params import FromPath
from litestar.response import Redirect

from i18n.catalogs import translations
from i18n.messages import N_
from portal.accounts.actions import change_preferences
from portal.accounts.forms import device_label, read_preferences
from portal.accounts.queries import live_sessions
from portal.accounts.zones import zone_choices
from portal.web.edge import LANGUAGE_COOKIE
from portal.web.forms import checked_texts, submitted
from portal.web.gate import ANYBODY, allow, public
from portal.web.ids import inner
from portal.web.refusals import FormRefused
from portal.web.render import Toast, address, formats_of, language_of, page
from portal.web.sentences import sentence
from portal.web.session import cookies, page_token
from portal.web.unit import Unit, unit_of
from security.keeper.client import KeeperRefused

Page = Response[Any]
SAVED = N_("Your preferences are saved.")


def safe_next(text: str) -> str:
    """Give a path of this portal to go on to; anything else becomes the home page."""
    good = text.startswith("/") and not text.startswith("//") and "\\" not in text and text.isprintable()
    return text if good else "/"


def _cookie(unit: Unit, key: str, value: str, *, seconds: int | None = None) -> Cookie:
    return Cookie(
        key=key,
        value=value,
        path="/",
        httponly=True,
        samesite="lax",
        secure=unit.settings.secure,
        max_age=seconds,
    )


def _see(request: Any, path: str) -> Redirect:
    return Redirect(address(request, path), status_code=303)


@get("/sign-in", opt=public(), name="sign_in", include_in_schema=False)
async def sign_in_page(request: Request[Any, Any, Any]) -> Page:
    """Show the sign-in form; a visitor's cookie carries its page token."""
    unit = unit_of(request)
    target = safe_next(request.query_params.get("next", "/"))
    if unit.actor is not None:
        return _see(request, target)
    return _sign_in_form(request, target)


@get("/sign-in/start", opt=public(), include_in_schema=False, sync_to_thread=False)
def start_over(request: Request[Any, Any, Any]) -> Page:
    """Lead whoever changes the language of the handed-on form to the form without the address."""
    return _see(request, "/sign-in")


@post("/sign-in/start", opt=public(foreign=True), status_code=200, include_in_schema=False)
async def start_sign_in(request: Request[Any, Any, Any]) -> Page:
    """Show the sign-in form with the address that the front door handed on; nothing is changed or looked up."""
    form = await request.form()
    email = form.get("email")
    try:
        clean = checked_texts({"email": email if isinstance(email, str) else ""})
    except FormRefused:
        clean = {"email": ""}
    return _sign_in_form(request, "/", email=clean["email"])


def _sign_in_form(
    request: Any, target: str, *, email: str = "", problem: str | None = None, status: int = 200
) -> Page:
    unit = unit_of(request)
    visitor = cookies(request.scope).get(unit.settings.visitor_cookie) or secrets.token_urlsafe(24)
    answer = page(
        request,
        "accounts/sign_in.html",
        status=status,
        next=target,
        email=email,
        problem=problem,
        visitor_csrf=page_token(visitor),
    )
    answer.set_cookie(_cookie(unit, unit.settings.visitor_cookie, visitor))
    return answer


@post("/sign-in", opt=public(), include_in_schema=False)
async def sign_in(request: Request[Any, Any, Any]) -> Page:
    """Sign in; a refusal shows the form again and keeps the e-mail address."""
    unit = unit_of(request)
    fields = await submitted(request)
    target = safe_next(fields.get("next", "/"))
    try:
        opened = await unit.keeper.sign_in(
            fields.get("email", ""),
            fields.get("password", ""),
            device_label(request.headers.get("user-agent", "")),
            client_address(request),
            unit.request,
        )
    except KeeperRefused as refused:
        said = sentence(language_of(request), refused.code, refused.fields)
        return _sign_in_form(
            request, target, email=fields.get("email", ""), problem=said, status=refused.status
        )
    answer = Redirect(address(request, target), status_code=303)
    answer.set_cookie(_cookie(unit, unit.settings.cookie, opened.token))
    answer.set_cookie(_cookie(unit, LANGUAGE_COOKIE, language_of(request), seconds=31_536_000))
    return answer


def client_address(request: Any) -> str:
    """Give the network address of the client, for throttling; behind a named proxy, what that says."""
    peer = request.client.host if request.client else ""
    if peer in request.app.state.settings.trusted_proxies:
        forwarded = request.headers.get("x-forwarded-for", "")
        return (forwarded.rsplit(",", 1)[-1].strip() or peer)[:64]
    return peer[:64]


@post("/sign-out", opt=allow(ANYBODY, outside=True), include_in_schema=False)
async def sign_out(request: Request[Any, Any, Any]) -> Page:
    """End this session."""
    unit = unit_of(request)
    await submitted(request)
    await unit.keeper.sign_out(unit.credential, unit.request)
    answer = _see(request, "/sign-in")
    answer.delete_cookie(unit.settings.cookie, path="/")
    return answer


@get("/sessions", opt=allow(ANYBODY), name="sessions", include_in_schema=False)
async def sessions_page(request: Request[Any, Any, Any]) -> Page:
    """Show where this person is signed in."""
    return page(request, "accounts/sessions.html", sessions=await live_sessions(unit_of(request)))


@post("/sessions/{session:str}/end", opt=allow(ANYBODY, outside=True), include_in_schema=False)
async def end_session(request: Request[Any, Any, Any], session: FromPath[str]) -> Page:
    """End one of one's own sessions."""
    unit = unit_of(request)
    await submitted(request)
    await unit.keeper.end_session(unit.credential, unit.request, inner(unit.settings.region, session))
    return _see(request, "/sessions")


@post("/sessions/end-all", opt=allow(ANYBODY, outside=True), include_in_schema=False)
async def sign_out_everywhere(request: Request[Any, Any, Any]) -> Page:
    """End all of one's own sessions, this one too."""
    unit = unit_of(request)
    await submitted(request)
    await unit.keeper.sign_out_everywhere(unit.credential, unit.request)
    answer = _see(request, "/sign-in")
    answer.delete_cookie(unit.settings.cookie, path="/")
    return answer


@get("/step-up", opt=allow(ANYBODY), name="step_up", include_in_schema=False)
async def step_up_page(request: Request[Any, Any, Any]) -> Page:
    """Ask for the password again."""
    return page(
        request, "accounts/step_up.html", next=safe_next(request.query_params.get("next", "/")), problem=None
    )


@post("/step-up", opt=allow(ANYBODY, outside=True), include_in_schema=False)
async def step_up(request: Request[Any, Any, Any]) -> Page:
    """Step up, then go on to where it was needed."""
    unit = unit_of(request)
    fields = await submitted(request)
    target = safe_next(fields.get("next", "/"))
    try:
        await unit.keeper.step_up(unit.credential, unit.request, fields.get("password", ""))
    except KeeperRefused as refused:
        said = sentence(language_of(request), refused.code, refused.fields)
        return page(request, "accounts/step_up.html", status=refused.status, next=target, problem=said)
    return _see(request, target)


@get("/preferences", opt=allow(ANYBODY), name="preferences", include_in_schema=False)
async def preferences_page(request: Request[Any, Any, Any]) -> Page:
    """Show language, zone and theme."""
    actor = unit_of(request).who
    return _preferences_form(
        request,
        {"locale": actor.locale, "time_zone": actor.time_zone, "theme": actor.theme},
        {},
        saved="saved" in request.query_params,
    )


def _preferences_form(
    request: Any, values: dict[str, str], errors: dict[str, str], *, saved: bool = False
) -> Page:
    tag = language_of(request)
    toasts = (Toast("ok", translations(tag).gettext(SAVED)),) if saved else ()
    return page(
        request,
        "accounts/preferences.html",
        status=422 if errors else 200,
        values=values,
        errors={name: sentence(tag, code) for name, code in errors.items()},
        zones=zone_choices(formats_of(request), unit_of(request).at),
        toasts=toasts,
    )


@post("/preferences", opt=allow(ANYBODY), include_in_schema=False)
async def save_preferences(request: Request[Any, Any, Any]) -> Page:
    """Store the preferences and go on in the chosen language."""
    unit = unit_of(request)
    fields = await submitted(request)
    try:
        wanted = read_preferences(fields)
    except FormRefused as refused:
        return _preferences_form(request, fields, refused.errors)
    await change_preferences(unit, wanted)
    answer = Redirect(f"/{wanted.locale}/preferences?saved=1", status_code=303)
    answer.set_cookie(_cookie(unit, LANGUAGE_COOKIE, wanted.locale, seconds=31_536_000))
    return answer


@post("/preferences/theme", opt=allow(ANYBODY), include_in_schema=False)
async def save_theme(request: Request[Any, Any, Any]) -> Page:
    """Switch the theme from the header and stay where one was."""
    unit = unit_of(request)
    fields = await submitted(request)
    actor = unit.who
    wanted = {"locale": actor.locale, "time_zone": actor.time_zone, "theme": fields.get("theme", "")}
    await change_preferences(unit, read_preferences(wanted))
    return _see(request, safe_next(fields.get("next", "/")))


PAGES = [
    sign_in_page,
    sign_in,
    start_over,
    start_sign_in,
    sign_out,
    sessions_page,
    end_session,
    sign_out_everywhere,
    step_up_page,
    step_up,
    preferences_page,
    save_preferences,
    save_theme,
]
