"""The sweep: each way, by each role that may come and by one that may not, in each language and format."""

import re
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import httpx

from tests.house.leakage.canaries import Canaries
from tests.house.leakage.grounds import Grounds
from tests.house.leakage.reading import headers_of, texts_of
from tests.house.leakage.ways import ENDING, SAFE, Way, ways

LANGUAGES = ("zh-Hans", "ar")
READERS = ("booker", "operations", "compliance", "auditor")  # who sees most, where several may come
TABLES = "text/csv, application/vnd.openxmlformats-officedocument.spreadsheetml.sheet;q=0.9, */*;q=0.1"
# The one answer that may hold a value, and the page that asks for one: both are tried by tests of their own.
OPENS = re.compile(r"^POST .*/(reveals|reveal)$")


class Leak(NamedTuple):
    """Where a value got out: by whom, how, where, and which."""

    role: str
    way: str
    language: str
    field: str


async def sweep(ground: Grounds, canaries: Canaries, *, only: str = "") -> list[Leak]:
    """Go every way (those whose `METHOD /route` matches `only`) and name each value that came back."""
    chosen = list(ways(ground.house.app, ground.ids, only=only))
    chosen.sort(key=lambda way: way.route in ENDING)  # what ends sessions comes last
    found = []
    for way in chosen:
        asks = _asked(ground, way) if way.method == SAFE else _pushed(ground, canaries, way)
        async for role, language, answer in asks:
            assert answer.status_code < 500 or answer.status_code == 503, (
                role,
                way.method,
                way.route,
                answer.text,
            )
            kind = answer.headers.get("content-type", "")
            text = texts_of(kind, answer.content) + headers_of(answer.headers)
            name = f"{way.method} {way.route}"
            found += [Leak(role, name, language, code) for code in sorted(canaries.spot(text))]
    ground.forget_sessions()
    return found


Seen = AsyncIterator[tuple[str, str, httpx.Response]]


async def _asked(ground: Grounds, way: Way) -> Seen:
    """Look at a page or an answer: all roles in English, one in each other language, one stranger."""
    outside = [role for role in ("auditor", "booker", "nobody") if role not in way.guard.roles][:1]
    everybody = [*way.roles, *outside] if not way.guard.public else ["nobody"]
    drawn = way.route.endswith(".pdf")  # half a second each: those who see least and most of it
    everybody = [everybody[0], everybody[-2]] if drawn and len(everybody) > 1 else everybody
    for role in everybody:
        client = await ground.caller(role)
        yield role, "en", await client.get(f"/en{way.address}" if way.is_page else way.address)
    reader = next((role for role in READERS if role in everybody), everybody[0])
    client = await ground.caller(reader)
    if way.is_page and not drawn:
        for tag in LANGUAGES:
            yield reader, tag, await client.get(f"/{tag}{way.address}")
    else:
        yield reader, "tables", await client.get(way.address, headers={"accept": TABLES})


async def _pushed(ground: Grounds, canaries: Canaries, way: Way) -> Seen:
    """Send a form or a body full of values, most of it nonsense: none may come back with what is said of it."""
    roles = ["nobody"] if way.guard.public else [*way.roles[:2], *way.roles[-1:]]
    if OPENS.match(f"{way.method} {way.route}"):
        roles = [role for role in roles if role in {"sales", "auditor", "booker"}]
    for role in dict.fromkeys(roles):
        if way.route in ENDING:
            ground.forget_sessions()
        if way.is_page:
            client, token = await ground.page_caller(role)
            body = {"csrf": token, **hostile(canaries)}
            yield role, "en", await client.request(way.method, f"/en{way.address}", data=body)
        else:
            client = await ground.caller(role)
            for sent in (_nested(canaries), hostile(canaries)):
                yield role, "json", await client.request(way.method, way.address, json=sent)
            stale = {"if-match": '"v0"'}  # right in all but the version that it was read at
            yield (
                role,
                "json",
                await client.request(way.method, way.address, json=canaries.body, headers=stale),
            )


def hostile(canaries: Canaries) -> dict[str, str]:
    """Give every name under which a form takes a sealed value, each with a value that is wrong there."""
    values = canaries.values
    return {
        "number": values["card.number"][:-1] + "_",
        "birth_date": values["birth_date"] + "T",
        "holder": values["card.holder"] + "_",
        "expiry": "99/99",
        "iban": values["iban"] + "_",
        "mrz": values["passport.number"] + "<" + values["visa.number"],
        "cvv": "737",
        "issuing_state": "_",
        "password": values["passport.number"],
        "field": values["passport.number"],
        "purpose": values["passport.number"],
        "reference": values["passport.number"],
        "row": values["passport.number"],
        "option": values["passport.number"],
        "locale": values["passport.number"],
        "theme": values["passport.number"],
        "kind": values["passport.number"],
        "step": values["passport.number"],
    }


def _nested(canaries: Canaries) -> dict[str, Any]:
    body = dict(canaries.body)
    body.pop("name")
    body["documents"] = [
        {"kind": "passport", "issuing_state": "_", "number": canaries.values["passport.number"]}
    ]
    body["cards"] = [
        {"number": canaries.values["card.number"] + "1", "holder": canaries.values["card.holder"]}
    ]
    body["bank_accounts"] = [{"iban": canaries.values["iban"] + "1"}]
    return {**body, "email": "nobody"}
