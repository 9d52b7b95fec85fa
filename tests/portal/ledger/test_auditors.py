"""External auditors: let in for a time and to a part of the ledger; everything they open is recorded."""

import re
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import httpx
import pytest

from portal.auditors.work import compose
from portal.oversight import charts
from tests.portal.house import House
from tests.portal.ledger.test_extracts import BASE as EXTRACTS
from tests.portal.ledger.test_extracts import Works, settled
from tests.security.keeper.stage import PASSWORD

AUDITORS = "/api/v1/auditors"
EMAIL = "ines@outside.example"
CHOSEN = "a password of an outsider"


async def compliance(house: House) -> httpx.AsyncClient:
    """Give compliance, stepped up."""
    token = await house.stage.stepped_up("compliance")
    return house.client(headers={"authorization": f"Bearer {token}"})


async def invited(house: House, **changes: Any) -> tuple[httpx.AsyncClient, dict[str, Any]]:
    """Invite an auditor for March who may see what happened to passengers."""
    body = {
        "email": EMAIL,
        "name": "Inês",
        "firm": "Outside LLP",
        "ends_on": "2026-03-31",
        "rooms": ["passengers"],
    }
    client = await compliance(house)
    answer = await client.post(AUDITORS, json=body | changes)
    assert answer.status_code == 201, answer.text
    return client, answer.json()


async def accepted(house: House, auditor: dict[str, Any], password: str = CHOSEN) -> None:
    """Let the invited person choose a password, as the link of the mail does."""
    keeper = house.app.state.keeper
    token = await keeper.issue_invitation(house.stage.org, _inner(auditor))
    await keeper.accept_invitation(token, house.stage.org, "192.0.2.9", password)


def _inner(auditor: dict[str, Any]) -> Any:
    return UUID(auditor["id"].removeprefix("eu_"))


async def signed_in(house: House, password: str = CHOSEN) -> httpx.Response:
    """Try to sign in as the external auditor."""
    return await house.client().post("/api/v1/sessions", json={"email": EMAIL, "password": password})


async def entered(house: House) -> httpx.AsyncClient:
    """Give the external auditor's client."""
    answer = await signed_in(house)
    assert answer.status_code in {200, 201}, answer.text
    return house.client(headers={"authorization": f"Bearer {answer.json()['token']}"})


@pytest.fixture(name="busy")
async def the_busy_house(house: House) -> House:
    """Give a house in whose ledger passengers were looked at and somebody was refused."""
    operations = await house.api("operations")
    await operations.get("/api/v1/passengers")
    await operations.get("/api/v1/ledger/entries")
    await settled(house, "passengers:list:viewed")
    await settled(house, "security:access:refused")
    return house


async def test_the_scope_holds_everywhere(busy: House) -> None:
    """What is outside the scope is in no list, page, proof, document or extract: the rows themselves are hidden."""
    _, auditor = await invited(busy)
    await accepted(busy, auditor)
    mine, all_of = await entered(busy), await busy.api("auditor")
    seen = (await mine.get("/api/v1/ledger/entries?limit=200")).json()["items"]
    every = (await all_of.get("/api/v1/ledger/entries?limit=200")).json()["items"]
    assert {one["parts"]["act"] for one in seen} == {"passengers:list:viewed"}
    assert len(every) > len(seen)
    hidden = next(one["index"] for one in every if one["parts"]["act"] == "security:access:refused")
    assert (await mine.get(f"/api/v1/ledger/entries/{hidden}/proof")).status_code == 404
    assert (await mine.get(f"/en/ledger/entries/{hidden}")).status_code == 404
    assert (await mine.get(f"/api/v1/ledger/entries/{seen[0]['index']}/proof")).status_code == 200
    assert (await mine.post("/api/v1/ledger/exports")).status_code == 403
    page = (await mine.get("/en/ledger")).text
    assert "passengers:list:viewed" in page or "Passenger list viewed" in page
    for way in (
        "/en/ledger/patterns",
        "/en/ledger/compare",
        "/en/ledger/searches",
        "/en/matrix",
        "/en/ledger/exports",
    ):
        answer = await mine.get(way)
        assert answer.status_code == 200, (way, answer.text)
        assert "Page refused to a role" not in re.sub(r"<option.*?</option>", "", answer.text), way
    asked = await mine.post(EXTRACTS, json={"layout": "jsonl"})
    async with Works(busy) as works:
        await works.make()
    got = await mine.get(asked.headers["location"])
    assert got.json()["done"] == len(seen)
    for table in ("ledger_member", "ledger_fact"):
        async with busy.stage.owner.transaction():
            await busy.stage.owner.execute(
                "select set_config('wx.account', $1, true), set_config('role', 'wx_as_external_auditor', true)",
                str(_inner(auditor)),
            )
            rows = await busy.stage.owner.fetch(f"select distinct index from {table}")
            assert {row["index"] for row in rows} <= {one["index"] for one in seen}


