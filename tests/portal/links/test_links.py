"""One-time links end to end: ordered by a booker, mailed by the worker, used once by who holds the mail."""

import asyncio
import io

import pytest
import structlog

from tests.portal.links.scene import MAILBOX, NUMBER, TYPED, LinkScene
from tests.portal.page import check_page

SENTENCE = {
    "en": "This link does not work",
    "zh-Hans": "此链接无法使用",
    "ar": "هذا الرابط لا يعمل",
}


async def test_a_booker_sends_a_link_from_the_page(scene: LinkScene) -> None:
    """The booker chooses flight and language; the mail names the organisation, not the traveller or the trip."""
    booker = await scene.house.browser("booker")
    await booker.open(f"/passengers/{scene.house.mei}")
    assert f"/en{scene.base}" in booker.answer.text
    await booker.open(scene.base)
    await booker.submit(scene.base, leg=f"eu_{scene.leg}", locale="ar")
    assert "Being sent" in booker.words()
    assert await scene.work() == 1
    (mail,) = scene.mail.to(MAILBOX)
    assert mail["Content-Language"] == "ar"
    body = mail.get_body(("plain",))
    assert body is not None
    said = body.get_content()
    assert "org" in said
    assert not any(word in said for word in ("mei", "Almarzouqi", "AMS", "LHR"))
    await booker.open(scene.base)
    assert "Sent" in booker.words()
    assert scene.path() not in booker.answer.text


@pytest.mark.parametrize("tag", ["en", "zh-Hans", "ar"])
async def test_a_traveller_without_an_account_enters_documents(scene: LinkScene, tag: str) -> None:
    """Who has the mail begins, types two documents and a birth date, and all is sealed; then the link is dead."""
    path = await scene.mailed(tag)
    holder = scene.holder(tag)
    answer = await holder.open(path)
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert 'name="referrer" content="no-referrer"' in answer.text
    assert "d1_number" not in answer.text
    assert await scene.state() == "sent"
    await holder.submit(f"{path}/start")
    assert await scene.state() == "opened"
    visa = {"d2_kind": "visa", "d2_issuing_state": "USA", "d2_number": "70312345"}
    done = await holder.submit(path, **TYPED, **visa, birth_date="1990-02-28")
    assert str(done.url.path) == f"/{tag}/documents-entered"
    assert await scene.documents() == [("passport", "NLD", "••••••B21"), ("visa", "USA", "••••••345")]
    assert await scene.state() == "complete"
    await holder.open(path, expect=404)
    assert SENTENCE[tag] in holder.words()
    stored = await scene.house.stage.owner.fetchval(
        "select birth_date_stored from passenger where id = $1", scene.house.stage.mei
    )
    assert stored
    (leaf,) = await scene.house.stage.leaves("passengers:passport:sealed")
    assert (leaf["who"], leaf["via"], leaf["case"]) == ("link", "link", scene.house.trip)
    for deed in ("made", "issued", "sent", "opened", "completed"):
        assert await scene.entries(f"links:link:{deed}") == 1, deed


async def test_machine_readable_lines_work_by_link(scene: LinkScene) -> None:
    """The two lines at the foot of a passport fill the document and the date of birth."""
    path = await scene.mailed()
    holder = scene.holder()
    await holder.open(path)
    await holder.submit(f"{path}/start")
    lines = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
    await holder.submit(path, mrz=lines)
    assert await scene.documents() == [("passport", "UTO", "••••••2C3")]


async def test_a_mistake_keeps_the_link_and_tells_no_number(scene: LinkScene) -> None:
    """A wrong field comes back with its sentence and what was typed, but never with a number; the link still works."""
    path = await scene.mailed()
    holder = scene.holder()
    await holder.open(path)
    await holder.submit(f"{path}/start")
    await holder.submit(path, expect=422)
    assert "Enter at least one document." in holder.words()
    wrong = TYPED | {"d1_issuing_state": "QQQ", "birth_date": "2090-01-01"}
    await holder.submit(path, expect=422, **wrong)
    assert "Choose a country from the list." in holder.words()
    assert NUMBER not in holder.answer.text
    assert "2031-05-06" in holder.answer.text
    assert await scene.documents() == []
    await holder.submit(path, **TYPED)
    assert len(await scene.documents()) == 1


async def test_of_two_submissions_one_is_stored(scene: LinkScene) -> None:
    """Two phones that send at the same moment: one is thanked, the other is told that the link does not work."""
    path = await scene.mailed()
    phones = [scene.house.client() for _ in range(4)]
    await phones[0].post(f"/en{path}/start")
    answers = await asyncio.gather(*(phone.post(f"/en{path}", data=TYPED) for phone in phones))
    assert sorted(answer.status_code for answer in answers) == [303, 404, 404, 404]
    assert len(await scene.documents()) == 1
    assert await scene.entries("links:link:completed") == 1


async def test_every_dead_link_is_one_page(scene: LinkScene) -> None:
    """A guess, a withdrawn link and an expired one give the same page but for their own address, on every step."""
    withdrawn = await scene.mailed()
    booker = await scene.house.browser("booker")
    await booker.open(scene.base)
    (item,) = [form["action"] for form in booker.page.forms if form.get("action", "").endswith("/withdrawal")]
    await booker.submit(item.removeprefix("/en"))
    assert "Withdrawn" in booker.words()
    expired = await scene.mailed()
    scene.house.stage.clock.pass_by(days=4)
    guess = "/d/" + "A" * 43
    client = scene.house.client()
    seen = set()
    for path in (withdrawn, expired, guess):
        for method, where in (("GET", path), ("POST", f"{path}/start"), ("POST", path)):
            answer = await client.request(method, f"/en{where}")
            assert answer.status_code == 404
            assert answer.headers["referrer-policy"] == "no-referrer"
            check_page(answer, "en")
            seen.add(answer.text.replace(where, "").replace(path, ""))
    assert len(seen) == 1


