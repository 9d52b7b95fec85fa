"""The pages of keys: how they stand, and one page for each deed, which asks for the password again."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from portal.keys.deeds import do_deed
from portal.keys.words import CUSTODIANS, DEEDS, EPOCH_STATES, JOB_NAMES, JOB_STATES, Deed, state_of_epoch
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.refusals import NotFound
from portal.web.render import address, language_of, page
from portal.web.sentences import sentence
from portal.web.unit import unit_of
from security.keeper.client import KeeperRefused

Page = Response[Any]
KEEPS = frozenset({"administrator", "compliance"})


@get("/keys", opt=allow(KEEPS, outside=True), name="keys", include_in_schema=False)
async def keys_page(request: Request[Any, Any, Any]) -> Page:
    """Show epochs with what they wrap, work with its progress, requests and certificates."""
    unit = unit_of(request)
    seen = await unit.keeper.keys(unit.credential, unit.request)
    current = seen.epochs[0] if seen.epochs else None
    return page(
        request,
        "keys/keys.html",
        seen=seen,
        current=current,
        total=sum(sum(one.counts.values()) for one in seen.epochs),
        waiting=[job for job in seen.jobs if job.state == "asked"],
        work=[job for job in seen.jobs if job.state != "asked"],
        state_of=lambda epoch: EPOCH_STATES[state_of_epoch(epoch, current)],
        custodians=CUSTODIANS,
        job_names=JOB_NAMES,
        job_states=JOB_STATES,
        deeds=[one for one in DEEDS.values() if unit.who.role in one.roles and one.needs != "job"],
        outer_id=lambda one: outer(unit.settings.region, one),
        refusal=lambda code: sentence(language_of(request), code),
    )


def _deed(request: Any, code: str) -> Deed:
    deed = DEEDS.get(code)
    if deed is None or unit_of(request).who.role not in deed.roles:
        raise NotFound
    return deed


def _form(
    request: Any,
    deed: Deed,
    target: str,
    *,
    status: int = 200,
    errors: dict[str, str] | None = None,
    problem: str = "",
) -> Page:
    said = {name: sentence(language_of(request), code) for name, code in (errors or {}).items()}
    return page(
        request, "keys/deed.html", status=status, deed=deed, target=target, errors=said, problem=problem
    )


@get("/keys/deeds/{code:str}", opt=allow(KEEPS, outside=True), include_in_schema=False)
async def deed_page(request: Request[Any, Any, Any], code: FromPath[str]) -> Page:
    """Say what a deed means, and ask for the password."""
    return _form(request, _deed(request, code), request.query_params.get("on", ""))


@post("/keys/deeds/{code:str}", opt=allow(KEEPS, outside=True), include_in_schema=False)
async def deed_done(request: Request[Any, Any, Any], code: FromPath[str]) -> Page | Redirect:
    """Do it, or say clearly why not; the keeper records either."""
    unit, deed = unit_of(request), _deed(request, code)
    fields = await submitted(request)
    target = fields.get("on", "").strip()
    if deed.needs and not target:
        return _form(request, deed, target, status=422, errors={"on": "web:required"})
    try:
        await unit.keeper.step_up(unit.credential, unit.request, fields.get("password", ""))
        await do_deed(unit, code, target)
    except NotFound:
        return _form(request, deed, target, status=422, errors={"on": "web:not_found"})
    except KeeperRefused as refused:
        if refused.code == "security:wrong_password":
            return _form(request, deed, target, status=refused.status, errors={"password": refused.code})
        problem = sentence(language_of(request), refused.code, refused.fields)
        return _form(request, deed, target, status=refused.status, problem=problem)
    return Redirect(address(request, "/keys"), status_code=303)


@get("/keys/certificates/{job:str}", opt=allow(KEEPS, outside=True), include_in_schema=False)
async def certificate_file(request: Request[Any, Any, Any], job: FromPath[str]) -> Page:
    """Give the certificate of an erasure, to be kept and to be checked elsewhere."""
    unit = unit_of(request)
    wanted = inner(unit.settings.region, job)
    try:
        text = await unit.keeper.certificate(unit.credential, unit.request, wanted)
    except KeeperRefused as refused:
        raise NotFound from refused
    headers = {
        "content-disposition": f'attachment; filename="erasure-{wanted}.json"',
        "cache-control": "no-store",
    }
    return Response(text, media_type="application/json", headers=headers)


PAGES = [keys_page, deed_page, deed_done, certificate_file]