def test_columns_are_not_asked_for_an_auditor_from_outside() -> None:
    """Who has a scope counts in the ledger, whose rows know it; who has none, in the columns too."""
    settings = SimpleNamespace(blob_folder=Path("/blobs"))
    for external in (True, False):
        unit: Any = SimpleNamespace(
            connection=None, settings=settings, who=SimpleNamespace(external=external)
        )
        assert (charts.counting(unit)._columns.folder is None) == external


async def test_a_scope_of_fields_and_period(busy: House) -> None:
    """A class of fields hides entries about others; a period hides those before it."""
    await invited(busy, rooms=[], fields=["passport"])
    owner = busy.stage.owner
    account = await owner.fetchval("select account_id from gate.external_auditor")
    assert await _seen(busy, account) == set()
    await owner.execute("update gate.external_auditor set fields = null")
    assert "security:access:refused" in await _seen(busy, account)
    await owner.execute("update gate.external_auditor set until = '2020-01-01'")
    assert await _seen(busy, account) == set()
    await owner.execute("update gate.external_auditor set until = null, revoked_at = now()")
    assert await _seen(busy, account) == set()


async def _seen(house: House, account: Any) -> set[str]:
    owner = house.stage.owner
    async with owner.transaction():
        await owner.execute(
            "select set_config('wx.account', $1, true), set_config('role', 'wx_as_external_auditor', true)",
            str(account),
        )
        return {row["act"] for row in await owner.fetch("select distinct act from ledger_leaf")}


async def test_time_opens_and_shuts_the_door(house: House) -> None:
    """Before the begin and after the end a clear word answers at the door; extending opens it again."""
    client, auditor = await invited(house, starts_on="2026-03-10")
    await accepted(house, auditor)
    assert (await signed_in(house)).json()["code"] == "security:access_not_begun"
    assert (await signed_in(house, "wrong words entirely")).json()["code"] == "security:wrong_credentials"
    house.stage.clock.pass_by(days=12)
    mine = await entered(house)
    assert (await mine.get("/api/v1/me")).json()["role"] == "auditor"
    house.stage.clock.pass_by(days=22)
    assert (await mine.get("/api/v1/me")).status_code == 401
    assert (await signed_in(house)).json()["code"] == "security:access_ended"
    client = await compliance(house)
    where = f"{AUDITORS}/{auditor['id']}"
    longer = await client.post(f"{where}/extensions", json={"ends_at": "2026-04-30T00:00:00Z"})
    assert longer.json()["state"] == "active", longer.text
    assert (await signed_in(house)).status_code in {200, 201}
    documents = [leaf["document"] for leaf in await house.stage.leaves("auditors:account:extended")]
    assert [one["ends_at"] for one in documents] == ["2026-04-30T00:00:00.000000Z"]


async def test_revoking_ends_every_session(house: House) -> None:
    """A revoked person's session answers no more, an open invitation neither, and the entry says it."""
    client, auditor = await invited(house)
    await accepted(house, auditor)
    mine = await entered(house)
    assert (await client.post(f"{AUDITORS}/{auditor['id']}/revocation")).json()["state"] == "revoked"
    assert (await mine.get("/api/v1/me")).status_code == 401
    assert (await signed_in(house)).json()["code"] == "security:access_ended"
    assert len(await house.stage.leaves("auditors:account:revoked")) == 1
    text = str(
        await house.stage.owner.fetch(
            "select leaf, document from ledger_leaf left join ledger_fact using (index)"
        )
    )
    assert not re.search("Inês|Outside LLP|ines@", text)


