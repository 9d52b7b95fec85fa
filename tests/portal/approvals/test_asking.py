"""Asking, approving and opening over the API and on the pages."""

import pytest

from tests.portal.approvals.people import (
    BASE,
    CHECK,
    asked,
    decided,
    on_file,
    second,
    second_browser,
    stepped_up,
)
from tests.portal.house import House
from tests.portal.scans.specimens import jpeg
from tests.security.keeper.stage import PASSPORT, PASSWORD


async def test_a_program_asks_a_colleague_approves_the_value_opens(house: House) -> None:
    """The whole way over the API: refused, asked, seen by the colleague, approved, opened once."""
    await on_file(house)
    mine, theirs = await stepped_up(house, "compliance"), await second(house, "compliance")
    where = f"/api/v1/passengers/{house.mei}/reveals"
    body = {"field": "passport.number", "reference": house.trip, **CHECK}
    assert (await mine.post(where, json=body)).json()["code"] == "passengers:second_person_required"
    made = await asked(house, mine)
    assert (made["state"], made["needs"], made["may_decide"]) == ("waiting", ["second_person"], False)
    (seen,) = (await theirs.get(BASE)).json()["items"]
    assert (seen["id"], seen["may_decide"], seen["reason"]) == (made["id"], True, CHECK["reason"])
    assert (await mine.get(BASE)).json()["items"] == []
    answer = await decided(theirs, made)
    assert (answer.status_code, answer.json()["state"]) == (201, "approved")
    assert (await mine.post(where, json=body)).json()["value"] == PASSPORT
    after = (await mine.get(f"{BASE}/{made['id']}")).json()
    assert after["state"] == "used"
    assert after["items"][0]["opened_at"]
    assert [vote["role"] for vote in after["decisions"]] == ["compliance"]
    assert (await mine.post(where, json=body)).json()["code"] == "passengers:second_person_required"


async def test_the_pages_lead_from_the_refusal_to_the_value(house: House) -> None:
    """Without scripts: from the reveal's page to the request, to the colleague's decision, to the open value."""
    row = await on_file(house)
    mine = await house.browser("compliance")
    await mine.open(f"/passengers/{house.mei}/reveals/new?field=passport.number&row={row}")
    assert "/approvals/new?" in mine.answer.text
    await mine.open(f"/approvals/new?passenger={house.mei}&field=passport.number&row={row}")
    await mine.submit("/approvals", expect=422, purpose="identity_check", reference=house.trip, reason="")
    assert "Say in a few words why this is needed." in mine.words()
    await mine.submit("/approvals", purpose="identity_check", reference=house.trip, reason="Chur asks")
    request_path = mine.answer.url.path.removeprefix("/en")
    theirs = await second_browser(house, "compliance")
    await theirs.open("/")
    assert "Approvals waiting for you" in theirs.words()
    await theirs.open("/approvals")
    assert "Person of compliance" in theirs.words()
    await theirs.open(request_path)
    assert "Chur asks" in theirs.words()
    await theirs.submit(f"{request_path}/decisions", expect=403, decision="approve", password="wrong")
    await theirs.submit(f"{request_path}/decisions", decision="approve", password=PASSWORD)
    assert "Approved. Your approval is in the ledger." in theirs.words()
    await mine.open("/")
    assert "of yours is approved" in mine.words()
    await mine.open(request_path)
    await mine.submit(f"/passengers/{house.mei}/reveals", password=PASSWORD)
    assert PASSPORT in mine.answer.text


@pytest.mark.parametrize("tag", ["zh-Hans", "ar"])
async def test_every_page_in_each_language(house: House, tag: str) -> None:
    """Lists, a form, a request, the rule and the reviews are whole pages in Chinese and Arabic too."""
    row = await on_file(house)
    made = await asked(house, await stepped_up(house, "compliance"))
    reader = await house.browser("compliance", tag)
    for path in (
        "/approvals",
        "/approvals?which=mine",
        f"/approvals/{made['id']}",
        f"/approvals/new?passenger={house.mei}&field=passport.number&row={row}",
        "/approvals/reviews",
        "/exports",
    ):
        await reader.open(path)
    await (await house.browser("client_admin", tag)).open("/approvals/rule")
    await (await house.browser("operations", tag)).open(f"/trips/{house.trip}/exports/new")


