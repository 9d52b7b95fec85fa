"""The catalogue that a compliance officer reads: whole, in each language, by page and API, and for nobody else."""

import re

import pytest

from audit.catalogue import KINDS
from portal.catalogue.words import ROOMS, WRITERS
from portal.oversight.words import KIND_NAMES, PART_NAMES
from tests.portal.house import House


@pytest.mark.parametrize("role", ["compliance", "auditor"])
async def test_every_kind_stands_on_the_page(house: House, role: str) -> None:
    """The page has each kind once, by code and name, under its room, with who writes it and what it may hold."""
    visitor = await house.browser(role)
    text = (await visitor.open("/ledger/kinds")).text
    assert sorted(re.findall(r'<tr id="([a-z:-]+)">', text)) == sorted(KINDS)
    assert all(f'id="{kind.room}"' in text for kind in KINDS.values())
    row = text.partition('<tr id="passengers:passport:revealed">')[2].partition("</tr>")[0]
    for said in ("Passport number revealed", "Keeper", "Allowed", "Denied", "Purpose", "refusal", "0.1.0"):
        assert said in row


@pytest.mark.parametrize(("tag", "words"), [("zh-Hans", "账本条目目录"), ("ar", "فهرس القيود")])
async def test_it_speaks_each_language(house: House, tag: str, words: str) -> None:
    """Title and names stand in the reader's language, and what is looked for is looked for in it."""
    visitor = await house.browser("compliance", tag)
    assert words in (await visitor.open("/ledger/kinds")).text
    named = {"zh-Hans": "密钥", "ar": "مفتاح"}[tag]
    found = (await visitor.open(f"/ledger/kinds?q={named}")).text
    assert "audit:log-key:announced" in found
    assert "trips:list:viewed" not in found


async def test_it_is_searched_without_script(house: House) -> None:
    """Words, room, writer and decision narrow the list; what fits nothing says so, what is no filter is refused."""
    visitor = await house.browser("auditor")
    found = (await visitor.open("/ledger/kinds?q=card+revealed&writer=wx_keeper&decision=deny")).text
    assert re.findall(r'<tr id="([a-z:-]+)">', found) == ["passengers:card:revealed"]
    assert "No kind matches" in (await visitor.open("/ledger/kinds?q=nothing+of+this")).text
    wrong = await visitor.open("/ledger/kinds?room=cellar", expect=422)
    assert wrong.status_code == 422


async def test_programs_read_it_too(house: House) -> None:
    """The API gives each kind with the same facts, narrowed by the same filters; others are refused."""
    client = await house.api("compliance")
    items = (await client.get("/api/v1/ledger/kinds")).json()["items"]
    assert [item["code"] for item in items] == sorted(KINDS)
    (sealed,) = [item for item in items if item["code"] == "passengers:iban:sealed"]
    assert (sealed["room"], sealed["writers"]) == ("passengers", ["wx_keeper"])
    assert {"sub", "dek"} <= set(sealed["parts"])
    some = (await client.get("/api/v1/ledger/kinds?room=trips&q=calendar")).json()["items"]
    assert {item["code"] for item in some} == {code for code in KINDS if code.startswith("trips:calendar:")}
    assert (await client.get("/api/v1/ledger/kinds?decision=maybe")).status_code == 422
    assert (await (await house.api("administrator")).get("/api/v1/ledger/kinds")).status_code == 403


def test_every_room_writer_and_part_has_words() -> None:
    """Nothing in the catalogue is shown as a bare code where a person reads words."""
    assert {kind.room for kind in KINDS.values()} == set(ROOMS)
    assert {origin for kind in KINDS.values() for origin in kind.origins} == set(WRITERS)
    assert {part for kind in KINDS.values() for part in kind.parts} <= set(PART_NAMES)
    assert set(KIND_NAMES) == set(KINDS)
    assert [code for code, kind in KINDS.items() if not kind.decisions] == []
