"""The API of passengers: list, read, write, reveal."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from portal.passengers import shapes
from portal.passengers.actions import (
    change_passenger,
    create_passenger,
    remove_bank_account,
    remove_birth_date,
    remove_card,
    remove_document,
)
from portal.passengers.bodies import read_body
from portal.passengers.explaining import explanation_of, grounds
from portal.passengers.listing import find_page
from portal.passengers.queries import PassengerNotFound, PassengerView, Sealed, passenger
from portal.passengers.standing import shortfalls_ahead
from portal.passengers.warning_shapes import WarningList, warning_out
from portal.web.cursors import read_limit
from portal.web.forms import plain_line
from portal.web.gate import allow, keeper_decides
from portal.web.idempotency import claim, settle, spend
from portal.web.ids import inner, outer
from portal.web.ready import Ready
from portal.web.refusals import FormRefused, NotFound, Stale
from portal.web.session import header
from portal.web.unit import Unit, act_as, unit_of
from portal.web.views import record_view
from security.actor import CLIENT_ROLES, DESK_ROLES
from security.fields import FIELDS, UnknownField
from security.keeper.client import KeeperRefused
from security.policy.decide import STATUS_OF_REFUSAL
from security.policy.explain import Explanation
from security.vault.door import DOOR

TAGS = ["passengers"]
SEES = CLIENT_ROLES | DESK_ROLES
ADDS = frozenset({"booker", "client_admin"})
BASE = "/api/v1/passengers"


def _sealed(field: Sealed) -> shapes.SealedOut:
    return shapes.SealedOut(field.state, field.mask, list(field.reveal))


def passenger_out(region: str, view: PassengerView) -> shapes.PassengerOut:
    """Write a passenger as the API shows it."""
    return shapes.PassengerOut(
        id=outer(region, view.id),
        org=outer(region, view.org),
        name=shapes.NameOut(view.given, view.family, view.native, view.order),
        email=view.email,
        phone=view.phone,
        nationality=view.nationality,
        birth_date=_sealed(view.birth_date),
        documents=[
            shapes.DocumentOut(
                outer(region, d.id),
                d.kind,
                d.issuing_state,
                d.expires_on.isoformat() if d.expires_on else None,
                _sealed(d.number),
            )
            for d in view.documents
        ],
        cards=[
            shapes.CardOut(
                outer(region, c.id), c.brand, _sealed(c.number), _sealed(c.expiry), _sealed(c.holder)
            )
            for c in view.cards
        ],
        bank_accounts=[
            shapes.BankOut(outer(region, b.id), b.country, _sealed(b.iban), _sealed(b.bic))
            for b in view.banks
        ],
    )


def etag(view: PassengerView) -> str:
    """Give the entity tag of a passenger's version."""
    return f'"v{view.version}"'


def _answer(unit: Unit, view: PassengerView, status: int = 200) -> Response[shapes.PassengerOut]:
    region = unit.settings.region
    headers = {"etag": etag(view)}
    if status == 201:  # noqa: PLR2004 -- created
        headers["location"] = f"{BASE}/{outer(region, view.id)}"
    return Response(passenger_out(region, view), status_code=status, headers=headers)


@get(BASE, opt=allow(SEES), tags=TAGS)
async def list_passengers(
    request: Request[Any, Any, Any],
    q: FromQuery[str] = "",
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[str | None] = None,
) -> shapes.PassengerList:
    """List passengers with masks, in name order. One entry names everybody shown."""
    unit = unit_of(request)
    found = await find_page(unit, q=plain_line(q)[:200], cursor=cursor, limit=read_limit(limit))
    if found.items:
        shown = [view.id for view in found.items]
        await record_view(unit, "passengers:list:viewed", field="passenger", tier="masked", members=shown)
    return shapes.PassengerList(
        [passenger_out(unit.settings.region, view) for view in found.items], found.next
    )


@get(f"{BASE}/{{wanted:str}}", opt=allow(SEES), tags=TAGS)
async def read_passenger(
    request: Request[Any, Any, Any], wanted: FromPath[str]
) -> Response[shapes.PassengerOut]:
    """Give one passenger, with its entity tag."""
    unit = unit_of(request)
    view = await passenger(unit, inner(unit.settings.region, wanted))
    await record_view(unit, "passengers:profile:viewed", field="passenger", tier="masked", subject=view.id)
    return _answer(unit, view)


