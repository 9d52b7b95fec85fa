"""Finding: decide, look the value up inside the keeper, write down that it was searched, and only then say whose it is.

One entry for each search, also for one that finds nobody; it names those found and never the value.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final
from uuid import UUID

from audit.entry import Facts
from security.fields import FIELDS, UnknownField
from security.keeper.find_messages import Find, Found
from security.keeper.held import Held
from security.keeper.searching import Shelves, look_up
from security.policy.finding import decide_find
from security.purposes import PURPOSES, UnknownPurpose
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session, session_of
from security.vault.indexes import spelled
from security.vault.normalise import NothingLeft

SEARCHED: Final = "passengers:index:searched"
NOT_SEARCHABLE: Final = "passengers:not_searchable"
BAD_SEARCH: Final = "passengers:bad_search"
TOO_MANY: Final = "security:too_many_searches"
TICK: Final = 0.1
"""Answers leave on full ticks after the question came, so that their time does not tell what was found."""


async def find(held: Held, ask: Find, at: datetime) -> Found:
    """Give those who hold a value, as far as this role may see them; each search and refusal is an entry.

    Before any of that, none: `security:not_signed_in`, `passengers:unknown_field`, `passengers:unknown_purpose`,
    `passengers:not_searchable`, `passengers:bad_search`.
    """
    began = asyncio.get_running_loop().time()
    caller = await session_of(held.quick, ask.token, at)
    wanted = _spelled(held, ask)
    await _hold_back(held, caller, ask, at)
    refused = decide_find(caller.role, ask.field, ask.purpose)
    if refused is not None:
        raise await _denied(held, caller, ask, Refusal(refused, 403))
    tag = held.finder.indexes.tag_of(ask.field, ask.value, ask.issuing_state)
    if tag is None:  # cannot be: the value was spelled a moment ago
        raise Refusal(BAD_SEARCH, 422)
    shelves = Shelves(held.keys, held.quick, held.custody, held.key_of, held.org_keys)
    subjects = await look_up(shelves, held.finder, ask.field, wanted, tag)
    complete = not await held.quick.fetchval("select exists (select from index_pending)")
    covered = await held.gate.append(_facts(caller, ask, subjects))
    await _until_tick(began)
    return Found(subjects, covered.index, covered.leaf.decode(), complete)


def _spelled(held: Held, ask: Find) -> str:
    if ask.field not in FIELDS:
        raise Refusal(UnknownField.code, 422)
    if ask.purpose not in PURPOSES:
        raise Refusal(UnknownPurpose.code, 422)
    if held.finder.indexes.index_of(ask.field) is None:
        raise Refusal(NOT_SEARCHABLE, 422)
    try:
        return spelled(FIELDS[ask.field], ask.value, ask.issuing_state)
    except NothingLeft:
        raise Refusal(BAD_SEARCH, 422) from None


async def _hold_back(held: Held, caller: Session, ask: Find, at: datetime) -> None:
    seconds = held.finder.rate.retry_after(caller.account, at)
    if seconds is None:
        return
    refusal = Refusal(TOO_MANY, 429, retry_after=seconds)
    # As with reveals: one entry a minute says that this person is held back.
    if held.gate.memory.said.is_first((TOO_MANY, caller.account), at):
        await _denied(held, caller, ask, refusal)
    raise refusal


async def _denied(held: Held, caller: Session, ask: Find, refusal: Refusal) -> Refusal:
    document = {"refusal": refusal.code}
    facts = caller.facts(
        SEARCHED, ask.request, field=ask.field, purpose=ask.purpose, decision="deny", document=document
    )
    await held.gate.append(facts)
    return refusal


def _facts(caller: Session, ask: Find, subjects: list[UUID]) -> Facts:
    return caller.facts(
        SEARCHED,
        ask.request,
        field=ask.field,
        purpose=ask.purpose,
        tier="masked",
        members=tuple(subjects),
        document={"found": str(len(subjects))},
    )


async def _until_tick(began: float) -> None:
    spent = asyncio.get_running_loop().time() - began
    await asyncio.sleep(-spent % TICK)