async def test_guesses_are_held_back_with_a_page(scene: LinkScene) -> None:
    """Whoever guesses too often is told to wait, on a page."""
    client = scene.house.client()
    for number in range(50):
        assert (await client.get(f"/en/d/{number}")).status_code == 404
    answer = await client.get("/en/d/one-more")
    assert answer.status_code == 429
    assert "Too many attempts" in answer.text
    check_page(answer, "en")


async def test_no_log_line_holds_a_token(scene: LinkScene) -> None:
    """Of a link's address only the route is logged, by web and by worker."""
    lines: list[object] = []

    def keep(_logger: object, _name: str, event: dict[str, object]) -> dict[str, object]:
        lines.append(dict(event))
        raise structlog.DropEvent

    before = structlog.get_config()
    structlog.configure(processors=[keep], cache_logger_on_first_use=False)
    try:
        path = await scene.mailed()
        holder = scene.holder()
        await holder.open(path)
        await holder.submit(f"{path}/start")
        await holder.submit(path, **TYPED)
    finally:
        structlog.configure(**before)
    said = io.StringIO()
    print(lines, file=said)
    assert "/d/{token}" in said.getvalue()
    assert path.removeprefix("/d/") not in said.getvalue()
    assert NUMBER not in said.getvalue()


async def test_an_edit_between_is_no_loss(scene: LinkScene) -> None:
    """When storing fails, nothing is kept, the link is not used up, and the page says to send it again."""
    path = await scene.mailed()
    client = scene.house.client()
    await client.post(f"/en{path}/start")
    await scene.house.stage.owner.execute(
        "create function stop() returns trigger language plpgsql as $$ begin return null; end $$;"
        "create trigger stop before update on passenger for each row execute function stop()"
    )
    answer = await client.post(f"/en{path}", data=TYPED)
    assert answer.status_code == 412
    assert "send it again" in answer.text
    await scene.house.stage.owner.execute("drop trigger stop on passenger; drop function stop()")
    scene.house.stage.clock.pass_by(seconds=31)
    assert (await client.post(f"/en{path}", data=TYPED)).status_code == 303
    assert len(await scene.documents()) == 1


async def test_a_mail_written_again_brings_a_link_that_works(scene: LinkScene) -> None:
    """When the mail server is busy, the mail is written anew later, and its link works; one that bounces is shown."""
    await scene.ordered()
    scene.mail.answer = "451 later"
    await scene.work()
    assert await scene.state() == "waiting"
    scene.mail.answer = ""
    scene.house.stage.clock.pass_by(minutes=1)
    await scene.work()
    assert await scene.state() == "sent"
    await scene.holder().open(scene.path())
    await scene.ordered()
    scene.mail.answer = "550 nobody here"
    await scene.work()
    assert await scene.state() == "undelivered"


async def test_a_withdrawn_link_is_not_mailed(scene: LinkScene) -> None:
    """A link taken back before its mail has left is not sent at all."""
    link = await scene.ordered()
    client = await scene.house.api("booker")
    where = f"/api/v1{scene.base}/{link['id']}"
    assert (await client.delete(where)).status_code == 204
    assert (await client.delete(where)).json()["code"] == "links:ended"
    await scene.work()
    assert scene.mail.caught == []
    assert (await client.get(where)).json()["state"] == "withdrawn"


async def test_who_may_not_edit_orders_no_link(scene: LinkScene) -> None:
    """Only a booker and a client administrator see and order links; nobody does for another organisation's people."""
    body = {"leg": f"eu_{scene.leg}"}
    for role in ("traveller", "service_agent", "operations", "auditor"):
        client = await scene.house.api(role)
        assert (await client.post(f"/api/v1{scene.base}", json=body)).status_code == 403
        assert (await client.get(f"/api/v1{scene.base}")).status_code == 403
    client = await scene.house.api("client_admin")
    stranger = f"/api/v1/passengers/eu_{scene.house.stage.stranger}/links"
    assert (await client.post(stranger, json=body)).status_code == 404
    assert (await client.get(stranger)).status_code == 404


async def test_bad_orders_are_refused(scene: LinkScene) -> None:
    """An unknown flight or language, and a traveller without an address, are refused by field."""
    client = await scene.house.api("booker")
    where = f"/api/v1{scene.base}"
    for body, field in (
        ({"leg": scene.house.trip}, "leg"),
        ({"leg": f"eu_{scene.leg}", "locale": "xx"}, "locale"),
    ):
        answer = await client.post(where, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    await scene.house.stage.owner.execute("update passenger set email = ''")
    answer = await client.post(where, json={"leg": f"eu_{scene.leg}"})
    assert (answer.status_code, answer.json()["code"]) == (422, "links:no_address")
    booker = await scene.house.browser("booker")
    await booker.open(scene.base)
    assert "There is no e-mail address" in booker.words()


async def test_the_same_key_orders_once(scene: LinkScene) -> None:
    """An idempotency key that comes again gives the same link, and one mail."""
    client = await scene.house.api("booker")
    body, key = {"leg": f"eu_{scene.leg}"}, {"idempotency-key": "a key"}
    first, second = [await client.post(f"/api/v1{scene.base}", json=body, headers=key) for _ in range(2)]
    assert first.json()["id"] == second.json()["id"]
    await scene.work()
    assert len(scene.mail.caught) == 1
