"""State, not events: what each recipient is told is the net difference to what he knows, once."""

from typing import Any

import httpx

from tests.portal.notices.scene import ARAB, Scene

LATER, EARLIER, FIRST = "2026-03-04T15:30", "2026-03-04T10:00", "2026-03-04T12:00"
ARRIVES = {LATER: "2026-03-04T15:40", EARLIER: "2026-03-04T10:10", FIRST: "2026-03-04T12:10"}


def at(local: str) -> dict[str, str]:
    """Give departure and arrival of a flight that leaves then."""
    return {"departs_local": local, "arrives_local": ARRIVES[local]}


async def newest(client: httpx.AsyncClient, state: str = "sent") -> Any:
    """Give the newest notice of a state that this client sees as its own."""
    found = (await client.get(f"/api/v1/notices?state={state}")).json()["items"]
    return found[0]


async def test_change_and_notices_are_one(scene: Scene) -> None:
    """A change moves the leg, and everybody it concerns has a notice in his own language with the net difference."""
    client = await scene.house.api("operations")
    made = await scene.changed(client, **at(LATER))
    assert made["grade"] == "material"
    assert made["regimes"] == []
    assert {(d["field"], d["old"], d["new"]) for d in made["diff"]} == {
        ("departs_at", "2026-03-04T11:00:00Z", "2026-03-04T14:30:00Z"),
        ("arrives_at", "2026-03-04T12:10:00Z", "2026-03-04T15:40:00Z"),
    }
    locales = sorted(notice["recipient"]["locale"] for notice in made["notices"])
    assert locales == ["ar", "en", "en", "zh-Hans"]
    trip = (await client.get(f"/api/v1/trips/{scene.trip}")).json()
    assert trip["legs"][0]["departs_at"] == "2026-03-04T14:30:00Z"


async def test_mails_are_in_the_recipients_language(scene: Scene) -> None:
    """After the window each recipient has one mail in his language, with nothing personal in the subject."""
    client = await scene.house.api("operations")
    await scene.changed(client, **at(LATER))
    assert await scene.work() == 0
    await scene.sent()
    (arab,) = scene.mail.to(ARAB)
    (booker,) = scene.mail.to("booker@example.test")
    (traveller,) = scene.mail.to("traveller@example.test")
    assert "تغيّر" in str(arab["Subject"])
    assert 'dir="rtl"' in arab.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "行程" in str(booker["Subject"])
    assert traveller["Subject"] == "Your trip has changed"
    text = traveller.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "15:30" in text
    assert "Amsterdam" in text
    assert traveller["Auto-Submitted"] == "auto-generated"
    assert await scene.states() == ["sent"]


async def test_both_edits_before_sending_are_one_net_notice(scene: Scene) -> None:
    """Two edits within the window are one mail, which says the net effect of both."""
    client = await scene.house.api("operations")
    await scene.changed(client, **at(LATER))
    scene.later(seconds=20)
    await scene.changed(client, tail="PH-XYZ")
    await scene.sent()
    (mail,) = scene.mail.to("traveller@example.test")
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "15:30" in text
    assert "PH-XYZ" in text
    assert await scene.states() == ["sent"]


async def test_taken_back_before_sending_says_nothing(scene: Scene) -> None:
    """An edit that is taken back before it was sent sends nothing, and no client ever sees that notice."""
    client = await scene.house.api("operations")
    await scene.changed(client, **at(LATER))
    await scene.changed(client, **at(FIRST))
    await scene.sent()
    assert scene.mail.caught == []
    assert await scene.states() == ["retracted"]
    traveller = await scene.house.api("traveller")
    assert (await traveller.get("/api/v1/notices")).json()["items"] == []


async def test_taken_back_after_sending_is_retracted(scene: Scene) -> None:
    """An edit that is taken back after it was sent sends a retraction, which names what is so again."""
    client = await scene.house.api("operations")
    await scene.changed(client, **at(LATER))
    await scene.sent()
    await scene.changed(client, **at(FIRST))
    await scene.sent()
    _, second = scene.mail.to("traveller@example.test")
    assert second["Subject"] == "A change to your trip was taken back"
    assert "12:00" in second.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert await scene.states() == ["retracted", "sent"]


async def test_a_further_change_begins_at_what_is_acknowledged(scene: Scene) -> None:
    """Until somebody acknowledges, each notice spans from what he knows; afterwards from what he acknowledged."""
    client, traveller = await scene.house.api("operations"), await scene.house.api("traveller")
    await scene.changed(client, **at(LATER))
    await scene.sent()
    await scene.changed(client, tail="PH-XYZ")
    await scene.sent()
    assert await scene.states() == ["superseded", "sent"]
    two = await newest(traveller)
    assert {d["field"] for d in two["diff"]} == {"departs_at", "arrives_at", "tail"}
    answer = {"answer": "acknowledge", "content_hash": two["content_hash"]}
    assert (await traveller.post(f"/api/v1/notices/{two['id']}/answers", json=answer)).status_code == 201
    scene.later(seconds=1)
    await scene.changed(client, aircraft="Falcon 2000LXS")
    await scene.sent()
    assert [d["field"] for d in (await newest(traveller))["diff"]] == ["aircraft"]