async def test_who_was_shut_out_is_let_in_by_a_new_invitation(house: House) -> None:
    """Under the same address, once shut out and not before: with the new limits, and the old password opens nothing."""
    client, auditor = await invited(house)
    await accepted(house, auditor)
    body = {
        "email": EMAIL.upper(),
        "name": "Inês Two",
        "firm": "Outside",
        "ends_on": "2026-03-20",
        "rooms": ["trips"],
    }
    assert (await client.post(AUDITORS, json=body)).json()["code"] == "security:account_exists"
    await client.post(f"{AUDITORS}/{auditor['id']}/revocation")
    client, again = await invited(house, **body)
    assert (again["id"], again["state"], again["rooms"]) == (auditor["id"], "invited", ["trips"])
    assert (again["name"], again["ends_at"]) == ("Inês Two", "2026-03-20T23:00:00Z")
    assert (await signed_in(house)).json()["code"] == "security:wrong_credentials"
    await accepted(house, again, "another password of hers")
    assert (await signed_in(house, "another password of hers")).status_code in {200, 201}
    assert len(await house.stage.leaves("auditors:account:invited")) == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"time_zone": "localtime"}, "time_zone"),
        ({"email": "ines\u202e@outside.example"}, "email"),
        ({"since": "2026-04-02"}, "since"),
        ({"since": "2026-03-05", "until": "2026-03-03"}, "until"),
    ],
)
async def test_an_invitation_that_could_show_nothing_is_refused(
    house: House, changes: dict[str, str], field: str
) -> None:
    """A period behind the end or turned around, a zone that is nobody's, an address that reads otherwise: by field."""
    client = await compliance(house)
    body = {"email": EMAIL, "name": "Inês", "firm": "Outside LLP", "ends_on": "2026-03-31"}
    answer = await client.post(AUDITORS, json=body | changes)
    assert answer.status_code == 422
    assert {one["field"] for one in answer.json()["errors"]} == {field}


async def test_the_menu_leads_nowhere_that_is_closed(busy: House) -> None:
    """An auditor from outside is offered only pages that open; one of the house is offered the reports too."""
    _, auditor = await invited(busy)
    await accepted(busy, auditor)
    mine = await entered(busy)
    menu = set(
        re.findall(r'href="/en(/[a-z/-]+)"', (await mine.get("/en/ledger")).text.partition("<main")[0])
    )
    assert "/ledger" in menu
    assert {one: (await mine.get(f"/en{one}")).status_code for one in menu} == dict.fromkeys(menu, 200)
    assert "/reports" not in menu
    assert 'href="/en/reports"' in (await (await busy.api("auditor")).get("/en/ledger")).text


async def test_what_they_open_is_seen(busy: House) -> None:
    """Each page, call and refusal is an entry with its filters; compliance and the person read the list."""
    client, auditor = await invited(busy)
    await accepted(busy, auditor)
    mine = await entered(busy)
    await mine.get("/api/v1/ledger/entries?kind=passengers:list:viewed&actor=Somebody%20Typed")
    await mine.get("/en/ledger/entries/999999")
    await mine.get("/en/help")
    await mine.get("/ledger/checkpoint")
    await settled(busy, "auditors:access:made", 2)
    looked = (await client.get(f"{AUDITORS}/{auditor['id']}/accesses")).json()["items"]
    made = [one for one in looked if one["kind"] == "auditors:access:made"]
    assert {one["reference"] for one in made} == {"/api/v1/ledger/entries", "/ledger/entries/999999"}
    asked = next(one["asked"] for one in made if one["reference"] == "/api/v1/ledger/entries")
    assert asked == {"method": "GET", "asked": "actor=other kind=passengers:list:viewed"}
    own = await mine.get("/en/own-access")
    assert own.status_code == 200
    assert "Opened by an external auditor" in own.text


async def test_only_compliance_invites(house: House) -> None:
    """Others are refused and recorded; without a step-up, a mail address or an end nobody comes in."""
    for role in ("auditor", "administrator", "operations"):
        assert (await (await house.api(role)).get(AUDITORS)).status_code == 403
    plain = await house.api("compliance")
    body = {"email": EMAIL, "name": "I", "firm": "O", "ends_on": "2026-03-31"}
    assert (await plain.post(AUDITORS, json=body)).json()["code"] == "passengers:step_up_required"
    for wrong, field in (
        ({"email": "x"}, "email"),
        ({"ends_on": "soon"}, "ends_on"),
        ({"rooms": ["x"]}, "rooms"),
    ):
        answer = await plain.post(AUDITORS, json=body | wrong)
        assert [error["field"] for error in answer.json()["errors"]] == [field]
    stepped = await compliance(house)
    assert (await stepped.post(AUDITORS, json=body | {"ends_on": "2026-02-01"})).json()[
        "code"
    ] == "auditors:bad_window"
    taken = await stepped.post(AUDITORS, json=body | {"email": "auditor@example.test"})
    assert taken.json()["code"] == "security:account_exists"