@get(f"{BASE}/{{wanted:str}}/warnings", opt=allow(SEES), tags=TAGS)
async def read_warnings(request: Request[Any, Any, Any], wanted: FromPath[str]) -> WarningList:
    """Say which documents fall short for the legs ahead, from clear dates only."""
    unit = unit_of(request)
    view = await passenger(unit, inner(unit.settings.region, wanted))
    await record_view(unit, "passengers:profile:viewed", field="passenger", tier="masked", subject=view.id)
    found = await shortfalls_ahead(unit, view)
    return WarningList([warning_out(unit.settings.region, one) for one in found], None)


@post(BASE, opt=allow(ADDS), tags=TAGS, status_code=201)
async def add_passenger(
    request: Request[Any, Any, Any], data: JSONBody[shapes.PassengerIn]
) -> Response[shapes.PassengerOut]:
    """Add a passenger to the own organisation; afterwards there are only masks."""
    unit = unit_of(request)
    claimed = await claim(request, unit)
    if claimed and claimed.location:
        known = await passenger(unit, inner(unit.settings.region, claimed.location.rpartition("/")[2]))
        return _answer(unit, known, 201)
    org = _own_org(unit, data)
    made = await create_passenger(unit, org, read_body(data, None, unit.settings.region, unit.at.date()))
    view = await passenger(unit, made)
    await settle(unit, claimed, 201, f"{BASE}/{outer(unit.settings.region, made)}")
    return _answer(unit, view, 201)


def _own_org(unit: Unit, data: shapes.PassengerIn) -> UUID:
    """Only the own organisation can be written to; another's is as good as unknown."""
    org = unit.who.org
    if org is None or (isinstance(data.org, str) and inner(unit.settings.region, data.org) != org):
        raise NotFound
    return org


@patch(f"{BASE}/{{wanted:str}}", opt=allow(CLIENT_ROLES), tags=TAGS)
async def edit_passenger(
    request: Request[Any, Any, Any], wanted: FromPath[str], data: JSONBody[shapes.PassengerIn]
) -> Response[shapes.PassengerOut]:
    """Change a passenger; items merge by id. `If-Match` with an old tag is 412."""
    unit = unit_of(request)
    view = await passenger(unit, inner(unit.settings.region, wanted))
    _check_tag(request, view)
    given = read_body(data, view, unit.settings.region, unit.at.date())
    await change_passenger(unit, view, given, version=view.version)
    return _answer(unit, await passenger(unit, view.id))


def _check_tag(request: Any, view: PassengerView) -> None:
    sent = header(request.scope, b"if-match")
    if (
        sent is not None
        and sent.strip() != "*"
        and etag(view) not in [tag.strip() for tag in sent.split(",")]
    ):
        raise Stale


@delete(
    f"{BASE}/{{wanted:str}}/documents/{{document:str}}", opt=allow(CLIENT_ROLES), tags=TAGS, status_code=204
)
async def delete_document(
    request: Request[Any, Any, Any], wanted: FromPath[str], document: FromPath[str]
) -> None:
    """Remove a travel document."""
    unit, view = await _tagged(request, wanted)
    await remove_document(unit, view, inner(unit.settings.region, document))


@delete(f"{BASE}/{{wanted:str}}/cards/{{card:str}}", opt=allow(CLIENT_ROLES), tags=TAGS, status_code=204)
async def delete_card(request: Request[Any, Any, Any], wanted: FromPath[str], card: FromPath[str]) -> None:
    """Remove a payment card."""
    unit, view = await _tagged(request, wanted)
    await remove_card(unit, view, inner(unit.settings.region, card))


@delete(
    f"{BASE}/{{wanted:str}}/bank_accounts/{{account:str}}",
    opt=allow(CLIENT_ROLES),
    tags=TAGS,
    status_code=204,
)
async def delete_bank_account(
    request: Request[Any, Any, Any], wanted: FromPath[str], account: FromPath[str]
) -> None:
    """Remove a bank account."""
    unit, view = await _tagged(request, wanted)
    await remove_bank_account(unit, view, inner(unit.settings.region, account))


@delete(f"{BASE}/{{wanted:str}}/birth_date", opt=allow(CLIENT_ROLES), tags=TAGS, status_code=204)
async def delete_birth_date(request: Request[Any, Any, Any], wanted: FromPath[str]) -> None:
    """Remove the date of birth."""
    unit, view = await _tagged(request, wanted)
    await remove_birth_date(unit, view)


