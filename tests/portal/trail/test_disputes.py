"""An entry that is not recognised: one case on the complaint's clocks, seen by its person, answered by the desk."""

import asyncio
from datetime import timedelta

from tests.portal.house import ORIGIN
from tests.portal.trail.scene import BASE, TRAVELLER, TrailScene, text_of

VIEWED = "passengers:profile:viewed"


async def _disputed(scene: TrailScene, words: str = "Why Sunday?") -> dict[str, str]:
    """Dispute the look of operations, over the API."""
    await scene.looked_at("operations")
    index = await scene.entry(VIEWED)
    made = await (await scene.house.api("traveller")).post(
        f"{BASE}/entries/{index}/disputes", json={"words": words}
    )
    assert made.status_code == 201, made.text
    found: dict[str, str] = made.json()
    return found


async def test_from_the_button_to_the_answer(scene: TrailScene) -> None:
    """The page asks once more, opens a complaint, and later shows the desk's answer on the very line."""
    await scene.looked_at("operations")
    index = await scene.entry(VIEWED)
    visitor = await scene.house.browser("traveller")
    await visitor.open(f"/trail/entries/{index}/dispute")
    assert "Somebody answers within 1 hour" in visitor.words().replace("\xa0", " ")
    await visitor.submit(f"/trail/entries/{index}/dispute", words="card 4111 1111 1111 1111", expect=422)
    await visitor.submit(f"/trail/entries/{index}/dispute", words="I was not travelling.")
    assert "Your case is with the desk." in visitor.words()
    assert f"№ {index}" in visitor.words()
    await visitor.open("/trail")
    assert "You do not recognise this" in visitor.words()
    case = (await scene.trail())[-1] and next(
        i["dispute"]["case"] for i in await scene.trail() if i["dispute"]
    )
    agent = await scene.house.api("service_agent")
    for step in ({"step": "take"}, {"step": "answer", "words": "The handler asked for your meal."}):
        assert (await agent.post(f"/api/v1/cases/{case}/steps", json=step)).status_code == 201
    await visitor.open("/trail")
    assert "The handler asked for your meal." in visitor.words()
    assert "Answered" in visitor.words()
    await scene.settled()
    (entry,) = await scene.house.stage.leaves("trail:entry:disputed")
    assert (entry["case"], entry["document"], entry["dec"]) == (case, {"entry": str(index)}, "allow")


async def test_clocks_are_the_complaint_s(scene: TrailScene) -> None:
    """An hour for the first answer, a day for the finding, and it stands in the desk's open work."""
    made, now = await _disputed(scene), scene.house.stage.clock()
    case = (await (await scene.house.api("traveller")).get(f"/api/v1/cases/{made['case']}")).json()
    assert (case["kind"], case["state"], case["team"]) == ("complaint", "opened", "service_agent")
    assert case["respond_by"] == (now + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert case["solve_by"] == (now + timedelta(hours=24)).isoformat().replace("+00:00", "Z")
    work = (await (await scene.house.api("service_agent")).get("/api/v1/work")).json()["items"]
    assert [item["id"] for item in work if item["kind"] == "complaint"] == [made["case"]]


async def test_pressing_twice_makes_one_case(scene: TrailScene) -> None:
    """Five presses at once, and one later, give the same case, one row, one entry."""
    await scene.looked_at("operations")
    index = await scene.entry(VIEWED)
    client = await scene.house.api("traveller")
    where = f"{BASE}/entries/{index}/disputes"
    answers = await asyncio.gather(*(client.post(where, json={}) for _ in range(5)))
    answers.append(await client.post(where, json={"words": "Still."}))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["case"] for answer in answers}) == 1
    assert (
        await scene.house.stage.owner.fetchval("select count(*) from desk_case where entry = $1", index) == 1
    )
    await scene.settled()
    assert len(await scene.house.stage.leaves("trail:entry:disputed")) == 1


