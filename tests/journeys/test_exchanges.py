"""The exchanges of a witness against the running house: through the front door, over real sockets."""

import asyncio
import http.client
from pathlib import Path
from urllib.parse import urlsplit

from audit.note import parse_vkey
from infra.cell import Cell
from security.vault.private_files import write_private
from tests.audit.story import Story, Told
from tests.journeys.running import Site

REGION = "cn"


async def test_the_running_house_plays_the_whole_story(site: Site) -> None:
    """At the front door the story of a pinned log gets each answer that stands there, and of a race one is stored."""
    story, folder = Story("story.example/audit/eu"), Cell(Path(site.data), REGION).witness
    pins = (folder / "pins").read_bytes()
    if str(story.key).encode() not in pins:
        write_private(folder / "pins", pins + f"log {story.key}\n".encode())
    public = (folder / "public").read_text().splitlines()[1:]
    keys = [parse_vkey(line.removeprefix("witness ")) for line in public]
    front = urlsplit(site.front)

    def send(body: bytes) -> Told:
        connection = http.client.HTTPConnection(str(front.hostname), front.port, timeout=20)
        connection.request("POST", f"/witness/{REGION}/add-checkpoint", body)
        answer = connection.getresponse()
        told = Told(answer.status, answer.headers["content-type"], answer.read().decode())
        connection.close()
        return told

    assert await story.play(lambda body: asyncio.to_thread(send, body), keys) == 32
