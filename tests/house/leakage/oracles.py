"""What tells a value without saying it: the order of a list, whom a search finds, how long an answer is."""

import contextlib
import re
from collections.abc import Iterator
from typing import Any

import asyncpg
import httpx
import pytest
import uuid_utils.compat as uuids

from portal.cell import HANDLERS
from tests.house.leakage.canaries import Canaries, in_order
from tests.house.leakage.grounds import Grounds
from tests.house.leakage.stores import overheard

BASE = "/api/v1/passengers"
LOOKERS = ("booker", "operations", "finance", "compliance", "sales")

VALUES: dict[str, str] = {}  # numbers of the people added here, for whoever plants an order by them


async def orders(ground: Grounds) -> list[str]:
    """Name the lists in which people of one name stand in another order than that in which they came.

    Of two pairs, one comes with its values ascending and one with them descending: no order by a value keeps both.
    """
    found = []
    for values in (("AAAA11", "ZZZZ99"), ("ZZZZ99", "AAAA11")):
        name = f"Pair{uuids.uuid7().hex[-6:].translate(str.maketrans('0123456789', 'ghijklmnop'))}"
        ids = [await _added(ground, name, value) for value in values]
        for role in LOOKERS:
            listed = await (await ground.caller(role)).get(BASE, params={"q": name})
            if not in_order([one["id"] for one in listed.json()["items"]], ids):
                found.append(f"{role} {BASE}")
            page = await _sought(ground, role, name)
            shown = re.findall(r"/passengers/(eu_[0-9a-f-]{36})", page.text)
            if not in_order(shown, ids):
                found.append(f"{role} /passengers")
    return found


async def _sought(ground: Grounds, role: str, name: str) -> httpx.Response:
    client, token = await ground.page_caller(role)
    return await client.post("/en/passengers/search", data={"csrf": token, "q": name}, follow_redirects=True)


async def _added(ground: Grounds, name: str, value: str, **more: Any) -> str:
    body = {
        "name": {"given": "Ada", "family": name},
        "birth_date": "1950-01-01" if value < "M" else "1999-12-31",
        "documents": [{"kind": "passport", "issuing_state": "GBR", "number": value}],
        **more,
    }
    made = await (await ground.caller("booker")).post(BASE, json=body)
    assert made.status_code == 201, made.text
    found = str(made.json()["id"])
    VALUES[found] = value
    return found


async def searches(ground: Grounds, canaries: Canaries) -> list[str]:
    """Name the values by which a search for names finds anybody: what takes `q` takes it for names only."""
    places = [
        path
        for handler in HANDLERS
        if "q" in getattr(handler.fn, "__annotations__", {})
        for path in handler.paths
        if path.startswith("/api/")
    ]
    assert BASE in places
    found = []
    for code, value in canaries.values.items():
        for text in (value, value[:4] + "%", value[-6:]):
            for role, place in ((role, place) for role in ("booker", "compliance") for place in places):
                answer = await (await ground.caller(role)).get(place, params={"q": text})
                if answer.json().get("items"):
                    found.append(f"{role} {place} {code}")
    return found


async def lengths(ground: Grounds) -> list[str]:
    """Name the answers whose length differs between two people who differ in the length of sealed values only."""
    short, long = "AB7X1", "ABCDEFGHIJKLMNOPQ7X1"
    marks = [uuids.uuid7().hex[-6:].translate(str.maketrans("0123456789", "ghijklmnop")) for _ in range(2)]
    card = {"number": "4000056655665556", "expiry": "09/45"}
    ids = [
        await _added(ground, f"Long{mark}", number, cards=[card | {"holder": holder}])
        for mark, number, holder in zip(
            marks, (short, long), ("A B", "ABCDEF GHIJKLMNOPQRSTUVW"), strict=True
        )
    ]
    found = []
    for role in LOOKERS:
        caller = await ground.caller(role)
        for place in ("/en/passengers/{}", "/ar/passengers/{}", BASE + "/{}", BASE + "?q=Long{}"):
            names = marks if place.endswith("q=Long{}") else ids
            answers = [await caller.get(place.format(name)) for name in names]
            if len({len(_levelled(answer)) for answer in answers}) > 1:
                found.append(f"{role} {place}")
    return found


def _levelled(answer: httpx.Response) -> str:
    """Take away what differs from one answer to the next by itself."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "id", answer.text)
    return re.sub(r"[0-9a-f]{32,64}", "token", text)


async def absences(ground: Grounds) -> list[str]:
    """Name the addresses at which another client's passenger answers otherwise than one who is not there at all.

    Compared are status, text, names of headers, and how many statements the database was asked: the time it takes.
    """
    stranger, nobody = f"eu_{ground.house.stage.stranger}", f"eu_{uuids.uuid7()}"
    found = []
    booker = await ground.caller("booker")
    for method, place, body in (
        ("GET", "/en/passengers/{}", None),
        ("GET", "/en/passengers/{}/edit", None),
        ("GET", BASE + "/{}", None),
        ("PATCH", BASE + "/{}", {"phone": ""}),
        (
            "POST",
            BASE + "/{}/reveals",
            {"field": "iban", "purpose": "refund", "reference": ground.house.trip},
        ),
    ):
        seen = []
        for who in (stranger, nobody):
            counts = []
            for _ in range(5):  # what the keeper does meanwhile by itself is in no count that is the least
                with counted() as statements:
                    answer = await booker.request(method, place.format(who), json=body)
                counts.append(len(statements))
            seen.append((answer.status_code, _levelled(answer), sorted(answer.headers), min(counts)))
        if seen[0] != seen[1]:
            found.append(f"{method} {place}")
    return found


@contextlib.contextmanager
def counted() -> Iterator[list[str]]:
    """Count the statements that web and keeper send while something is done."""
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        for name in ("fetch", "fetchrow", "fetchval", "execute"):
            real = getattr(asyncpg.Connection, name)
            patch.setattr(asyncpg.Connection, name, _counting(real, said))
        yield said


def _counting(real: Any, said: list[str]) -> Any:
    async def asked(connection: Any, query: str, *values: Any, **more: Any) -> Any:
        if "ledger" not in query and "pg_" not in query and "index_pending" not in query:
            said.append(query)
        return await real(connection, query, *values, **more)

    return asked


async def faults(ground: Grounds, canaries: Canaries) -> list[str]:
    """Name where a value gets out when web or keeper breaks with it in its hands: an answer, a header, a log."""

    def break_with_it(*_: object, **__: object) -> None:
        raise ValueError(*canaries.values.values())

    found, where = [], ground.ids["passengers.wanted"]
    booker = await ground.caller("booker")
    with overheard() as said:
        for place in ("portal.passengers.queries._document", "security.keeper.seal.mask_of"):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(place, break_with_it)
                answers = [
                    await booker.get(f"{BASE}/{where}"),
                    await booker.get(f"/en/passengers/{where}"),
                    await booker.post(BASE, json=canaries.body),
                ]
            assert any(answer.status_code == 500 for answer in answers), place
            told = [canaries.spot(answer.text + str(answer.headers)) for answer in answers]
            found += [f"{place}: {code}" for codes in told for code in sorted(codes)]
    assert "failed" in "".join(said)
    return found + [f"log: {code}" for code in sorted(canaries.spot("\n".join(said)))]
