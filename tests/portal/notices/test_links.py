"""A link in a mail: opening it changes nothing, one button acknowledges, nothing of it is told to anybody."""

import json
import re

from structlog.testing import capture_logs

from tests.portal.notices.scene import ARAB, Scene
from tests.portal.notices.test_notices import FIRST, LATER, at
from tests.portal.page import Visitor, check_page


async def link_to(scene: Scene, address: str) -> str:
    """Give the path of the link in somebody's newest mail."""
    text = scene.mail.to(address)[-1].get_body(("plain",)).get_content()  # type: ignore[union-attr]
    return re.search(r"http://[^/]+/(\S+)", text).group(1)  # type: ignore[union-attr]


async def told(scene: Scene) -> str:
    """Change the leg, let the mails go, and give the Arab passenger's link."""
    await scene.changed(await scene.house.api("operations"), **at(LATER))
    await scene.sent()
    return await link_to(scene, ARAB)


async def test_get_changes_nothing_and_one_button_acknowledges(scene: Scene) -> None:
    """Scanners may open the link as often as they like; the button acknowledges without signing in."""
    path = await told(scene)
    visitor = Visitor(scene.house.client(), "ar", "null")
    owner = scene.house.stage.owner
    for _ in range(3):
        await visitor.open("/" + path.partition("/")[2])
        assert visitor.answer.headers["referrer-policy"] == "no-referrer"
        assert 'name="referrer" content="no-referrer"' in visitor.answer.text
    assert await owner.fetchval("select count(*) from notice_answer") == 0
    await visitor.submit("/" + path.partition("/")[2], comment="إلى اللقاء")
    row = await owner.fetchrow("select answer, via, comment from notice_answer")
    assert tuple(row) == ("acknowledge", "link", "إلى اللقاء")
    state = await owner.fetchval("select state from notice where passenger_id = $1", scene.arab)
    assert state == "acknowledged"
    board = await scene.house.browser("operations")
    await board.open(f"/notices?trip={scene.trip}")
    assert "1 knows" in board.words()
    assert "إلى اللقاء" in board.words()


async def test_a_link_covers_what_its_mail_showed(scene: Scene) -> None:
    """The link of a notice that was replaced shows that it was, and acknowledges nothing."""
    path = await told(scene)
    await scene.changed(await scene.house.api("operations"), **at(FIRST))
    await scene.sent()
    client = scene.house.client()
    page = await client.get(f"/{path}")
    check_page(page, "ar")
    assert "استُبدل هذا الإشعار" in page.text
    answer = await client.post(f"/{path}", data={"answer": "acknowledge"})
    assert answer.status_code == 409
    assert await scene.house.stage.owner.fetchval("select count(*) from notice_answer") == 0


async def test_a_link_only_acknowledges_and_comments(scene: Scene) -> None:
    """A forwarded mail can neither accept nor ask for a refund."""
    path = await told(scene)
    for other in ("accept", "refund", "decline"):
        answer = await scene.house.client().post(f"/{path}", data={"answer": other})
        assert answer.status_code == 422


async def test_wrong_and_old_links_find_nothing(scene: Scene) -> None:
    """A guessed link and one whose time is over look alike."""
    path = await told(scene)
    client = scene.house.client()
    assert (await client.get("/en/n/" + "A" * 43)).status_code == 404
    scene.later(days=31)
    for answer in (
        await client.get(f"/{path}"),
        await client.post(f"/{path}", data={"answer": "acknowledge"}),
    ):
        assert answer.status_code == 404


async def test_no_log_line_holds_a_link(scene: Scene) -> None:
    """Logs hold the route's template, and the database only the hash of the link."""
    path = await told(scene)
    token = path.rpartition("/")[2]
    with capture_logs() as lines:
        await scene.house.client().get(f"/{path}")
        await scene.house.client().get(f"/n/{token}")
    assert token not in json.dumps(lines, default=str)
    assert any(line.get("route") == "/n/{token}" for line in lines)
    for table in ("notice_link", "notice", "delivery", "outbox", "ledger_pending"):
        rows = await scene.house.stage.owner.fetchval(
            f"select coalesce(string_agg(t::text, ''), '') from {table} t"
        )
        assert token not in rows