async def test_compliance_sees_who_and_the_booker_nothing(scene: TrailScene) -> None:
    """The desk sees the entry, compliance the name beside it; the organisation's booker sees neither case nor entry."""
    made = await _disputed(scene)
    where = f"/api/v1/cases/{made['case']}/entry"
    seen = (await (await scene.house.api("compliance")).get(where)).json()
    assert (seen["index"], seen["name"]) == (made["entry"], "Person of operations")
    assert (await (await scene.house.api("service_agent")).get(where)).json()["name"] is None
    page = await scene.house.browser("compliance")
    await page.open(f"/cases/{made['case']}")
    await page.open(f"/cases/{made['case']}/entry")
    assert "Person of operations" in page.words()
    agent = await scene.house.browser("service_agent")
    await agent.open(f"/cases/{made['case']}/entry")
    assert "Person of operations" not in agent.words()
    for role in ("booker", "client_admin"):
        client = await scene.house.api(role)
        assert (await client.get("/api/v1/cases")).json()["items"] == []
        assert (await client.get(f"/api/v1/cases/{made['case']}")).status_code == 404
        assert (await client.get(where)).status_code == 403
    await scene.settled()
    assert {leaf["role"] for leaf in await scene.house.stage.leaves("trail:dispute:viewed")} == {
        "compliance",
        "service_agent",
    }


async def test_who_acted_does_not_look_into_it(scene: TrailScene) -> None:
    """The colleague whose look it was is refused the case; another one takes it."""
    await scene.looked_at("service_agent")
    index = await scene.entry(VIEWED)
    traveller = await scene.house.api("traveller")
    made = (await traveller.post(f"{BASE}/entries/{index}/disputes", json={})).json()
    agent = await scene.house.api("service_agent")
    refused = await agent.post(f"/api/v1/cases/{made['case']}/steps", json={"step": "take"})
    assert (refused.status_code, refused.json()["code"]) == (403, "desk:own_act")


async def test_mails_say_how_it_stands_in_the_own_language(scene: TrailScene) -> None:
    """Receipt with both times, answer, and end: one mail each, once, without a word of what was said."""
    await scene.house.stage.owner.execute(
        "update member set locale = 'ar', time_zone = 'Asia/Dubai' where email = $1", TRAVELLER
    )
    made = await _disputed(scene, "Secret words")
    assert [await scene.work(), await scene.work()] == [1, 0]
    (mail,) = scene.mail.to(TRAVELLER)
    words = text_of(mail)
    assert mail["Content-Language"] == "ar"
    assert f"القيد رقم {made['entry']}" in words
    assert "17:00" in words  # an hour after noon in UTC, on a clock in Dubai
    assert f"{ORIGIN}/ar/cases/{made['case']}" in words
    assert "Secret" not in str(mail)
    agent = await scene.house.api("service_agent")
    for step in ({"step": "take"}, {"step": "answer", "words": "Quiet words"}, {"step": "close"}):
        scene.house.stage.clock.pass_by(minutes=1)
        assert (await agent.post(f"/api/v1/cases/{made['case']}/steps", json=step)).status_code == 201
    assert await scene.work() == 2
    assert len(scene.mail.to(TRAVELLER)) == 3
    assert not [mail for mail in scene.mail.caught if "Quiet" in text_of(mail)]
    await scene.settled()
    told = await scene.house.stage.leaves("trail:dispute:told")
    assert [(leaf["case"], leaf["via"]) for leaf in told] == [(made["case"], "mail")] * 3


async def test_what_may_not_be_disputed(scene: TrailScene) -> None:
    """Others' entries, other roles, and what is no dispute are refused with a code; nothing is opened."""
    await scene.looked_at("operations")
    index = await scene.entry(VIEWED)
    for role, where, body, status in (
        ("traveller", f"{BASE}/entries/0/disputes", {}, 404),
        ("traveller", f"{BASE}/entries/{index}/disputes", {"words": "x" * 4001}, 422),
        ("traveller", f"{BASE}/entries/{index}/disputes", {"word": ""}, 422),
        ("booker", f"{BASE}/entries/{index}/disputes", {}, 403),
        ("auditor", f"{BASE}/entries/{index}/disputes", {}, 403),
    ):
        answer = await (await scene.house.api(role)).post(where, json=body)
        assert answer.status_code == status, (role, where, answer.text)
    assert await scene.house.stage.owner.fetchval("select count(*) from desk_case") == 0
