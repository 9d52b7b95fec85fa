"""The matrix as pages and API: who may see what, and a change by two people from the form to the next page shown."""

import pytest

from security.policy.change import PROPOSERS
from tests.portal.house import House
from tests.security.keeper.stage import PASSPORT, PASSWORD

BASE = "/api/v1/matrix"
CELL = "/matrix/proposals/new?group=documents&role=operations"


def boxes(*names: str, tier: str = "masked", **more: str) -> dict[str, str]:
    """Fill the form of a cell."""
    return {"tier": tier, "reason": "less is enough", **dict.fromkeys(names, "1"), **more}


NARROW = boxes("purpose_border_filing", "window", "place_eu", "place_cn", "place_us", "place_me")


async def propose(house: House, **changes: str) -> str:
    """Propose as compliance on the page, having seen the difference; give the proposal's path."""
    visitor = await house.browser("compliance")
    await visitor.open(CELL)
    await visitor.submit("/matrix/proposals", **(NARROW | changes))
    assert "Operations may no longer open Travel documents for: Visa application." in visitor.words()
    assert not await house.stage.leaves("security:matrix:proposed")
    await visitor.submit("/matrix/proposals")
    assert "Waiting for a second person" in visitor.words()
    return str(visitor.answer.url.path).removeprefix("/en")


async def test_two_people_change_the_matrix_on_the_pages(house: House) -> None:
    """Compliance sees the difference and proposes, the administrator approves by password, and it binds at once."""
    await house.stage.on_file("passport.number", PASSPORT)
    operations = await house.api("operations")
    path = f"/api/v1/passengers/{house.mei}"
    before = (await operations.get(path)).json()["documents"][0]["number"]["reveal"]
    assert "visa_application" in before
    where = await propose(house)
    other = await house.browser("administrator", "ar")
    await other.open(where)
    await other.submit(f"{where}/decisions", decision="approve", password=PASSWORD)
    after = (await operations.get(path)).json()["documents"][0]["number"]["reveal"]
    assert after == ["border_filing"]
    auditor = await house.browser("auditor")
    await auditor.open("/matrix/history")
    assert "Proposed by Person of compliance, approved by Person of administrator." in auditor.words()
    shown = (await (await house.api("auditor")).get(f"{BASE}/versions")).json()["items"]
    assert [one["version"] for one in shown] == [2, 1]
    matrix = (await operations.get(BASE)).json()
    assert (matrix["version"], matrix["digest"]) == (2, shown[0]["digest"])


async def test_the_proposer_cannot_approve_and_may_withdraw(house: House) -> None:
    """The proposer's page offers no approval, a forced one is refused in words, and withdrawing ends it."""
    where = await propose(house)
    visitor = await house.browser("compliance")
    await visitor.open(where)
    assert "You proposed this. Another person must decide." in visitor.words()
    assert "Approve and put into force" not in visitor.words()
    await visitor.submit(f"{where}/decisions", expect=403, decision="approve", password=PASSWORD)
    await visitor.submit(f"{where}/decisions", decision="withdraw")
    assert "Withdrawn" in visitor.words()


async def test_an_unsafe_cell_is_refused_in_words(house: House) -> None:
    """What no matrix may say is said on the form, which keeps what was chosen, and nothing is proposed."""
    visitor = await house.browser("compliance")
    await visitor.open(CELL)
    await visitor.submit("/matrix/proposals", expect=422, **boxes("purpose_border_filing", "place_eu"))
    assert "Documents open only in a leg’s window or with a second person’s approval." in visitor.words()
    assert 'name="purpose_border_filing" type="checkbox" value="1" checked' in visitor.answer.text
    await visitor.submit("/matrix/proposals", expect=422, **(NARROW | {"reason": " "}))
    assert "Say in a few words why." in visitor.words()
    await visitor.submit("/matrix/proposals", expect=422, **boxes("window", tier="masked"))
    assert "A condition needs at least one purpose." in visitor.words()