async def test_an_invitation_works_once(house: House) -> None:
    """Pages invite and accept; the link works once; a short password, two different ones and a wrong link are told."""
    visitor = await house.browser("compliance")
    await visitor.open("/auditors")
    fields = {
        "email": EMAIL,
        "name": "Inês",
        "firm": "O",
        "ends_on": "2026-03-31",
        "locale": "ar",
        "time_zone": "UTC",
    }
    await visitor.submit("/auditors", expect=422, **(fields | {"email": "x"}), password=PASSWORD)
    await visitor.submit("/auditors", **fields, password=PASSWORD, room_passengers="1")
    assert "on its way" in visitor.words()
    account = await house.stage.owner.fetchval("select account_id from gate.external_auditor")
    keeper = house.app.state.keeper
    token = await keeper.issue_invitation(house.stage.org, account)
    guest = await house.browser("auditor", "ar")
    await guest.open(f"/auditors/welcome/{token}")
    where = f"/auditors/welcome/{token}"
    await guest.submit(where, expect=422, password="short", again="short")
    await guest.submit(where, expect=422, password=CHOSEN, again="another")
    await guest.submit(where, password=CHOSEN, again=CHOSEN)
    again = await house.client().post(
        f"/ar{where}",
        data={"password": CHOSEN, "again": CHOSEN},
        headers={"origin": "http://eu.waxwing.test"},
    )
    assert again.status_code == 404
    assert (await signed_in(house)).status_code in {200, 201}


async def test_nothing_typed_into_an_address_enters_the_ledger(busy: House) -> None:
    """Names, numbers and a parameter's own name in an address leave no trace in the entry about it."""
    _, auditor = await invited(busy)
    await accepted(busy, auditor)
    mine = await entered(busy)
    for typed in (
        "/en/ledger/actors/Eleanor.Ashcombe-Vane_503817264",
        "/en/findings/eleanor.ashcombe-vane",
        "/en/ledger?Eleanor_Ashcombe=503817264",
        "/en/ledger?from=503817264&actor=Eleanor&before=503817264",
        "/en/ledger/entries/503817264",
        f"/en/ledger?actor={'Eleanor' * 6}x",  # as long as a pseudonym, or a credential
        f"/en/ledger/actors/{'Eleanor' * 6}x",
    ):
        await mine.get(typed)
    await settled(busy, "auditors:access:made", 7)
    rows = await busy.stage.owner.fetch(
        "select leaf, document from ledger_leaf left join ledger_fact using (index)"
    )
    assert not re.search(r"(?i)eleanor|ashcombe|503817264", str([tuple(row) for row in rows]))


async def test_a_password_nobody_could_type_again_is_refused(busy: House) -> None:
    """Control characters in a new password are a field's error and use nothing up; the link still works."""
    _, auditor = await invited(busy)
    token = await busy.app.state.keeper.issue_invitation(busy.stage.org, _inner(auditor))
    path, nul = f"/en/auditors/welcome/{token}", "\0" * 14
    client = busy.client()
    assert (await client.post(path, data={"password": nul, "again": nul})).status_code == 422
    assert (await client.post(path, data={"password": CHOSEN, "again": CHOSEN})).status_code == 303
    assert (await signed_in(busy)).status_code in {200, 201}


async def test_an_address_with_a_nul_leads_nowhere(house: House) -> None:
    """A control character in a page's address is no fault, and is never put into a header."""
    for path in ("/extracts/%00/file", "/auditors/welcome/%00"):
        answer = await house.client().get(path)
        assert answer.status_code < 500, path
        assert answer.headers.get("location", "/").isprintable()


def test_the_mail_tells_the_end_by_the_clock_of_whoever_is_invited() -> None:
    """An access that ends at midnight in Dubai ends at midnight in the mail."""
    mail = compose(
        EMAIL, "en", "http://eu.waxwing.test/en", datetime(2026, 12, 31, 20, tzinfo=UTC), "Asia/Dubai"
    )
    assert "1 Jan 2027" in mail.text
    assert "00:00" in mail.text