async def test_who_asked_and_who_looks_on_see_no_decision(house: House) -> None:
    """Whoever asked finds no form to approve, and a role without part in it finds no request."""
    await on_file(house)
    made = await asked(house, await stepped_up(house, "compliance"))
    mine = await house.browser("compliance")
    await mine.open(f"/approvals/{made['id']}")
    assert "Your decision" not in mine.words()
    for role in ("operations", "finance", "client_admin"):
        other = await house.api(role)
        assert (await other.get(f"{BASE}/{made['id']}")).status_code == 404
        assert (await other.get(f"{BASE}?which=all")).json()["items"] == []
        assert (await decided(other, made)).status_code == 404
    for role in ("sales", "traveller", "booker", "auditor", "administrator"):
        assert (await (await house.api(role)).get(BASE)).status_code == 403


async def test_refusals_are_said_and_codes(house: House) -> None:
    """Bad input is a code by field; what the keeper refuses comes with its code and status."""
    await on_file(house)
    mine = await stepped_up(house, "compliance")
    body = {"passenger": house.mei, "field": "passport.number", "reference": house.trip, **CHECK}
    cases = [
        ({"kind": "export"}, 422, "web:invalid_fields"),
        ({"reason": " "}, 422, "web:invalid_fields"),
        ({"reason": "\u200b\u2060\u3164"}, 422, "web:invalid_fields"),
        ({"reason": "x" * 1001}, 422, "web:invalid_fields"),
        ({"reason": "card 4111 1111 1111 1111"}, 422, "web:invalid_fields"),
        ({"field": "shoe.size"}, 422, "passengers:unknown_field"),
        ({"purpose": "curiosity"}, 422, "passengers:unknown_purpose"),
        ({"passenger": "eu_x"}, 404, "web:not_found"),
        ({"passenger": house.mei.replace("eu_", "cn_")}, 421, "residency:other_region"),
        ({"reference": "nonsense"}, 403, "passengers:outside_window"),
        ({"kind": "break_glass"}, 403, "passengers:purpose_not_allowed"),
    ]
    for changes, status, code in cases:
        answer = await mine.post(BASE, json=body | changes)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    operations = await stepped_up(house, "operations")
    answer = await operations.post(BASE, json=body | {"purpose": "border_filing"})
    assert (answer.status_code, answer.json()["code"]) == (409, "approvals:not_needed")
    assert (await mine.get(f"{BASE}?which=some")).status_code == 422
    made = await asked(house, mine)
    answer = await decided(mine, made)
    assert (answer.status_code, answer.json()["code"]) == (403, "approvals:own_request")
    answer = await decided(await second(house, "compliance"), made, "perhaps")
    assert (answer.status_code, answer.json()["code"]) == (422, "approvals:unknown_decision")


async def test_withdrawn_on_the_page(house: House) -> None:
    """Whoever asked takes it back in one press, and it waits for nobody any more."""
    await on_file(house)
    made = await asked(house, await stepped_up(house, "compliance"))
    mine = await house.browser("compliance")
    await mine.open(f"/approvals/{made['id']}")
    await mine.submit(f"/approvals/{made['id']}/decisions", decision="withdraw")
    assert "Withdrawn" in mine.words()
    assert (await (await second(house, "compliance")).get(BASE)).json()["items"] == []


