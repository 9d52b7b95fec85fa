"""The own trail: filters, figures, proofs, consistency, and what others may not see of it."""

from base64 import b64decode

import httpx
import pytest

from audit import merkle
from audit.checkpoint import parse_checkpoint
from audit.entry import b64url
from audit.note import parse_note, parse_vkey
from audit.proof import parse_proof, verify_proof
from security.keeper.client import KeeperRefused
from tests.portal.trail.scene import BASE, TrailScene
from tests.security.keeper.stage import PASSPORT, request

LIST = "passengers:list:viewed"


async def test_filters_leave_out_what_was_not_asked(scene: TrailScene) -> None:
    """By class, role, outcome, whose act and day: each filter keeps what it names, list views included."""
    stage = scene.house.stage
    await stage.on_file("passport.number", PASSPORT)
    with pytest.raises(KeeperRefused):
        await stage.reveal(await stage.sign_in("sales"))
    await scene.looked_at("operations", "sales")
    everything = await scene.trail()
    assert {LIST, "passengers:profile:viewed", "passengers:passport:sealed", "trail:own:viewed"} <= {
        item["kind"] for item in everything
    }
    assert {item["role"] for item in await scene.trail(role="operations")} == {"operations"}
    assert {item["kind"] for item in await scene.trail(what="opened")} == {"passengers:passport:revealed"}
    assert [item["decision"] for item in await scene.trail(decision="deny")] == ["deny"]
    assert {item["own"] for item in await scene.trail(by="me")} == {True}
    assert {item["own"] for item in await scene.trail(by="others")} == {False}
    assert await scene.trail(to="2026-02-28") == []
    today = await scene.trail(**{"from": "2026-03-01", "to": "2026-03-01"})
    assert {item["region"] for item in today} == {"eu"}
    assert {item["in_list"] for item in today if item["kind"] == LIST} == {True}