async def test_an_answer_covers_only_what_was_shown(scene: Scene) -> None:
    """Acknowledging A never covers B: a stale hash is 409, and so is the notice that was replaced."""
    client, traveller = await scene.house.api("operations"), await scene.house.api("traveller")
    await scene.changed(client, **at(LATER))
    await scene.sent()
    one = await newest(traveller)
    await scene.changed(client, **at(EARLIER))
    await scene.sent()
    two = await newest(traveller)
    stale = {"answer": "acknowledge", "content_hash": one["content_hash"]}
    for wanted in (two["id"], one["id"]):
        answer = await traveller.post(f"/api/v1/notices/{wanted}/answers", json=stale)
        assert (answer.status_code, answer.json()["code"]) == (409, "notices:stale_answer")
    good = stale | {"content_hash": two["content_hash"]}
    assert (await traveller.post(f"/api/v1/notices/{two['id']}/answers", json=good)).json()[
        "state"
    ] == "acknowledged"
    twice = await traveller.post(f"/api/v1/notices/{two['id']}/answers", json=good)  # said twice is said
    assert (twice.status_code, len(twice.json()["answers"])) == (201, 1)


async def test_a_server_that_is_away_is_waited_for(scene: Scene) -> None:
    """With the mail server away nothing is lost, the board says so, and edits meanwhile are one net mail."""
    client = await scene.house.api("operations")
    scene.mail.answer = "451 later"
    await scene.changed(client, **at(LATER))
    await scene.sent()
    assert await scene.states() == ["pending"]
    board = await scene.house.browser("service_agent")
    await board.open(f"/notices?trip={scene.trip}")
    assert "the mail server is busy; it is tried again" in board.words()
    await scene.changed(client, tail="PH-XYZ")
    scene.mail.answer = ""
    await scene.sent()
    (mail,) = scene.mail.to("traveller@example.test")
    assert "PH-XYZ" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert await scene.states() == ["sent"]


async def test_an_address_that_is_refused_bounces(scene: Scene) -> None:
    """A refused address is not tried again; the board says that this person does not know."""
    client = await scene.house.api("operations")
    scene.mail.answer = "550 nobody here"
    await scene.changed(client, **at(LATER))
    await scene.sent()
    board = await scene.house.browser("operations")
    await board.open("/notices")
    assert "the mail server refuses the address" in board.words()
    assert await scene.house.stage.owner.fetchval("select count(*) from outbox") == 0


async def test_minimal_mails_hold_no_itinerary(scene: Scene) -> None:
    """Who chose minimal mails gets one without airports, times or reference; the link leads to all of it."""
    traveller = await scene.house.browser("traveller")
    await traveller.open("/preferences")
    await traveller.submit(
        "/preferences", locale="en", time_zone="Europe/Amsterdam", theme="auto", mails="minimal"
    )
    await scene.changed(await scene.house.api("operations"), **at(LATER))
    await scene.sent()
    (mail,) = scene.mail.to("traveller@example.test")
    for part in ("plain", "html"):
        text = mail.get_body((part,)).get_content()  # type: ignore[union-attr]
        assert "15:30" not in text
        assert "Amsterdam" not in text
        assert "/n/" in text


async def test_moving_a_leg_moves_the_window(scene: Scene) -> None:
    """What the keeper knows of a leg is derived from it: a moved leg moves the time in which a number opens."""
    client = await scene.house.api("operations")
    await scene.changed(client, departs_local="2026-05-04T15:30", arrives_local="2026-05-04T15:40")
    seen = await scene.house.stage.owner.fetchval(
        "select departs_at from gate_window where subject_id = $1", scene.house.stage.mei
    )
    assert seen.isoformat() == "2026-05-04T13:30:00+00:00"


async def test_each_step_is_an_entry(scene: Scene) -> None:
    """Change, notices, mails and answers are entries; none holds a name, a time of flight or an airport."""
    client, traveller = await scene.house.api("operations"), await scene.house.api("traveller")
    await scene.changed(client, **at(LATER))
    await scene.sent()
    one = await newest(traveller)
    await traveller.post(
        f"/api/v1/notices/{one['id']}/answers",
        json={"answer": "acknowledge", "content_hash": one["content_hash"], "comment": "see you"},
    )
    await traveller.post("/api/v1/sessions", json={"email": "x", "password": "x"})
    counts = {}
    for kind in ("change:made", "notice:created", "notice:sent", "notice:acknowledged"):
        counts[kind] = await scene.house.stage.owner.fetchval(
            "select (select count(*) from ledger_pending where kind = $1)"
            " + (select count(*) from ledger_leaf where act = $1)",
            f"notices:{kind}",
        )
    assert counts == {"change:made": 1, "notice:created": 4, "notice:sent": 4, "notice:acknowledged": 1}
