"""Cases on the real database: opened by clients, taken, answered, handed over, closed; who sees what; bad input."""

import asyncio
from typing import Any

import httpx
import pytest

from tests.portal.house import House
from tests.security.keeper.stage import PASSWORD, request

BASE = "/api/v1/cases"
ASKED = {"kind": "question", "words": "May the dog come along to Geneva?"}


async def opened(house: House, role: str = "booker", **more: Any) -> dict[str, Any]:
    """Open a case as a client."""
    answer = await (await house.api(role)).post(BASE, json=ASKED | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def step(house: House, role: str, case: str, **given: Any) -> httpx.Response:
    """Take a step as somebody."""
    return await (await house.api(role)).post(f"{BASE}/{case}/steps", json=given)


async def test_the_life_of_a_case(house: House) -> None:
    """A question is taken, answered, asked again and closed; each state has who and when; clocks stop and start."""
    case = await opened(house, passenger=house.mei)
    assert (case["state"], case["team"], case["solve_by"]) == ("opened", "service_agent", None)
    assert case["respond_by"] == "2026-03-01T12:05:00Z"
    house.stage.clock.pass_by(minutes=1)
    taken = (await step(house, "service_agent", case["id"], step="take")).json()
    assert (taken["state"], taken["holder"]) == ("taken", "Person of service_agent")
    assert taken["respond_by"] == case["respond_by"]
    done = (await step(house, "service_agent", case["id"], step="answer", words="It may.")).json()
    assert (done["state"], done["respond_by"]) == ("answered", None)
    again = (await step(house, "booker", case["id"], step="reply", words="And the cat?")).json()
    assert (again["state"], again["respond_by"]) == ("taken", "2026-03-01T12:06:00Z")
    closed = (await step(house, "service_agent", case["id"], step="close")).json()
    assert (closed["state"], closed["holder"], closed["respond_by"]) == ("closed", None, None)
    assert [(s["kind"], s["role"]) for s in closed["steps"]] == [
        ("opened", "booker"),
        ("taken", "service_agent"),
        ("answered", "service_agent"),
        ("replied", "booker"),
        ("closed", "service_agent"),
    ]
    late = await step(house, "booker", case["id"], step="reply", words="Hello?")
    assert (late.status_code, late.json()["code"]) == (409, "desk:already_closed")


async def test_a_complaint_has_two_clocks(house: House) -> None:
    """A complaint is owed an answer in one hour and a solution in twenty-four, and only closing ends the second."""
    case = await opened(house, kind="complaint")
    assert (case["respond_by"], case["solve_by"]) == ("2026-03-01T13:00:00Z", "2026-03-02T12:00:00Z")
    await step(house, "service_agent", case["id"], step="take")
    done = (await step(house, "service_agent", case["id"], step="answer", words="We are sorry.")).json()
    assert (done["respond_by"], done["solve_by"]) == (None, "2026-03-02T12:00:00Z")


async def test_entries_hold_no_words(house: House) -> None:
    """Every step is an entry about the passenger with the case as its reference, and no word of it is in the ledger."""
    case = await opened(house, passenger=house.mei)
    await step(house, "service_agent", case["id"], step="take")
    await step(house, "service_agent", case["id"], step="hand_over", team="operations", words="Ask the vet.")
    await step(house, "operations", case["id"], step="take")
    await step(house, "operations", case["id"], step="answer", words="It may.")
    await step(house, "booker", case["id"], step="reply", words="Thank you.")
    await step(house, "booker", case["id"], step="close")
    await house.stage.leaves("desk:case:closed")
    for kind in ("opened", "taken", "handed-over", "answered", "replied", "closed"):
        rows = await leaves_of(house, f"desk:case:{kind}", 2 if kind == "taken" else 1)
        assert {(row["case"], row["res"]) for row in rows} == {(case["id"], "case")}, kind
        assert all("sub" in row for row in rows)
    text = await house.stage.owner.fetchval("select string_agg(leaf, ' ') from ledger_leaf")
    assert not any(word in text for word in ("dog", "vet", "Thank", "Person of"))


async def leaves_of(house: House, kind: str, count: int) -> list[dict[str, Any]]:
    for _ in range(200):
        rows = await house.stage.leaves(kind)
        if len(rows) >= count:
            return rows
        await asyncio.sleep(0.02)
    raise TimeoutError


async def test_a_case_with_another_team_or_colleague_is_not_taken(house: House) -> None:
    """A team takes its own cases only, nobody takes what a colleague has, and only the holder answers or closes."""
    case = (await opened(house))["id"]
    other = await step(house, "operations", case, step="take")
    assert (other.status_code, other.json()["code"]) == (403, "desk:other_team")
    early = await step(house, "service_agent", case, step="answer", words="Yes.")
    assert (early.status_code, early.json()["code"]) == (409, "desk:take_it_first")
    await step(house, "service_agent", case, step="take")
    twice = await step(house, "service_agent", case, step="take")
    assert (twice.status_code, twice.json()["code"]) == (409, "desk:already_taken")
    client = await step(house, "booker", case, step="answer", words="Yes.")
    assert (client.status_code, client.json()["code"]) == (403, "desk:not_your_step")
    moved = (
        await step(house, "service_agent", case, step="hand_over", team="operations", words="Yours")
    ).json()
    assert (moved["team"], moved["state"], moved["holder"]) == ("operations", "opened", None)


async def test_a_note_is_not_the_clients(house: House) -> None:
    """What colleagues write to each other when they hand over, no client reads, on no page and over no address."""
    case = (await opened(house, passenger=house.mei))["id"]
    await step(house, "service_agent", case, step="hand_over", team="operations", words="A difficult one")
    for role in ("booker", "client_admin", "traveller"):
        seen = (await (await house.api(role)).get(f"{BASE}/{case}")).json()
        assert [s["kind"] for s in seen["steps"]] == ["opened"]
        visitor = await house.browser(role)
        await visitor.open(f"/cases/{case}")
        assert "difficult" not in visitor.words()
    desk = (await (await house.api("operations")).get(f"{BASE}/{case}")).json()
    assert desk["steps"][-1]["words"] == "A difficult one"


async def test_other_organisations_and_roles_see_nothing(house: House) -> None:
    """Another organisation's case is unknown, a traveller sees only his own, and auditors and administrators none."""
    mine = (await opened(house))["id"]
    await house.stage.owner.execute("update desk_case set org_id = $1", house.stage.other_org)
    for role in ("booker", "client_admin", "traveller"):
        client = await house.api(role)
        assert (await client.get(f"{BASE}/{mine}")).status_code == 404
        assert (await client.get(BASE)).json()["items"] == []
        assert (await client.post(f"{BASE}/{mine}/steps", json={"step": "close"})).status_code == 404
    for role in ("sales", "service_agent", "operations", "finance", "compliance"):
        assert (await (await house.api(role)).get(f"{BASE}/{mine}")).status_code == 200
    for role in ("auditor", "administrator"):
        assert (await (await house.api(role)).get(BASE)).status_code == 403
    for role in ("finance", "compliance", "auditor"):
        assert (
            await (await house.api(role)).post(f"{BASE}/{mine}/steps", json={"step": "take"})
        ).status_code == 403
    own = await opened(house, "traveller")
    assert own["passenger"] == house.mei


async def test_subjects_are_ones_own(house: House) -> None:
    """A case names no passenger and no trip of another organisation, whose existence is not confirmed either."""
    booker = await house.api("booker")
    foreign = {"passenger": f"eu_{house.stage.stranger}"}
    unknown = {"passenger": f"eu_{request()}"}
    for given in (foreign, unknown):
        answer = await booker.post(BASE, json=ASKED | given)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "desk:unknown_subject")
    elsewhere = await booker.post(BASE, json=ASKED | {"passenger": f"cn_{request()}"})
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (421, "residency:other_region")
    assert (await opened(house, trip=house.trip))["trip"] == house.trip


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({"kind": "gossip"}, "kind", "desk:unknown_kind"),
        ({"words": ""}, "words", "web:required"),
        ({"words": "x" * 4001}, "words", "web:too_long"),
        ({"words": "a\x00b"}, "words", "web:control_character"),
        ({"words": "My card is 4111 1111 1111 1111, please"}, "words", "desk:holds_card_number"),
    ],
)
async def test_bad_cases_are_refused(house: House, given: dict[str, str], field: str, code: str) -> None:
    """An unknown kind, no words, too many, a control, or a card number: refused by field, nothing stored."""
    answer = await (await house.api("booker")).post(BASE, json=ASKED | given)
    assert answer.status_code == 422, answer.text
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]
    assert "4111" not in answer.text
    assert await house.stage.owner.fetchval("select count(*) from desk_case") == 0


