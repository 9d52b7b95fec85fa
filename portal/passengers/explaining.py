"""Why a field may be opened, or why not and what would be needed: gathered for one reader, said in his language."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from i18n.catalogs import translations
from portal.passengers.queries import PassengerView, sealed_fields
from portal.passengers.window import case_choices
from portal.passengers.words import FIELD_NAMES, PURPOSE_NAMES, ROLE_NAMES, WHY_NAMES
from portal.web.in_force import matrix_of
from portal.web.places import region_name
from portal.web.render import formats_of, language_of
from portal.web.unit import Unit
from security.actor import DESK_ROLES
from security.policy.explain import Explanation, Leg, Why, explain
from security.policy.window import LegTimes

_LEGS = (
    "select reference, position, state, departs_at, arrives_at from passenger_trip where passenger_id = $1"
    " and state <> 'draft' order by departs_at"
)
_CLIENT_ASKS = "select purposes from gate.client_rule_list where org_id = $1 and $2 = any (roles)"
_APPROVED = (
    "select i.field from gate.approval_list r join gate.approval_item_list i on i.request_id = r.id"
    " where i.subject_id = $1 and r.account_id = $2 and r.state = 'approved' and r.usable_until > $3"
    " and r.kind <> 'export' and i.opened_at is null"
)


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an explanation of any field of one passenger needs, as far as this reader may see it.

    `client_asks`: the purposes for which the organisation wants to be asked; `approved`: fields that others agreed to.
    """

    legs: tuple[Leg, ...]
    has_case: bool
    client_asks: tuple[str, ...] = ()
    approved: frozenset[str] = frozenset()


async def grounds(unit: Unit, view: PassengerView) -> Grounds:
    """Read the grounds, unless the reader's role never opens anything."""
    matrix, role = matrix_of(unit.who), unit.who.role
    if not any(rule.purposes for (whose, _), rule in matrix.rules.items() if whose == role):
        return Grounds((), has_case=False)
    rows = await unit.connection.fetch(_LEGS, view.id)
    legs = tuple(
        Leg(row["reference"], row["position"], LegTimes(row["state"], row["departs_at"], row["arrives_at"]))
        for row in rows
    )
    has_case = bool(await case_choices(unit, view.id))
    if role not in DESK_ROLES:
        return Grounds(legs, has_case)
    asks = await unit.connection.fetchval(_CLIENT_ASKS, view.org, role)
    approved = await unit.connection.fetch(_APPROVED, view.id, unit.who.account, unit.at)
    return Grounds(legs, has_case, tuple(asks or ()), frozenset(row["field"] for row in approved))


def explanation_of(
    unit: Unit, view: PassengerView, field: str, row: UUID | None, on: Grounds, *, stepped_up: bool = False
) -> Explanation:
    """Explain one field; `row` None means any that is on file."""
    sealed = [
        one for (code, which), one in sealed_fields(view).items() if code == field and row in {None, which}
    ]
    is_own = unit.who.passenger == view.id
    return explain(
        role=unit.who.role,
        field=field,
        is_own=is_own,
        legs=on.legs,
        has_reference=is_own or on.has_case or bool(on.legs),
        second_person=False,
        stepped_up=stepped_up or unit.who.step_up_until is not None,
        stored=any(one.state == "masked" for one in sealed),
        place=unit.settings.region,
        at=unit.at,
        client_asks=on.client_asks,
        approved=field in on.approved,
        matrix=matrix_of(unit.who),
    )


def said(request: Any, told: Explanation) -> list[str]:
    """Say an explanation: what the role may do, and then what holds or is needed, each as a sentence."""
    tag, formats = language_of(request), formats_of(request)
    speech = translations(tag)
    names = {
        "role": speech.gettext(ROLE_NAMES[told.role]),
        "field": speech.gettext(FIELD_NAMES[told.field]),
        "place": region_name(request.app.state.settings.region, tag),
        "purposes": formats.list([speech.gettext(PURPOSE_NAMES[code]) for code in told.purposes]),
    }
    sentences = [_filled(speech, WHY_NAMES["may_open"], names)] if told.purposes else []
    for why in told.whys:
        times = {
            "opens": formats.datetime(why.opens_at) if why.opens_at else "",
            "closes": formats.datetime(why.closes_at) if why.closes_at else "",
            "trip": why.trip,
            "position": str(why.position),
        }
        sentences.append(_filled(speech, WHY_NAMES[why.code], names | times))
    return sentences


def _filled(speech: Any, words: str, values: dict[str, str]) -> str:
    said_: str = speech.say(
        words, **{name: value for name, value in values.items() if f"%({name})s" in words}
    )
    return said_


def hurdle(told: Explanation) -> Explanation:
    """Keep only the first hurdle, for a place with room for one sentence."""
    first: Sequence[Why] = [why for why in told.whys if why.is_hurdle][:1]
    return Explanation(told.role, told.field, told.tier, (), tuple(first))
