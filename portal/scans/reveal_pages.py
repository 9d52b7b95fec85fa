"""Opening a scan: purpose, reference and step-up as for any sealed value; its pages are then shown for a minute."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath

from audit.ledger import record
from portal.passengers.explaining import Grounds, explanation_of, grounds
from portal.passengers.explaining import said as explained
from portal.passengers.words import PURPOSE_NAMES
from portal.scans.queries import SEES, Place, Scan, briefly, chosen, place_of, scans_of
from portal.scans.references import Choices, choices_of, why_not
from portal.scans.showing import page_image
from portal.web.forms import submitted
from portal.web.gate import allow
from portal.web.ids import inner
from portal.web.in_force import matrix_of
from portal.web.render import language_of, page
from portal.web.sentences import sentence
from portal.web.unit import Unit, unit_of
from portal.web.views import record_view
from security.fields import SCAN
from security.keeper.client import KeeperRefused, ScanView
from security.policy.approvals import may_ask_others

Page = Response[Any]
SECONDS = 60
_PATH = "/passengers/{wanted:str}/scans/{document:str}/{scan:str}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be opened, and what may be named as the reason."""

    place: Place
    scan: Scan
    choices: Choices
    grounds: Grounds


async def _wanted(request: Any, person: str, document: str, scan: str, *, shown: bool = False) -> Wanted:
    unit = unit_of(request)
    region = unit.settings.region
    async with briefly(unit):
        place = await place_of(unit, inner(region, person), inner(region, document))
        found = chosen(await scans_of(unit, place), inner(region, scan))
        choices = await choices_of(request, unit, place)
        if shown:
            subject = place.view.id
            await record_view(
                unit, "scans:list:viewed", field="document.scan", tier="masked", subject=subject
            )
        return Wanted(place, found, choices, await grounds(unit, place.view))


def _form(
    request: Any,
    target: Wanted,
    values: dict[str, str],
    errors: dict[str, str],
    *,
    status: int = 200,
    problem: str | None = None,
    recorded: bool = False,
    confirmed: bool = False,
) -> Page:
    unit = unit_of(request)
    tag = language_of(request)
    told = explanation_of(unit, target.place.view, SCAN, target.scan.id, target.grounds, stepped_up=confirmed)
    return page(
        request,
        "scans/reveal.html",
        status=status,
        person=target.place.view,
        document=target.place.document,
        scan=target.scan,
        purposes=target.choices.purposes,
        purpose_names=PURPOSE_NAMES,
        references=target.choices.references,
        why_not=sentence(tag, why_not(unit, target.place, target.scan)),
        stepped_up=confirmed or unit.who.step_up_until is not None,
        values=values,
        errors={name: sentence(tag, code) for name, code in errors.items()},
        problem=problem,
        recorded=recorded,
        whys=explained(request, told),
        is_open=told.is_open,
        asks_others=may_ask_others(unit.who.role, SCAN, matrix_of(unit.who)),
    )


@get(f"{_PATH}/reveals/new", opt=allow(SEES, outside=True), include_in_schema=False)
async def reveal_scan_page(
    request: Request[Any, Any, Any], wanted: FromPath[str], document: FromPath[str], scan: FromPath[str]
) -> Page:
    """Ask for purpose, reference, reason and, where needed, the password."""
    unit = unit_of(request)
    target = await _wanted(request, wanted, document, scan, shown=True)
    if target.choices.purposes:
        return _form(request, target, {}, {})
    # Nothing can be asked here, so the keeper will not hear of it: the page itself says and records the refusal.
    facts = unit.facts(
        "security:access:refused",
        decision="deny",
        subject=target.place.view.id,
        field=SCAN,
        document={"refusal": why_not(unit, target.place, target.scan)},
    )
    async with unit.short() as connection:
        await record(connection, facts)
    return _form(request, target, {}, {}, status=403, recorded=True)


@post(f"{_PATH}/reveals", opt=allow(SEES, outside=True), include_in_schema=False)
async def reveal_scan(
    request: Request[Any, Any, Any], wanted: FromPath[str], document: FromPath[str], scan: FromPath[str]
) -> Page:
    """Open a scan, or say clearly why not; the keeper records either before it answers."""
    unit = unit_of(request)
    fields = await submitted(request)
    target = await _wanted(request, wanted, document, scan)
    values = {name: fields.get(name, "") for name in ("purpose", "reference", "reason")}
    try:
        opened = await _opened(unit, target, values, fields.get("password", ""))
    except KeeperRefused as refused:
        problem = sentence(language_of(request), refused.code, refused.fields)
        wrong_password = refused.code == "security:wrong_password"
        judged = refused.code.startswith("passengers:")  # so the password, if one was given, was right
        return _form(
            request,
            target,
            values,
            {"password": refused.code} if wrong_password else {},
            status=refused.status,
            problem=None if wrong_password else problem,
            recorded=judged,
            confirmed=judged and bool(fields.get("password")),
        )
    return page(
        request,
        "scans/revealed.html",
        person=target.place.view,
        document=target.place.document,
        scan=target.scan,
        purpose_name=PURPOSE_NAMES[values["purpose"]],
        expires=opened.expires_at.isoformat(),
        seconds=SECONDS,
        index=opened.index,
        proof=opened.proof,
    )


async def _opened(unit: Unit, target: Wanted, values: dict[str, str], password: str) -> ScanView:
    if password:
        await unit.keeper.step_up(unit.credential, unit.request, password)
    return await unit.keeper.open_scan(
        unit.credential,
        unit.request,
        target.place.view.id,
        target.scan.id,
        values["purpose"],
        values["reference"],
        values["reason"],
    )


@get(
    f"{_PATH}/pages/{{number:str}}",
    opt={**allow(SEES, outside=True), "as_it_is": True},
    include_in_schema=False,
    media_type="image/jpeg",
)
async def shown_page(
    request: Request[Any, Any, Any],
    wanted: FromPath[str],  # noqa: ARG001 -- part of the address; the keeper knows whose scan is shown
    document: FromPath[str],  # noqa: ARG001
    scan: FromPath[str],
    number: FromPath[str],
) -> Response[bytes]:
    """Give one page of a scan that this session has opened, for the minute that it is shown."""
    unit = unit_of(request)
    return await page_image(request, unit, inner(unit.settings.region, scan), number)


PAGES = [reveal_scan_page, reveal_scan, shown_page]
