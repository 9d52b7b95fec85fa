"""The API of changes and notices: previews, who may what, bad input, repeated requests; and the page of a change."""

from tests.portal.notices.scene import Scene
from tests.portal.notices.test_notices import LATER, at, newest


async def test_a_preview_changes_nothing(scene: Scene) -> None:
    """A preview says the same as the change does, in each language, and leaves nothing behind but its entry."""
    client = await scene.house.api("operations")
    seen = await scene.change(client, preview=True, **at(LATER))
    assert seen.status_code == 200
    made = await scene.changed(client, **at(LATER))
    words = [[n["recipient"], n["content_hash"], n["text"]] for n in seen.json()["notices"]]
    assert words == [[n["recipient"], n["content_hash"], n["text"]] for n in made["notices"]]
    assert await scene.house.stage.owner.fetchval("select count(*) from itinerary_change") == 1


async def test_who_may_change(scene: Scene) -> None:
    """Only operations changes a leg; clients, sales and the service agent are refused."""
    for role in ("traveller", "booker", "sales", "service_agent", "auditor"):
        assert (await scene.change(await scene.house.api(role), **at(LATER))).status_code == 403, role


async def test_what_is_refused(scene: Scene) -> None:
    """Nothing new, a strange leg, a draft, a stranger's version, an unknown field: each has its code."""
    client, where = await scene.house.api("operations"), f"/api/v1/trips/{scene.trip}/changes"
    leg = f"eu_{scene.leg}"
    same = await scene.change(client, departs_local="2026-03-04T12:00")
    assert (same.status_code, same.json()["code"]) == (422, "notices:nothing_changed")
    strange = await client.post(where, json={"leg": scene.trip, "set": {"tail": "PH-XYZ"}})
    assert strange.json()["code"] == "notices:no_such_leg"
    stale = await client.post(where, json={"leg": leg, "set": {"tail": "PH-XYZ"}, "version": 7})
    assert stale.status_code == 412
    unknown = await client.post(where, json={"leg": leg, "set": {"fuel": "1"}})
    assert unknown.status_code in {400, 422}
    assert (await client.get("/api/v1/notices?state=lost")).status_code == 422
    await scene.house.stage.owner.execute("update trip set state = 'draft'")
    draft = await client.post(where, json={"leg": leg, "set": {"tail": "PH-XYZ"}})
    assert (draft.status_code, draft.json()["code"]) == (409, "notices:not_confirmed")


async def test_a_repeated_request_changes_once(scene: Scene) -> None:
    """The same idempotency key twice is one change, and the second answer names the same one."""
    client, where = await scene.house.api("operations"), f"/api/v1/trips/{scene.trip}/changes"
    body = {"leg": f"eu_{scene.leg}", "set": at(LATER)}
    first = await client.post(where, json=body, headers={"idempotency-key": "k"})
    second = await client.post(where, json=body, headers={"idempotency-key": "k"})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert await scene.house.stage.owner.fetchval("select count(*) from itinerary_change") == 1


async def test_only_the_person_answers(scene: Scene) -> None:
    """A booker reads what colleagues were told and cannot answer for them; another role sees no notice at all."""
    await scene.changed(await scene.house.api("operations"), **at(LATER))
    await scene.sent()
    theirs = await newest(await scene.house.api("traveller"))
    booker = await scene.house.api("booker")
    answer = {"answer": "acknowledge", "content_hash": theirs["content_hash"]}
    refused = await booker.post(f"/api/v1/notices/{theirs['id']}/answers", json=answer)
    assert (refused.status_code, refused.json()["code"]) == (403, "notices:not_yours")
    assert len((await booker.get("/api/v1/notices")).json()["items"]) == 4
    assert len((await (await scene.house.api("traveller")).get("/api/v1/notices")).json()["items"]) == 1
    for role in ("sales", "finance", "auditor", "administrator"):
        assert (await (await scene.house.api(role)).get("/api/v1/notices")).status_code == 403


async def test_change_on_the_page(scene: Scene) -> None:
    """Operations sees what each will read, confirms, and lands on the board; a stale form is refused."""
    visitor = await scene.house.browser("operations")
    path = f"/trips/{scene.trip}/legs/eu_{scene.leg}/change"
    await visitor.open(f"/trips/{scene.trip}")
    assert path in visitor.answer.text
    await visitor.open(path)
    await visitor.submit(path, expect=422, departs_local="2026-10-25T02:30")
    assert "this time comes twice" in visitor.words()
    typed = {"from": "AMS", "to": "FAB", "aircraft": "PC-24", "tail": "PH-ABC", "note": "slot", **at(LATER)}
    await visitor.open(path)
    await visitor.submit(path, **typed)
    assert "您的行程有变更" in visitor.words()
    assert "تغيّرت رحلتك" in visitor.words()
    stale = dict(visitor.page.inputs[0])  # type: ignore[union-attr]
    assert stale
    await visitor.submit(path, confirm="1", version="1", **typed)
    assert "The leg is changed." in visitor.words()
    assert "4 do not know yet" in visitor.words()
    await visitor.open(path)
    await visitor.submit(path, expect=412, confirm="1", version="1", **(typed | {"tail": "PH-XYZ"}))


async def test_answer_on_the_page(scene: Scene) -> None:
    """A traveller reads the notice on the page in his language and acknowledges what it shows."""
    await scene.changed(await scene.house.api("operations"), **at(LATER))
    await scene.sent()
    theirs = await newest(await scene.house.api("traveller"))
    visitor = await scene.house.browser("traveller", "ar")
    await visitor.open("/notices")
    await visitor.open(f"/notices/{theirs['id']}")
    await visitor.submit(f"/notices/{theirs['id']}/answers", answer="acknowledge", comment="حسنًا")
    assert "حسنًا" in visitor.words()
    assert await scene.states() == ["acknowledged"]
