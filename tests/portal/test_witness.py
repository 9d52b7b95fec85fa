"""The cell as a witness over HTTP, the way through the front door, and the page that shows who cosigned what."""

import http.server
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import httpx
import pytest
import pytest_asyncio

from audit.cosigning import read_cosignature
from audit.note import COSIGNATURE_V1, Signer, parse_note, parse_vkey
from audit.proof import parse_proof, verify_proof
from audit.witness import format_submission
from portal.front.app import make_litestar
from portal.front.settings import FrontSettings
from portal.oversight.relay import Relay
from portal.web.edge import Edge
from portal.web.hop import NOTHING, hop
from security.keeper.client import WitnessAsk
from security.vault.private_files import write_private
from tests.audit.story import Told
from tests.audit.test_witness import LOGS, MADE, STORY
from tests.database import CellDb
from tests.portal.house import House, house
from tests.portal.test_reveals import asked as reveal_of
from tests.portal.test_reveals import stepped_up
from tests.security.keeper.stage import PASSPORT

PEER = "cn.waxwing.example/witness"


@pytest_asyncio.fixture(loop_scope="session", name="watching")
async def a_watching_house(cell_db: CellDb) -> AsyncIterator[House]:
    """Give a house whose keeper is a witness of the log that the witness's tests made."""
    with TemporaryDirectory() as folder:
        async with house(cell_db, witness=Path(folder) / "w") as built:
            write_private(Path(folder) / "w" / "pins", f"log {MADE.signer.verifier()}\n".encode())
            yield built


def submission(old: int, new: int, log: str = "log") -> bytes:
    """Return a request."""
    made = LOGS[log]
    return format_submission(old, made.proof(old, new) if 0 < old < new else [], str(made.note(new)))


async def test_a_cell_answers_as_a_witness(watching: House) -> None:
    """Without session, token or origin: 200 with a line that holds, 409 with its type, 422, 404, 403, 400."""
    client = watching.client()
    where = "/ledger/witness/add-checkpoint"
    first = await client.post(where, content=submission(0, 10))
    assert first.status_code == 200
    public = (watching.stage.settings.witness / "public").read_text().splitlines()[1:]
    keys = [parse_vkey(line.removeprefix("witness ")) for line in public]
    found = read_cosignature(LOGS["log"].note(10).text, first.text, *keys)
    assert (found.line, found.algorithms) == (first.text, ("Ed25519", "ML-DSA-44"))
    again = await client.post(where, content=submission(0, 12))
    assert (again.status_code, again.text) == (409, "10\n")
    assert again.headers["content-type"].startswith("text/x.tlog.size")
    fork = await client.post(where, content=submission(10, 12, "fork"))
    assert fork.status_code == 422
    assert (await client.post(where, content=submission(0, 5, "stranger"))).status_code == 404
    for wrong in (b"", b"old 0\n\n", b"x" * 40_000):
        assert (await client.post(where, content=wrong)).status_code == 400
    assert (await client.get(where)).status_code == 405
    cookie = await client.post(where, content=submission(10, 12), headers={"cookie": "wx_eu=nobody"})
    assert cookie.status_code == 200


async def test_a_cell_plays_the_whole_story(watching: House) -> None:
    """A cell's keeper, through its web, gives the answer that stands beside each request, and of a race stores one."""
    client = watching.client()
    public = (watching.stage.settings.witness / "public").read_text().splitlines()[1:]
    keys = [parse_vkey(line.removeprefix("witness ")) for line in public]

    async def ask(body: bytes) -> Told:
        answer = await client.post("/ledger/witness/add-checkpoint", content=body)
        return Told(answer.status_code, answer.headers["content-type"], answer.text)

    assert await STORY.play(ask, keys) == 32


async def test_what_a_cell_cosigned_can_be_read(watching: House) -> None:
    """The log can fetch what was cosigned last, with its own signature on it; of an unknown log there is nothing."""
    client = watching.client()
    await client.post("/ledger/witness/add-checkpoint", content=submission(0, 10))
    shown = await client.get("/ledger/witness/checkpoint", params={"origin": MADE.signer.name})
    assert parse_note(shown.content).text == LOGS["log"].note(10).text
    assert (await client.get("/ledger/witness/checkpoint?origin=x")).status_code == 404
    assert (await client.get("/ledger/witness/checkpoint")).status_code == 404


async def test_a_witness_that_stays_away_holds_up_nothing(watching: House) -> None:
    """Hours after the only witness went away values open as ever; page and figures say who is waited for since when."""
    stage, keeper = watching.stage, watching.app.state.keeper
    away = Signer.from_seed("far.example/witness/cn", bytes(32)).verifier(COSIGNATURE_V1)
    write_private(stage.settings.witness / "pins", f"witness cn {away}\n".encode())
    began = stage.clock()
    for _ in range(20):
        for ask in await keeper.witness_asks():
            await keeper.witness_answered(ask.witness, 0, "")
        stage.clock.pass_by(seconds=360)
    await stage.on_file("passport.number", PASSPORT)
    client = await stepped_up(watching, "operations")
    opened = await client.post(f"/api/v1/passengers/{watching.mei}/reveals", json=reveal_of(watching))
    assert (opened.status_code, opened.json()["value"]) == (200, PASSPORT)
    verify_proof(parse_proof(opened.json()["proof"]), None)
    status = await keeper.status()
    assert status.ready
    assert (status.figures["witnesses_behind"], status.figures["witness_waiting_seconds"]) == (1, 7200)
    (one,) = [one for one in (await keeper.witnesses()).items if one.role == "witness"]
    assert (one.name, one.state, one.since, one.size) == (away.name, "unreachable", began, 0)
    page = await (await watching.browser("auditor")).open("/witnesses")
    assert "Newer entries wait for its cosignature since" in page.text
    assert "Not reachable" in page.text
    home = await watching.client().get("/en/status")
    assert "Pending" in home.text


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("en", ("Witnesses", "Cosigned", "Refused", "Another ledger of the same size")),
        ("zh-Hans", ("见证方", "已联合签名", "已拒绝", "同一密钥")),
        ("ar", ("الشهود", "موقّع عليه", "مرفوض", "بالمفتاح نفسه")),
    ],
)
async def test_the_page_shows_who_cosigned_what(watching: House, tag: str, words: tuple[str, ...]) -> None:
    """An auditor reads how far each log is cosigned, and that a fork was refused, in the own language."""
    client = watching.client()
    await client.post("/ledger/witness/add-checkpoint", content=submission(0, 10))
    visitor = await watching.browser("auditor", tag)
    seen = await visitor.open("/witnesses")
    assert words[0] in seen.text
    assert words[1] in seen.text
    assert MADE.signer.name in seen.text
    await client.post("/ledger/witness/add-checkpoint", content=submission(10, 10, "fork"))
    seen = await visitor.open("/witnesses")
    assert words[2] in seen.text
    assert words[3] in seen.text
    assert (await client.get(f"/{tag}/status")).status_code == 200


