"""The catalogue and the code say the same: every kind is written, every kind written is in it, no deed is silent."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from audit import holding
from audit.catalogue import KINDS
from portal.cell import make_litestar
from tests.house.records import calls
from tests.house.records.calls import Program, Sources
from tests.house.test_routes import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
KIND = re.compile(r"[a-z-]+:[a-z-]+:[a-z-]+")
# Routes that change something and write no entry, each with its reason.
WRITES_NOTHING = {
    "POST /ledger/witness/add-checkpoint": "two logs that cosign each other would never stand still; refusals write",
    "POST /passengers/search": "closes the words of a search into an address; the list that follows is the look",
    "POST /sign-in/start": "fills an address into the form of sign-in",
}


@pytest.fixture(scope="module")
def program() -> Program:
    """Read the whole house once."""
    return Program(Sources.of(ROOT, "portal", "security", "audit"))


def test_every_kind_in_the_code_is_catalogued(program: Program) -> None:
    """A text in the shape of a kind is a kind of the catalogue, wherever it stands."""
    loose = {
        f"{place}: {text}"
        for place, text in program.sources.texts()
        if KIND.fullmatch(text) and text not in KINDS
    }
    assert sorted(loose) == []


def test_every_kind_is_written_somewhere(program: Program) -> None:
    """Each kind is named by code that writes it: as a text, by a constant, or as one of a family."""
    written = program.sources.kinds(KINDS)
    assert sorted(set(KINDS) - written) == []
    assert "passengers:list:viewed" in written
    assert "passengers:list:polished" not in program.sources.kinds({"passengers:list:polished": None})


def test_every_holding_is_of_a_kind() -> None:
    """Nothing says what an entry may hold that there is no kind for, and each kind says what it may hold."""
    for name in holding._HOLDS:
        fits = re.compile(re.escape(name).replace(r"\*", "[a-z-]+"))
        assert any(fits.fullmatch(code) for code in KINDS), name
    assert [code for code, kind in KINDS.items() if not kind.decisions] == []


def unsafe() -> Iterator[tuple[str, str, str]]:
    """Give (way, module, name of the handler) of every route that may change something."""
    app = make_litestar(SETTINGS, lambda: None)  # type: ignore[arg-type, return-value]
    for route in app.routes:
        for handler in route.route_handlers:
            for method in sorted(getattr(handler, "http_methods", ())):
                if method in {"POST", "PUT", "PATCH", "DELETE"}:
                    yield f"{method} {route.path}", handler.fn.__module__, handler.fn.__name__


def test_every_deed_reaches_an_entry(program: Program) -> None:
    """From each route that may change something the calls lead to one that writes an entry, here or in the keeper."""
    silent = {way for way, module, name in unsafe() if not program.records(module, name)}
    assert sorted(silent - set(WRITES_NOTHING)) == []
    assert set(WRITES_NOTHING) <= silent


def test_a_deed_that_writes_nothing_is_named() -> None:
    """A handler that only stores is found, and the same with an entry is not."""
    source = """
from portal.web.unit import unit_of

async def store(unit):
    await unit.connection.execute("insert")

async def tell(unit):
    await unit.record("trips:trip:created")

async def silent(request):
    await store(unit_of(request))

async def honest(request):
    await store(unit_of(request))
    await tell(unit_of(request))
"""
    planted = Program(Sources({"portal.planted": source}))
    assert not planted.records("portal.planted", "silent")
    assert planted.records("portal.planted", "honest")


def test_an_operation_of_the_keeper_that_writes_nothing_is_known(program: Program) -> None:
    """The keeper's operations that only read do not count as an entry for whoever calls them."""
    reads = {name for name in program.keeper_calls() if not program.keeper_records(name)}
    assert {"witnesses", "status"} <= reads
    assert {"reveal", "seal", "sign_in", "approve", "turn_log_key"} & reads == set()
    assert calls.SINKS