async def test_pages_of_a_filter_follow_each_other(scene: TrailScene) -> None:
    """The cursor leads through a filtered trail without gap or repetition."""
    await scene.looked_at("operations", "sales", "service_agent")
    client, seen, cursor = await scene.house.api("traveller"), [], None
    for _ in range(5):
        asked = {"what": "seen", "by": "others", "limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get(BASE, params=asked)).json()
        seen += [item["index"] for item in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert cursor is None
    assert len(seen) == 6
    assert seen == sorted(set(seen), reverse=True)


async def test_figures_count_people_and_days(scene: TrailScene) -> None:
    """Two people who saw her twice each are two people and four entries; own acts and a month ago are not counted."""
    await scene.looked_at("operations", "sales")
    client = await scene.house.api("traveller")
    await client.get(f"/api/v1/passengers/{scene.house.mei}")
    await scene.settled()
    summary = (await client.get(f"{BASE}/summary")).json()
    assert {d["deed"]: (d["people"], d["entries"]) for d in summary["deeds"]} == {
        "opened": (0, 0),
        "seen": (2, 4),
        "done": (0, 0),
    }
    assert summary["time_zone"] == "Europe/Amsterdam"
    assert [day for day in summary["days"] if day["allowed"]] == [
        {"day": "2026-03-01", "allowed": 4, "denied": 0}
    ]
    scene.house.stage.clock.pass_by(days=31)
    later = (await (await scene.house.api("traveller")).get(f"{BASE}/summary")).json()
    assert {(d["people"], d["entries"]) for d in later["deeds"]} == {(0, 0)}


async def test_page_says_who_what_why_and_from_where(scene: TrailScene) -> None:
    """Each line names role, region and outcome; the figures stand at the top; what is filtered away can be had back."""
    await scene.looked_at("operations")
    for tag, words in (
        (
            "en",
            ("The last 30 days", "1 person saw you, with masks.", "European Union", "Operations", "Allowed"),
        ),
        ("zh-Hans", ("过去 30 天", "1 人以掩码形式看到过您。")),
        ("ar", ("آخر 30 يومًا", "شاهدك شخص واحد (1) بأقنعة.")),
    ):
        visitor = await scene.house.browser("traveller", tag)
        await visitor.open("/trail")
        assert [word for word in words if word not in visitor.words()] == []
    visitor = await scene.house.browser("traveller")
    await visitor.open("/trail?what=opened&decision=deny")
    assert "No entry matches" in visitor.words()
    await visitor.open("/trail?from=never", expect=422)
    assert "This value is not valid." in visitor.words()
    await visitor.open("/trail?before=x", expect=400)


async def test_who_is_no_passenger_reads_the_own_acts(scene: TrailScene) -> None:
    """A booker's page says what the booker did, and nothing of who looked at passengers."""
    await scene.looked_at("operations", "booker")
    booker = await scene.house.browser("booker")
    await booker.open("/trail")
    assert "You saw: Passenger profile" in booker.words()
    assert "Operations" not in booker.words().partition("Your acts, newest first")[2]
    assert await scene.trail("booker") == []
    await (await scene.house.browser("operations")).open("/trail", expect=403)


async def _proof(scene: TrailScene, index: int, role: str = "traveller") -> httpx.Response:
    return await (await scene.house.api(role)).get(f"{BASE}/entries/{index}/proof")


async def test_the_proof_of_an_entry_holds(scene: TrailScene) -> None:
    """Its file verifies under the log's key, on a list the path leads from one's own place to the leaf's set."""
    await scene.house.stage.on_file("passport.number", PASSPORT)
    await scene.looked_at("operations")
    for kind in ("passengers:passport:sealed", LIST):
        item = next(item for item in await scene.trail() if item["kind"] == kind)
        given = (await _proof(scene, item["index"])).json()
        file = parse_proof(given["proof"])
        tree = verify_proof(file, [parse_vkey(given["vkey"])])
        assert (file.leaf.decode(), file.index) == (item["leaf"], item["index"])
        assert tree.size > item["index"]
        if kind == LIST:
            place = given["place"]
            own = merkle.leaf_hash(given["sub"].encode() + b64decode(place["nonce"]))
            path = [b64decode(one) for one in place["path"]]
            root = next(part for part in item["leaf"].split('"') if part == _set_of(item["leaf"]))
            assert b64url(_fold(place, own, path)) == root
        else:
            assert given["place"] is None
            assert f'"sub":"{given["sub"]}"' in item["leaf"]


def _set_of(leaf: str) -> str:
    return leaf.partition('"set":"')[2].partition('"')[0]


def _fold(place: dict[str, int], own: bytes, path: list[bytes]) -> bytes:
    """Give the root that this path leads to, by trying: with one or two on the list it is a hash or a pair."""
    if not path:
        return own
    (beside,) = path
    return merkle.node_hash(own, beside) if place["position"] == 0 else merkle.node_hash(beside, own)


async def test_others_entries_are_not_proved(scene: TrailScene) -> None:
    """An entry about somebody else, and one that is not there, are refused alike, and no page shows them."""
    stage = scene.house.stage
    await stage.seal("visa.number", "V1", subject=stage.mei)
    other = await stage.owner.fetchval(
        "select index from ledger_leaf where act = 'security:session:opened' limit 1"
    )
    own = await scene.trail("traveller")
    assert other not in {item["index"] for item in own}
    for index in (other, 10**6, 2**63 - 1):
        refused = await _proof(scene, index)
        assert (refused.status_code, refused.json()["code"]) == (404, "trail:entry_not_found")
    visitor = await scene.house.browser("traveller")
    for path in (
        f"/trail/entries/{other}",
        f"/trail/entries/{other}/proof",
        f"/trail/entries/{other}/dispute",
    ):
        await visitor.open(path, expect=404)
    with pytest.raises(KeeperRefused, match="trail:entry_not_found"):
        await stage.client.trail_proof(await stage.sign_in("auditor"), request(), own[0]["index"])


async def test_entry_page_and_file(scene: TrailScene) -> None:
    """The page of an entry says how to check it without scripts, and its file is the proof."""
    await scene.looked_at("operations")
    index = await scene.entry(LIST)
    visitor = await scene.house.browser("traveller")
    await visitor.open(f"/trail/entries/{index}")
    assert "A proof checked on our page rests on our code." in visitor.words()
    assert "python -m audit verify" in visitor.words()
    file = await visitor.client.get(f"/en/trail/entries/{index}/proof")
    assert "attachment" in file.headers["content-disposition"]
    assert parse_proof(file.text).index == index


async def test_consistency_between_two_sizes(scene: TrailScene) -> None:
    """A smaller tree is proved to be the beginning of the newest; a size that never was is refused."""
    await scene.looked_at("operations")
    client = await scene.house.api("traveller")
    note = (await scene.house.client().get("/ledger/checkpoint")).text
    then = parse_checkpoint(parse_note(note.encode()).text)
    await scene.looked_at("sales", "finance")
    now = parse_checkpoint(
        parse_note((await scene.house.client().get("/ledger/checkpoint")).text.encode()).text
    )
    given = await client.get("/api/v1/ledger/consistency", params={"from": then.size, "to": now.size})
    assert given.status_code == 200, given.text
    proof = [b64decode(one) for one in given.json()["proof"]]
    merkle.verify_consistency(then.size, now.size, then.root, now.root, proof)
    for sizes, status, code in (
        ((then.size, now.size + 1), 404, "trail:ledger_not_that_large"),
        ((now.size, then.size), 422, "trail:sizes_in_disorder"),
        ((0, now.size), 400, "web:bad_cursor"),
    ):
        refused = await client.get("/api/v1/ledger/consistency", params={"from": sizes[0], "to": sizes[1]})
        assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert (await scene.house.client().get("/api/v1/ledger/consistency?from=1&to=2")).status_code == 401


async def test_an_entry_beyond_every_ledger_is_not_there(scene: TrailScene) -> None:
    """A number larger than any entry's is no entry, on every way that takes one."""
    traveller = await scene.house.api("traveller")
    for index in (2**62, 2**64, 10**30):
        assert (await traveller.get(f"{BASE}/entries/{index}/proof")).status_code == 404
        disputed = await traveller.post(f"{BASE}/entries/{index}/disputes", json={"words": ""})
        assert disputed.status_code == 404, disputed.text