async def _tagged(request: Any, wanted: str) -> tuple[Unit, PassengerView]:
    """Read a passenger that is about to change, if the entity tag sent is still its own. Raises Stale."""
    unit = unit_of(request)
    view = await passenger(unit, inner(unit.settings.region, wanted))
    _check_tag(request, view)
    return unit, view


@post(
    f"{BASE}/{{wanted:str}}/reveals",
    opt=keeper_decides(),
    tags=TAGS,
    status_code=200,
)
async def reveal(
    request: Request[Any, Any, Any], wanted: FromPath[str], data: JSONBody[shapes.RevealIn]
) -> Response[shapes.RevealOut]:
    """Open one field for one purpose and reference. The entry comes first; a used idempotency key opens nothing."""
    unit = unit_of(request)
    region = unit.settings.region
    subject = inner(region, wanted)
    row = inner(region, data.document) if isinstance(data.document, str) else None
    _check_reference(region, data.reference)
    await spend(request, unit)
    try:
        opened = await unit.keeper.reveal(
            unit.credential, unit.request, subject, data.field, row, data.purpose, data.reference, data.reason
        )
    except KeeperRefused as refused:
        await _speak_to(unit)
        if refused.code in STATUS_OF_REFUSAL:
            raise await _with_reasons(unit, refused, subject, data.field, row) from None
        raise
    body = shapes.RevealOut(
        value=opened.value.reveal_to(DOOR),
        expires_at=opened.expires_at,
        proof=opened.proof,
        entry=shapes.EntryOut(opened.index, opened.leaf),
    )
    return Ready(msgspec.json.encode(body), b"application/json", (b"cache-control", b"no-store"))


@get(f"{BASE}/{{wanted:str}}/explanations", opt=allow(SEES), tags=TAGS)
async def explain(
    request: Request[Any, Any, Any],
    wanted: FromPath[str],
    field: FromQuery[str],
    document: FromQuery[str | None] = None,
) -> shapes.ExplanationOut:
    """Say whether the caller may open a field now, and if not what would be needed, in codes; opens nothing."""
    unit = unit_of(request)
    if field not in FIELDS:
        raise FormRefused({"field": UnknownField.code})
    view = await passenger(unit, inner(unit.settings.region, wanted))
    await record_view(unit, "passengers:profile:viewed", field="passenger", tier="masked", subject=view.id)
    row = inner(unit.settings.region, document) if document else None
    return _explained(explanation_of(unit, view, field, row, await grounds(unit, view)))


def _explained(told: Explanation) -> shapes.ExplanationOut:
    whys = [
        shapes.WhyOut(w.code, w.is_hurdle, w.trip, w.position, w.opens_at, w.closes_at) for w in told.whys
    ]
    return shapes.ExplanationOut(told.role, told.field, told.tier, told.is_open, list(told.purposes), whys)


async def _with_reasons(
    unit: Unit, refused: KeeperRefused, subject: UUID, field: str, row: UUID | None
) -> KeeperRefused:
    """Add to a refusal what would be needed, for whoever may see this passenger at all."""
    if unit.actor is None or unit.actor.role not in SEES:
        return refused
    await unit.open()
    try:
        await act_as(unit.connection, unit.actor)
        view = await passenger(unit, subject)
        told = _explained(explanation_of(unit, view, field, row, await grounds(unit, view)))
    except PassengerNotFound:
        return refused
    finally:
        await unit.close(keep=False)
    fields: dict[str, Any] = {**refused.fields, "explanation": msgspec.to_builtins(told)}
    return KeeperRefused(refused.code, refused.status, fields)


async def _speak_to(unit: Unit) -> None:
    """Find out who is refused, for the log, and in which language to say why."""
    await unit.recognise()
    if unit.actor is not None:
        unit.locale = unit.actor.locale


def _check_reference(region: str, text: str) -> None:
    """Name a reference of another known region as such; any other goes to the keeper, which decides."""
    try:
        inner(region, text)
    except (NotFound, FormRefused):
        return


API = [
    list_passengers,
    read_passenger,
    read_warnings,
    add_passenger,
    edit_passenger,
    delete_document,
    delete_card,
    delete_bank_account,
    delete_birth_date,
    reveal,
    explain,
]