async def test_bad_steps_are_refused(house: House) -> None:
    """A step that does not exist, one without its words or team, and an unknown member are refused by field."""
    case = (await opened(house))["id"]
    for given, field in (
        ({"step": "shred"}, "step"),
        ({"step": "answer"}, "words"),
        ({"step": "hand_over", "words": "x", "team": "auditor"}, "team"),
    ):
        answer = await step(house, "service_agent", case, **given)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert (await step(house, "service_agent", case, step="take", holder="me")).status_code in {400, 422}


async def test_keys_and_tags(house: House) -> None:
    """The same idempotency key opens one case; a stale tag takes no step."""
    booker = await house.api("booker")
    headers = {"idempotency-key": "case one"}
    first = await booker.post(BASE, json=ASKED, headers=headers)
    second = await booker.post(BASE, json=ASKED, headers=headers)
    assert first.json()["id"] == second.json()["id"]
    agent = await house.api("service_agent")
    where = f"{BASE}/{first.json()['id']}/steps"
    assert (await agent.post(where, json={"step": "take"}, headers={"if-match": '"v9"'})).status_code == 412
    assert (await agent.post(where, json={"step": "take"}, headers={"if-match": '"v1"'})).status_code == 201


async def test_a_case_is_a_reference_until_it_is_closed(house: House) -> None:
    """With an open case about the passenger finance opens a card; no other case and no closed one will do."""
    await house.stage.on_file("card.number", "4111111111111111")
    finance = await house.api("finance")
    await finance.post("/api/v1/me/step-ups", json={"password": PASSWORD})
    about, other = await opened(house, passenger=house.mei), await opened(house)

    async def asked(reference: str) -> tuple[int, str]:
        body = {"field": "card.number", "purpose": "refund", "reference": reference, "reason": "refund"}
        answer = await finance.post(f"/api/v1/passengers/{house.mei}/reveals", json=body)
        return answer.status_code, answer.json().get("code", "")

    assert (await asked(about["id"]))[0] == 200
    assert await asked(other["id"]) == (403, "passengers:outside_window")
    assert (await step(house, "booker", about["id"], step="close")).status_code == 201
    assert await asked(about["id"]) == (403, "passengers:outside_window")


async def test_a_case_opens_no_window(house: House) -> None:
    """Operations needs a leg: a case as the reference opens no passport, however open it is."""
    await house.stage.on_file("passport.number", "X4RTBPFW4")
    case = await opened(house, passenger=house.mei, kind="change_request")
    operations = await house.api("operations")
    await operations.post("/api/v1/me/step-ups", json={"password": PASSWORD})
    body = {
        "field": "passport.number",
        "purpose": "border_filing",
        "reference": case["id"],
        "reason": "border",
    }
    answer = await operations.post(f"/api/v1/passengers/{house.mei}/reveals", json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "passengers:outside_window")