@pytest.mark.parametrize(
    ("role", "status"), [("compliance", 200), ("administrator", 200), ("traveller", 403), ("operations", 403)]
)
async def test_who_may_see_the_page(house: House, role: str, status: int) -> None:
    """Who watches over the house sees it, without witnesses too; who works with clients does not."""
    api = await house.api(role)
    assert (await api.get("/en/witnesses")).status_code == status


async def test_the_page_without_a_keeper(house: House) -> None:
    """With the keeper away the page says that, and shows nothing that it does not know."""
    visitor = await house.browser("auditor")
    await house.stage.ended()
    seen = await visitor.open("/witnesses")
    assert "cannot be shown now" in seen.text


class Cell(http.server.BaseHTTPRequestHandler):
    """A cell that answers what the path of the test says."""

    answers: ClassVar[dict[str, tuple[int, dict[str, str], bytes]]] = {}
    asked: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        """Answer and remember."""
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.asked.append((self.path, body))
        status, headers, said = self.answers[self.command]
        self.send_response(status)
        for name, value in {"content-length": str(len(said)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said)

    def do_GET(self) -> None:
        """Answer the same way."""
        self.do_POST()

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture(name="there")
def a_cell_elsewhere() -> Iterator[str]:
    """Serve that cell."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cell)
    Cell.asked.clear()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def front_to(url: str) -> httpx.AsyncClient:
    """Give a client of a front door that knows one cell."""
    settings = FrontSettings({"cn": url}, "http://front.test", "", "a key")
    edge = Edge(make_litestar(settings), settings.web)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=edge), base_url="http://front.test")


async def test_the_front_door_carries_and_changes_nothing(there: str) -> None:
    """Body, status, type and text of a known cell pass unchanged; redirects and silence are 502."""
    client = front_to(there)
    where = "/witness/cn/add-checkpoint"
    Cell.answers = {"POST": (409, {"content-type": "text/x.tlog.size"}, b"7\n"), "GET": (200, {}, b"note")}
    told = await client.post(where, content=b"old 0\n")
    assert (told.status_code, told.text) == (409, "7\n")
    assert told.headers["content-type"].startswith("text/x.tlog.size")
    assert Cell.asked == [("/ledger/witness/add-checkpoint", b"old 0\n")]
    shown = await client.get("/witness/cn/checkpoint", params={"origin": "a/b&c=d"})
    assert (shown.status_code, shown.text) == (200, "note")
    assert Cell.asked[-1][0] == "/ledger/witness/checkpoint?origin=a%2Fb%26c%3Dd"
    for wrong in ((302, {"location": "http://elsewhere.test/"}, b""), (200, {}, b"x" * 40_000)):
        Cell.answers = {"POST": wrong}
        assert (await client.post(where, content=b"x")).status_code == 502
    assert (await client.post("/witness/us/add-checkpoint", content=b"x")).status_code == 404
    asked = len(Cell.asked)
    assert (await client.post(where, content=b"x" * 40_000)).status_code == 400
    assert len(Cell.asked) == asked


async def test_a_hop_that_fails_is_nothing() -> None:
    """No such address, no such scheme, nobody there: nothing came back, and nothing is raised."""
    for url in ("http://127.0.0.1:1/", "ftp://x/", "", "http://[", "http://nowhere.invalid/"):
        assert await hop("GET", url) == NOTHING


class Asked:
    """A keeper that wants one checkpoint cosigned."""

    def __init__(self) -> None:
        self.answers: list[tuple[Any, ...]] = []

    async def witness_asks(self) -> list[Any]:
        """Ask once."""
        return [WitnessAsk(PEER, "cn", 3, "o", b"body")]

    async def witness_answered(self, *told: Any) -> None:
        """Remember."""
        self.answers.append(told)


async def test_the_worker_brings_back_what_it_was_told(there: str) -> None:
    """An answer goes back as it came; after a conflict also what the witness shows; silence is status 0."""
    keeper = Asked()
    Cell.answers = {"POST": (200, {}, b"line"), "GET": (200, {}, b"note")}
    await Relay(keeper, there).once()  # type: ignore[arg-type]
    Cell.answers = {"POST": (409, {}, b"9\n"), "GET": (200, {}, b"note")}
    await Relay(keeper, there).once()  # type: ignore[arg-type]
    await Relay(keeper, "http://127.0.0.1:1").once()  # type: ignore[arg-type]
    assert keeper.answers == [(PEER, 200, "line", ""), (PEER, 409, "9\n", "note"), (PEER, 0, "", "")]
