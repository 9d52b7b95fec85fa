"""A few scans: pages drawn here that say SPECIMEN, sealed as the keeper does it, in the store and on file."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
from PIL import Image, ImageDraw, ImageFont

from audit.entry import Facts
from portal.demo.keeping import Moment
from portal.demo.opened import Opened
from portal.demo.papers import Paper
from portal.demo.sealing import SealedPerson
from portal.demo.settings import DemoSettings
from portal.demo.storing import copy_rows
from portal.demo.world import World
from portal.passengers.mrz import transliterate
from portal.scans.rules import bind
from portal.web.ids import new_id
from security.blobs.opening import open_store
from security.blobs.store import BlobStore
from security.fields import FIELDS, SCAN
from security.vault.chunk_sizes import CHUNK, chunks_of
from security.vault.chunks import SealedScan, padded_chunk
from security.vault.custody import Custody
from security.vault.envelope import Context
from security.vault.keys import unwrap_dek

MOST: Final = 8
AFTER: Final = timedelta(hours=20)
_SIZE: Final = (1250, 880)
_COLUMNS: Final = "id document_id passenger_id org_id media pages bytes content created_at"
_GROUNDS: Final = {"passport": "#f3ece0", "visa": "#e6f0ea", "national_id": "#e8edf7"}


@dataclass(frozen=True, slots=True)
class DemoScan:
    """A scan, who handed it in and when, and what there is of it."""

    id: UUID
    by: Opened
    person: SealedPerson
    paper: Paper
    at: datetime
    pages: int
    content: bytes = field(repr=False)


def plan_scans(world: World) -> list[DemoScan]:
    """Draw a scan for documents of travellers who have an account of their own."""
    owners = [one for one in world.accounts if one.demo.role == "traveller" and one.passenger]
    found = []
    for one in owners:
        person = world.by_id[one.passenger] if one.passenger else None
        for number, paper in enumerate(person.person.papers if person else ()):
            if person is None or paper.kind not in _GROUNDS:
                continue
            at = world.joined[person.person.id] + AFTER + number * timedelta(minutes=3)
            count = 2 if paper.kind == "visa" else 1
            content = bind([_page(person, paper, page) for page in range(1, count + 1)])
            found.append(DemoScan(new_id(), one, person, paper, at, count, content))
    return [scan for scan in found if scan.at < world.now - timedelta(minutes=5)][:MOST]


async def store_scans(
    connection: Any, settings: DemoSettings, custody: Custody, scans: Sequence[DemoScan]
) -> list[Moment]:
    """Seal the scans into the store, put them on file, and give their entries."""
    store = open_store(settings.scans or f"file:{settings.blobs / 'scans'}", settings.region)
    rows, moments = [], []
    for scan in scans:
        head, dek = await _sealed(store, custody, scan)
        person = scan.person.person
        about = ("pdf" if scan.pages > 1 else "jpeg", scan.pages, len(scan.content))
        rows.append((scan.id, scan.paper.id, person.id, scan.by.org, *about, head, scan.at))
        moments.append(_moment(scan, person.id, dek))
    await copy_rows(connection, "document_scan", _COLUMNS, rows)
    keys = await asyncpg.connect(settings.keystore_url)
    try:
        await copy_rows(keys, "sealed_row", "id subject_id", [(s.id, s.person.person.id) for s in scans])
    finally:
        await keys.close()
    return moments


async def _sealed(store: BlobStore, custody: Custody, scan: DemoScan) -> tuple[bytes, UUID]:
    key = next(key for key in scan.person.keys if key.key_class == FIELDS[SCAN].key_class)
    kek = custody.kek_of(key.kek_id)
    dek = unwrap_dek(key.wrapped, dek_id=key.id, kek=kek, region=custody.region)
    place = Context(custody.region, FIELDS[SCAN].table, FIELDS[SCAN].column, scan.id)
    count = chunks_of(len(scan.content))
    sealing = SealedScan.begin(count, dek=dek, dek_id=key.id, context=place)
    writing = await store.begin(str(scan.id))
    for index in range(count):
        piece = scan.content[index * CHUNK : (index + 1) * CHUNK]
        await writing.write(sealing.seal(index, piece if index < count - 1 else padded_chunk(piece)))
    await writing.finish()
    return sealing.head.raw, key.id


def _moment(scan: DemoScan, subject: UUID, dek: UUID) -> Moment:
    said = {
        "who": scan.by.code,
        "role": scan.by.demo.role,
        "request": new_id(),
        "subject": subject,
        "field": SCAN,
    }
    sealed = Facts(kind="passengers:document-scan:sealed", dek=dek, **said)  # type: ignore[arg-type]
    return Moment(scan.at, (sealed,), (Facts(kind="scans:scan:added", **said),))  # type: ignore[arg-type]


def _page(person: SealedPerson, paper: Paper, number: int) -> bytes:
    """Draw a page that nobody can take for a document."""
    name = person.person.name
    latin = transliterate(f"{name.family} {name.given}").replace("<", " ")
    image = Image.new("RGB", _SIZE, _GROUNDS[paper.kind])
    pen = ImageDraw.Draw(image)
    large, small, code = (ImageFont.load_default(size) for size in (120, 30, 40))
    pen.rounded_rectangle((30, 30, 1220, 850), 30, outline="#5b6472", width=4)
    pen.text((70, 70), f"{paper.kind.replace('_', ' ').upper()}   {paper.issuing_state}", "#2b3440", small)
    pen.rectangle((70, 150, 350, 520), "#cfd5dd", "#5b6472", 2)
    pen.ellipse((150, 210, 270, 350), "#9aa5b1")
    pen.chord((110, 370, 310, 620), 180, 360, "#9aa5b1")
    lines = (latin, f"Page {number}", "Drawn for the demo of Waxwing", "Valid nowhere")
    for row, line in enumerate(lines):
        pen.text((400, 160 + row * 60), line, "#2b3440", small)
    pen.text((400, 430), "SPECIMEN", "#b00020", large)
    for row in (660, 730):
        pen.text((70, row), "SPECIMEN" + "<" * 34, "#2b3440", code)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()