async def test_a_client_switches_its_approval_on_and_gives_it(house: House) -> None:
    """The administrator switches it on on the page; the desk is refused, asks, and opens after his approval."""
    row = await on_file(house)
    admin = await house.browser("client_admin")
    await admin.open("/approvals/rule")
    await admin.submit("/approvals/rule", expect=422, asks="on", password=PASSWORD)
    await admin.submit(
        "/approvals/rule", expect=422, **{"role-operations": "1", "purpose-ground_handling": "1"}
    )
    chosen = {"role-operations": "1", "purpose-ground_handling": "1", "asks": "on"}
    await admin.submit("/approvals/rule", expect=403, password="wrong", **chosen)
    await admin.submit("/approvals/rule", password=PASSWORD, **chosen)
    assert "From now on you are asked first." in admin.words()
    operations = await stepped_up(house, "operations")
    where = f"/api/v1/passengers/{house.mei}/reveals"
    body = {"field": "passport.number", "reference": house.trip, "purpose": "ground_handling", "reason": "x"}
    answer = await operations.post(where, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "passengers:client_approval_required")
    asker = await house.browser("operations")
    await asker.open(f"/passengers/{house.mei}/reveals/new?field=passport.number&row={row}")
    assert "This passenger’s organisation wants to be asked first" in asker.words()
    await asker.open(f"/approvals/new?passenger={house.mei}&field=passport.number&row={row}")
    await asker.submit(
        "/approvals", kind="reveal", purpose="ground_handling", reference=house.trip, reason="x"
    )
    await admin.open("/approvals")
    assert "Passport number" in admin.words()
    made = asker.answer.url.path.rpartition("/")[2]
    await admin.open(f"/approvals/{made}")
    await admin.submit(f"/approvals/{made}/decisions", decision="approve")
    assert (await operations.post(where, json=body)).json()["value"] == PASSPORT
    taken_back = await operations.post(f"{BASE}/{made}/decisions", json={"decision": "withdraw"})
    assert taken_back.status_code == 409  # it was used: that stays to be seen
    rule = (await (await house.api("client_admin")).get("/api/v1/approval-rule")).json()
    assert (rule["roles"], rule["purposes"]) == (["operations"], ["ground_handling"])
    await admin.open("/approvals/rule")
    await admin.submit("/approvals/rule", asks="off")
    assert (await operations.post(where, json=body)).status_code == 200


async def test_the_traveller_reads_who_asked_and_who_agreed(house: House) -> None:
    """The person concerned finds the request and the approval in the own trail."""
    await on_file(house)
    made = await asked(house, await stepped_up(house, "compliance"))
    await decided(await second(house, "compliance"), made)
    traveller = await house.browser("traveller")
    await traveller.open("/trail")
    for words in ("Somebody asked to have your data opened", "Opening your data was approved"):
        assert words in traveller.words()


async def test_what_waits_is_listed_page_by_page(house: House) -> None:
    """A list of requests has a cursor, and a made-up one is refused."""
    await on_file(house)
    mine = await stepped_up(house, "compliance")
    made = [await asked(house, mine) for _ in range(3)]
    first = (await mine.get(f"{BASE}?which=mine&limit=2")).json()
    rest = (await mine.get(f"{BASE}?which=mine&limit=2&cursor={first['next']}")).json()
    assert {one["id"] for one in first["items"] + rest["items"]} == {one["id"] for one in made}
    assert rest["next"] is None
    assert (await mine.get(f"{BASE}?cursor=x")).status_code == 400


async def test_a_scan_opens_by_the_same_way(house: House) -> None:
    """Compliance asks from a scan's page, a colleague approves, and the scan is shown from the request, once."""
    row = await on_file(house)
    scans = f"/passengers/{house.mei}/scans/{row}"
    traveller = await house.browser("traveller")
    await traveller.open(scans)
    await traveller.submit(scans, files={"file": ("passport.jpg", jpeg(), "image/jpeg")})
    mine = await house.browser("compliance")
    scan = f"eu_{await house.stage.owner.fetchval('select id from document_scan')}"
    await mine.open(f"{scans}/{scan}/reveals/new")
    assert "/approvals/new?" in mine.answer.text
    await mine.open(f"/approvals/new?passenger={house.mei}&field=document.scan&row={scan}")
    await mine.submit("/approvals", purpose="identity_check", reference=house.trip, reason="Chur asks")
    path = mine.answer.url.path.removeprefix("/en")
    assert (
        await decided(await second(house, "compliance"), {"id": path.rpartition("/")[2]})
    ).status_code == 201
    await mine.open(path)
    await mine.submit(f"{scans}/{scan}/reveals", password=PASSWORD)
    assert 'class="scan-page"' in mine.answer.text
    await mine.open(path)
    assert "Used" in mine.words()
    finance = await house.browser("finance")
    await finance.open(f"/approvals/new?passenger={house.mei}&field=document.scan&row={scan}", expect=404)
