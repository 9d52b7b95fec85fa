"""The quarterly digest: wished, made on the first morning, once; ended by one press without signing in."""

import re
from datetime import UTC, datetime

import pytest

from security.keeper.client import KeeperRefused
from tests.portal.house import ORIGIN
from tests.portal.trail.scene import BASE, TRAVELLER, TrailScene, text_of
from tests.security.keeper.stage import PASSPORT

MORNING = datetime(2026, 4, 1, 6, 0, tzinfo=UTC)  # eight o'clock in Amsterdam, in summer


async def _wish(scene: TrailScene, *, wished: bool = True) -> None:
    answer = await (await scene.house.api("traveller")).put(f"{BASE}/digest", json={"wished": wished})
    assert answer.status_code == 200, answer.text


def _link(scene: TrailScene) -> str:
    """Take the link that ends the digest out of the newest mail."""
    found = re.search(rf"{ORIGIN}/(\w[\w-]*/q/[\w-]{{43}})\s", text_of(scene.mail.caught[-1]))
    assert found is not None
    return f"/{found[1]}"


async def test_it_comes_on_the_first_morning_and_once(scene: TrailScene) -> None:
    """Not a minute before eight of the own clock, then once, though the worker looks again and again."""
    await scene.house.stage.on_file("passport.number", PASSPORT)
    await scene.house.stage.reveal(await scene.house.stage.stepped_up("operations"))
    with pytest.raises(KeeperRefused):
        await scene.house.stage.reveal(await scene.house.stage.sign_in("sales"))
    await scene.looked_at("operations")
    await _wish(scene)
    clock = scene.house.stage.clock
    assert await scene.work() == 0
    clock.at = MORNING.replace(hour=5, minute=59)
    assert await scene.work() == 0
    clock.at = MORNING
    assert [await scene.work(), await scene.work()] == [1, 0]
    clock.pass_by(days=40)
    assert await scene.work() == 0
    (mail,) = scene.mail.to(TRAVELLER)
    words = text_of(mail)
    for said in (
        "From 1 Jan 2026 to 31 Mar 2026 (Amsterdam)",
        "1 person opened something of yours in clear.",
        "1 attempt was refused.",
        "Role: Operations; Opened in clear: 1; Seen, with masks: 2; Changed, sent or decided: 0; Refused: 0",
        "Role: Sales; Opened in clear: 0; Seen, with masks: 0; Changed, sent or decided: 0; Refused: 1",
        f"{ORIGIN}/en/trail?from=2026-01-01&to=2026-03-31&by=others",
    ):
        assert said in words
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].strip() == f"<{ORIGIN}{_link(scene)}>"
    assert PASSPORT not in str(mail)
    await scene.settled()
    assert [leaf["via"] for leaf in await scene.house.stage.leaves("trail:digest:sent")] == ["mail"]


async def test_it_is_caught_up_once_and_not_for_a_late_wish(scene: TrailScene) -> None:
    """A worker that was away sends the last quarter's afterwards; who wished after the morning waits for the next."""
    await _wish(scene)
    clock = scene.house.stage.clock
    clock.at = datetime(2026, 5, 20, tzinfo=UTC)
    assert [await scene.work(), await scene.work()] == [1, 0]
    await _wish(scene, wished=False)
    await _wish(scene)
    assert await scene.work() == 0
    clock.at = datetime(2026, 7, 1, 7, tzinfo=UTC)
    assert await scene.work() == 1
    assert await scene.house.stage.owner.fetch("select quarter from trail_digest order by made_at") == [
        ("2026-Q1",),
        ("2026-Q2",),
    ]


