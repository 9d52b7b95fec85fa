"""The leak gate: planted values leave by no route, in no format, to no role; new routes are found by themselves."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import pytest
import pytest_asyncio

from audit.catalogue import KINDS
from infra.cell import Cell
from security.keeper.client import KeeperRefused
from tests import database
from tests.house.leakage.canaries import Canaries
from tests.house.leakage.doings import everything
from tests.house.leakage.grounds import Grounds, grounds, plant
from tests.house.leakage.oracles import absences, faults, lengths, orders, searches
from tests.house.leakage.recorded import SHOWS_NOBODY, overfull, silent
from tests.house.leakage.stores import mailed, overheard, stored
from tests.house.leakage.sweep import sweep
from tests.house.leakage.ways import Unnamed, ways
from tests.security.keeper.stage import PASSWORD


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ground(shared_cell: Cell, admin) -> AsyncIterator[Grounds]:
    """Stand on one house for all of these tests."""
    async with database.copied(shared_cell, admin) as db, grounds(db) as made:
        yield made


async def test_no_value_leaves_by_any_way(ground: Grounds) -> None:
    """No route gives a sealed value to any role, in any language or format; no log, mail, table or file keeps one."""
    with overheard() as said:
        canaries = await plant(ground, 1)
        await everything(ground, canaries)
        assert await sweep(ground, canaries) == []
    assert mailed(ground, canaries) == []
    assert ground.scene.mail.caught
    assert await stored(ground, canaries) == []
    assert said
    assert canaries.spot("\n".join(said)) == set()


async def test_no_value_tells_itself_by_order_search_length_or_absence(ground: Grounds) -> None:
    """Lists are in no order of values, names are found by names, lengths and not-found tell nothing."""
    canaries = await plant(ground, 2)
    assert await orders(ground) == []
    assert await searches(ground, canaries) == []
    assert await lengths(ground) == []
    assert await absences(ground) == []


async def test_a_fault_tells_no_value(ground: Grounds) -> None:
    """When web or keeper breaks with a value in its hands, neither the answer nor a log line holds it."""
    assert await faults(ground, await plant(ground, 3)) == []


async def test_the_gate_is_not_blind(ground: Grounds) -> None:
    """The one answer that may hold a value, a reveal that was allowed, is seen to hold it, and nothing else of hers."""
    canaries = await plant(ground, 5)
    finance = await ground.house.api("finance")
    await finance.post("/api/v1/me/step-ups", json={"password": PASSWORD})
    body = {"field": "iban", "purpose": "refund", "reference": ground.house.trip, "reason": "refund"}
    where = f"/api/v1/passengers/{ground.ids['passengers.wanted']}/reveals"
    with overheard() as said:
        answer = await finance.post(where, json=body)
    assert canaries.spot(answer.text) == {"iban"}
    assert canaries.spot("\n".join(said)) == set()


async def test_every_look_and_every_refusal_is_an_entry(ground: Grounds) -> None:
    """Whoever is shown people leaves an entry of a catalogued kind, whoever is refused one that denies, on each way."""
    await everything(ground, await plant(ground, 6))
    assert await silent(ground) == []
    assert await overfull(ground) == []  # and each holds no more than the catalogue says
    there = {f"{way.method} {way.route}" for way in ways(ground.house.app, ground.ids)}
    assert set(SHOWS_NOBODY) <= there  # who is let off is a route of this house, and not one that is gone


async def test_a_look_without_an_entry_is_named(ground: Grounds, monkeypatch) -> None:
    """A page that forgets to record, a refusal that is not kept and a kind that nobody catalogued are each found."""
    await plant(ground, 7)
    program = r"^GET /api/v1/passengers/\{wanted:str\}$"
    assert await silent(ground, only=program) == []

    async def forgets(*_given: object, **_more: object) -> None:
        """Write nothing down."""

    with monkeypatch.context() as patch:
        patch.setattr("portal.passengers.api.record_view", forgets)
        assert {one.why for one in await silent(ground, only=program)} == {"unrecorded"}
    with monkeypatch.context() as patch:
        patch.setattr("portal.web.unit.Unit.after_refusal", lambda *_given: None)
        assert [one.why for one in await silent(ground, only=program)] == ["refusal unrecorded"]
    with monkeypatch.context() as patch:
        patch.setattr("tests.house.leakage.recorded.KINDS", {})
        assert {one.why for one in await silent(ground, only=program)} == {"uncatalogued"}
    with monkeypatch.context() as patch:
        poor = replace(KINDS["security:session:refused"], document=())
        patch.setattr("tests.house.leakage.recorded.KINDS", {**KINDS, poor.code: poor})
        with suppress(KeeperRefused):
            await ground.house.stage.client.sign_in("nobody@example.test", "wrong", "device", "192.0.2.1")
        assert await overfull(ground) == ["security:session:refused: refusal"]


def test_a_place_that_nobody_named_stops_the_gate(ground: Grounds) -> None:
    """A route with an id of a new kind in its address is not passed over: the gate stops and asks for one."""
    with pytest.raises(Unnamed):
        list(ways(ground.house.app, {}))


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("CNRP017X1", "passport.number"),
        ("cnrp-01 7x1", "passport.number"),
        ("C\u200bN\u200bRP0\u00ad17X1", "passport.number"),
        ("ＣＮＲＰ０１７Ｘ１", "passport.number"),
        ("1X710PRNC", "passport.number"),
        ("Q05SUDAxN1gx", "passport.number"),
        ("434E52503031375831", "passport.number"),
        ("••CNRP017", "passport.number"),
        ("•••• 56655", "mask"),
        ("born on 14 January 1961", "birth_date"),
        ("1961年1月14日", "birth_date"),
        ("١٤ يناير ١٩٦١", "birth_date"),
        ("14/01/1961", "birth_date"),
        ("exp 09/2045", "card.expiry"),
        ("Canary AOldeB", "card.holder"),
        ("CANARY%20AOLDEB", "card.holder"),
    ],
)
def test_a_value_is_seen_in_any_dress(text: str, field: str) -> None:
    """Spaced, widened, turned round, coded, shortened or written as a date: the gate knows it."""
    assert field in Canaries(1).spot(text)


@pytest.mark.parametrize(
    "text", ["••••••7X1", "VISA •••• 5555", "GB •••• 5501", "since 1961", "on 14 January 2026"]
)
def test_a_mask_is_not_a_leak(text: str) -> None:
    """Masks as they are, and dates of something else, are let pass."""
    assert Canaries(1).spot(text) == set()