async def test_a_wrong_password_approves_nothing(house: House) -> None:
    """Without the right password the second person's approval does not count."""
    where = await propose(house)
    other = await house.browser("administrator")
    await other.open(where)
    await other.submit(f"{where}/decisions", expect=403, decision="approve", password="not this one")
    assert "The password is not right." in other.words()
    await other.submit(f"{where}/decisions", expect=403, decision="approve")
    assert len(await house.stage.leaves("security:matrix:applied")) == 1


async def test_who_enters_where(house: House) -> None:
    """Everybody reads the matrix; its history is for those who answer for it; only two roles may propose."""
    for role in ("traveller", "sales", "auditor", "administrator", "compliance"):
        visitor = await house.browser(role, "zh-Hans")
        await visitor.open("/matrix")
        answers = role in {"auditor", "administrator", "compliance"}
        await visitor.open("/matrix/history", expect=200 if answers else 403)
        await visitor.open(CELL, expect=200 if role in PROPOSERS else 403)


async def test_filters_show_only_what_was_asked(house: House) -> None:
    """By role, field and purpose the page shows those cells and no other, and says so when there is none."""
    visitor = await house.browser("auditor")
    await visitor.open("/matrix?role=finance&purpose=refund")
    words = visitor.words()
    assert "Settling a payment" in words
    assert "one’s own record only" not in words
    await visitor.open("/matrix?role=sales&purpose=refund")
    assert "No cell says this" in visitor.words()
    await visitor.open("/matrix?role=%22%3E&field=x&purpose=y")
    assert "At a glance" in visitor.words()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 201, None),
        ({"group": "profile", "rule": {"tier": "hidden"}}, 403, "policy:open_fields_stay"),
        ({"group": "shoes"}, 403, "policy:unknown_cell"),
        ({"rule": {"tier": "masked", "purposes": ["fun"]}}, 422, "policy:unsafe"),
        ({"rule": {"tier": "masked", "purposes": ["refund", "refund"]}}, 422, "policy:unsafe"),
        ({"rule": {"tier": "see-through"}}, 422, "web:invalid_fields"),
        ({"reason": "  "}, 422, "policy:reason_required"),
        ({"reason": "x" * 501}, 422, "security:malformed_request"),
    ],
)
async def test_the_api_takes_a_proposal_or_says_why_not(
    house: House, body: dict, status: int, code: str | None
) -> None:
    """A program proposes by the same rules; each refusal has its code."""
    client = await house.api("compliance")
    usual = {
        "group": "documents",
        "role": "service_agent",
        "rule": {"tier": "hidden"},
        "reason": "no longer needed",
    }
    answer = await client.post(f"{BASE}/proposals", json=usual | body)
    assert answer.status_code == status, answer.text
    if code:
        assert answer.json()["code"] == code
    if status == 201:
        assert (await client.get(answer.headers["location"])).json()["state"] == "waiting"


async def test_a_hidden_mask_is_gone_from_every_answer(house: House) -> None:
    """After the API's two people hid documents from service, neither list, profile nor page shows it a mask."""
    await house.stage.on_file("passport.number", PASSPORT)
    compliance, administrator = await house.api("compliance"), await house.api("administrator")
    body = {"group": "documents", "role": "service_agent", "rule": {"tier": "hidden"}, "reason": "why not"}
    made = (await compliance.post(f"{BASE}/proposals", json=body)).json()["id"]
    agent = await house.api("service_agent")
    where = f"{BASE}/proposals/{made}/decisions"
    assert (await administrator.post(where, json={"decision": "approve"})).json()[
        "code"
    ] == "passengers:step_up_required"
    await administrator.post("/api/v1/me/step-ups", json={"password": PASSWORD})
    assert (await administrator.post(where, json={"decision": "approve"})).json()["state"] == "applied"
    for path in ("/api/v1/passengers", f"/api/v1/passengers/{house.mei}"):
        answer = await agent.get(path)
        shown = answer.json().get("items", [answer.json()])
        document = next(one for one in shown if one["id"] == house.mei)["documents"][0]
        assert document["number"] == {"state": "hidden", "mask": None, "reveal": []}
    page = await agent.get("/en/passengers")
    assert page.status_code == 200