async def test_the_link_ends_it_in_one_press(scene: TrailScene) -> None:
    """Opening changes nothing; a press, as a mail program makes it, ends it; pressing again is harmless."""
    await _wish(scene)
    scene.house.stage.clock.at = MORNING
    await scene.work()
    link, anybody = _link(scene), scene.house.client()
    shown = await anybody.get(link)
    assert (shown.status_code, shown.headers["referrer-policy"]) == (200, "no-referrer")
    count = "select count(*) from trail_wish"
    assert await scene.house.stage.owner.fetchval(count) == 1
    for _ in range(2):
        pressed = await anybody.post(link, data={"List-Unsubscribe": "One-Click"})
        assert pressed.status_code == 200
        assert "You get no digest any more." in pressed.text
        assert await scene.house.stage.owner.fetchval(count) == 0
    assert (await anybody.post("/en/q/" + "A" * 43)).status_code == 404
    await scene.settled()
    (entry,) = await scene.house.stage.leaves("trail:digest:ended")
    assert (entry["who"], entry["via"]) == ("link", "link")
    scene.house.stage.clock.at = datetime(2026, 7, 2, tzinfo=UTC)
    assert await scene.work() == 0


async def test_each_reads_it_in_the_own_language(scene: TrailScene) -> None:
    """Chinese with a Chinese calendar's date, and little for who wants little in mails."""
    await scene.looked_at("operations")
    await scene.house.stage.owner.execute(
        "update member set locale = 'zh-Hans', time_zone = 'Asia/Shanghai', mails = 'minimal' where email = $1",
        TRAVELLER,
    )
    await _wish(scene)
    scene.house.stage.clock.at = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)  # eight o'clock in Shanghai
    assert await scene.work() == 1
    (mail,) = scene.mail.to(TRAVELLER)
    assert "您从 2026年1月1日 到 2026年3月31日 的季度摘要已在门户中备好。" in text_of(mail)
    assert "掩码" not in text_of(mail)
    assert 'lang="zh-Hans"' in mail.get_body(("html",)).get_content()


async def test_page_switches_it_on_and_off(scene: TrailScene) -> None:
    """Off unless switched on; both are entries, and others than the traveller have no such page."""
    visitor = await scene.house.browser("traveller")
    await visitor.open("/trail/digest")
    assert "Switched off" in visitor.words()
    await visitor.submit("/trail/digest")
    assert "You get the digest from now on." in visitor.words()
    await visitor.submit("/trail/digest")
    assert "You get no digest any more." in visitor.words()
    await (await scene.house.browser("booker")).open("/trail/digest", expect=403)
    await scene.settled()
    assert len(await scene.house.stage.leaves("trail:digest:chosen")) == 1
    assert len(await scene.house.stage.leaves("trail:digest:ended")) == 1


async def test_the_keeper_counts_for_nobody_else(scene: TrailScene) -> None:
    """Without the wish there are no figures, whoever asks; nor of a time that is not over."""
    stage = scene.house.stage
    since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    with pytest.raises(KeeperRefused, match="trail:no_digest"):
        await stage.client.trail_quarter(stage.mei, since, until)
    await _wish(scene)
    assert (await stage.client.trail_quarter(stage.mei, since, until)).figures == []
    with pytest.raises(KeeperRefused, match="trail:no_digest"):
        await stage.client.trail_quarter(stage.mei, since, MORNING)
    with pytest.raises(KeeperRefused, match="trail:no_digest"):
        await stage.client.trail_quarter(stage.stranger, since, until)


async def test_a_refused_address_is_said_in_the_ledger(scene: TrailScene) -> None:
    """A mailbox that does not exist ends the attempt, as an entry; a server that is busy puts it off."""
    await _wish(scene)
    scene.house.stage.clock.at = MORNING
    scene.mail.answer = "451 later"
    await scene.work()
    assert await scene.house.stage.owner.fetchval("select state from delivery") == "created"
    scene.mail.answer = "550 no such mailbox"
    scene.house.stage.clock.pass_by(minutes=10)
    await scene.work()
    assert await scene.house.stage.owner.fetchval("select state from delivery") == "bounced"
    await scene.settled()
    assert len(await scene.house.stage.leaves("trail:digest:bounced")) == 1
