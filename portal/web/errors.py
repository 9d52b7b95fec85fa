"""Answers to refusals: problem details (RFC 9457) for programs, a page in the reader's language for people."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import structlog
from litestar import Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect

from portal.web.refusals import DoneBefore, FormRefused, Refusal
from portal.web.render import language_of, page
from portal.web.sentences import sentence
from security.keeper.client import KeeperRefused, KeeperUnavailable

log = structlog.get_logger("portal.web")
SERVER_FAULT = 500
_UNREADABLE_BODY = (UnicodeDecodeError, RecursionError)
_UNREADABLE = (*_UNREADABLE_BODY, asyncpg.DataError)
_HTTP_CODES = {
    400: "web:bad_request",
    401: "web:not_signed_in",
    404: "web:not_found",
    405: "web:method_not_allowed",
    413: "web:too_large",
    415: "web:unsupported_media_type",
    422: "web:invalid_fields",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, as codes: status, code, field errors, facts that may be shown, sentences to give back."""

    status: int
    code: str
    errors: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    typed: Sequence[str] = ()


def problem_of(error: Exception) -> Problem:  # noqa: PLR0911 -- a table of kinds reads best as one
    """Reduce any exception to what may be said about it."""
    if isinstance(error, Refusal):
        typed = error.typed if isinstance(error, FormRefused) else ()
        return Problem(error.status, error.code, error.errors, error.facts, typed)
    if isinstance(error, KeeperRefused):
        return Problem(error.status, error.code, {}, dict(error.fields))
    if isinstance(error, KeeperUnavailable):
        return Problem(503, "security:keeper_unavailable")
    if isinstance(error, ValidationException):
        return Problem(422, "web:invalid_fields", _validation_errors(error))
    if isinstance(error, HTTPException):
        return Problem(error.status_code, _HTTP_CODES.get(error.status_code, "web:bad_request"))
    if isinstance(
        error, (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)
    ) or (isinstance(error, asyncpg.PostgresError) and str(error.sqlstate)[:2] in {"57", "53", "08"}):
        return Problem(503, "web:unavailable")
    if isinstance(error, TimeoutError):
        return Problem(503, "web:unavailable")
    if isinstance(error, _UNREADABLE_BODY):  # a body that no reader of JSON gets through
        return Problem(400, "web:bad_request")
    if isinstance(error, asyncpg.DataError):  # a number or a character that no column can hold
        return Problem(422, "web:invalid_fields")
    return Problem(SERVER_FAULT, "web:fault")


def _validation_errors(error: ValidationException) -> dict[str, str]:
    extra = error.extra if isinstance(error.extra, list) else []
    return {str(item.get("key", "")): "web:invalid" for item in extra if isinstance(item, dict)}


def answer(request: Any, error: Exception) -> Response[Any]:
    """Make the answer for an exception. A fault's type is logged, never its text: that may hold a value."""
    if isinstance(error, DoneBefore):
        return Redirect(error.location, status_code=303)
    problem = _outside_scope(request, error) or problem_of(error)
    if isinstance(error, _UNREADABLE):  # said to be the asker's fault: if it was ours, the log must show it
        log.warning("request_unreadable", error=type(error).__name__, at=_place(error))
    if problem.status >= SERVER_FAULT:
        log.error(
            "request_failed",
            code=problem.code,
            error=type(error).__name__,
            at=_place(error),
            request=str(request.scope.get("wx_request", "")),
        )
    if request.scope["path"].startswith("/api/") or request.scope.get("wx_machine"):
        return _for_program(request, problem)
    return _for_person(request, problem)


def _outside_scope(request: Any, error: Exception) -> Problem | None:
    """Say that a page is not for somebody from outside, whose database role holds less than its pages may ask."""
    unit = request.scope.get("wx_unit")
    external = unit is not None and unit.actor is not None and unit.actor.external
    if external and isinstance(error, asyncpg.InsufficientPrivilegeError):
        return Problem(403, "auditors:outside_scope")
    return None


def _place(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace is not None else ""


def _headers(problem: Problem) -> dict[str, str]:
    headers = {"cache-control": "no-store"}
    if "retry_after" in problem.facts:
        headers["retry-after"] = str(problem.facts["retry_after"])
    if problem.status == 401:  # noqa: PLR2004 -- RFC 9110 section 11.6.1 asks for the header
        headers["www-authenticate"] = 'Bearer realm="waxwing"'
    return headers


def _for_program(request: Any, problem: Problem) -> Response[Any]:
    tag = language_of(request)
    body: dict[str, Any] = {
        "type": f"urn:waxwing:problem:{problem.code}",
        "title": sentence(tag, problem.code, problem.facts),
        "status": problem.status,
        "code": problem.code,
        "errors": [
            {"field": name, "code": code, "title": sentence(tag, code, problem.facts)}
            for name, code in problem.errors.items()
        ],
        "request": str(request.scope.get("wx_request", "")),
    } | {
        name: value
        for name, value in problem.facts.items()
        if name not in {"type", "title", "status", "code"}
    }
    return Response(
        body,
        status_code=problem.status,
        media_type="application/problem+json",
        headers=_headers(problem) | {"content-language": tag},
    )


def _for_person(request: Any, problem: Problem) -> Response[Any]:
    tag = language_of(request)
    if problem.code == "web:not_signed_in" and request.scope["method"] == "GET":
        here = request.scope["path"]
        target = f"/{tag}/sign-in" + (f"?next={here}" if here != "/" else "")
        return Redirect(target, status_code=303, headers={"cache-control": "no-store"})
    return page(
        request,
        "error.html",
        status=problem.status,
        headers=_headers(problem),
        problem=problem,
        sentence=sentence(tag, problem.code, problem.facts),
        field_sentences=[sentence(tag, code, problem.facts) for code in problem.errors.values()],
        typed=problem.typed,
    )
