"""Scans on the pages, without scripts: handing in, opening, mistakes said beside the field, in three languages."""

import io
import re

import pytest
from PIL import Image

from tests.portal.house import House
from tests.portal.scans import specimens as made
from tests.security.keeper.stage import PASSPORT, PASSWORD


async def passport(house: House) -> str:
    """Put a passport of the first passenger on file; give the path of its scans."""
    sealed = await house.stage.on_file("passport.number", PASSPORT)
    return f"/passengers/{house.mei}/scans/eu_{sealed.row}"


async def test_handed_in_and_opened_on_the_page(house: House) -> None:
    """A traveller hands in a photo by a form, opens it with the password, sees it marked, and reads that he did."""
    path = await passport(house)
    mei = await house.browser("traveller")
    await mei.open(f"/passengers/{house.mei}")
    assert "Add a scan" in mei.words()
    await mei.open(path)
    await mei.submit(path, files={"file": ("passport.exe", made.with_gps(), "application/x-msdownload")})
    assert "The scan is sealed and on file." in mei.words()
    (where,) = re.findall(r'href="/en(/passengers/[^"]+/reveals/new)"', mei.answer.text)
    await mei.open(where)
    base = where.removesuffix("/new")
    await mei.submit(base, expect=403, purpose="own_record", reference=house.mei, password="not mine")
    assert "The password is not right." in mei.words()
    await mei.submit(base, purpose="own_record", reference=house.mei, password=PASSWORD)
    assert 'http-equiv="refresh" content="60' in mei.answer.text
    (image,) = re.findall(r'<img class="scan-page" src="(/en/[^"]+)"', mei.answer.text)
    shown = await mei.client.get(image)
    assert shown.headers["content-type"] == "image/jpeg"
    assert Image.open(io.BytesIO(shown.content)).size == (400, 600)
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    await mei.open(f"/passengers/{house.mei}")
    assert "1 scan" in mei.words()
    await mei.open("/trail")
    assert "Document scan was opened" in mei.words()


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("en", "This file is not a JPEG, PNG or PDF, whatever its name says."),
        ("zh-Hans", "无论文件名是什么，这个文件都不是 JPEG、PNG 或 PDF。"),
        ("ar", "هذا الملف ليس JPEG ولا PNG ولا PDF، أيًّا كان اسمه."),
    ],
)
async def test_a_mistake_is_said_beside_the_field(house: House, tag: str, said: str) -> None:
    """What is wrong with a file is said in the reader's language, and the form is there again."""
    path = await passport(house)
    booker = await house.browser("booker", tag)
    await booker.open(path)
    await booker.submit(path, expect=422, files={"file": ("passport.jpg", b"MZ and so on", "image/jpeg")})
    assert said in booker.words()
    assert 'aria-invalid="true"' in booker.answer.text
    await booker.submit(path, expect=422, files={"file": ("", b"", "application/octet-stream")})
    await booker.submit(path, expect=422)


async def test_a_foreign_page_hands_in_nothing(house: House) -> None:
    """A form of another origin, or without the page's token, is refused before the file is read."""
    path = await passport(house)
    booker = await house.browser("booker")
    await booker.open(path)
    files = {"file": ("a.jpg", made.jpeg(), "image/jpeg")}
    await booker.submit(path, expect=403, origin="http://elsewhere.test", files=files)
    bare = await booker.client.post(f"/en{path}", files=files, headers={"origin": booker.origin})
    assert bare.status_code == 403
    assert await house.stage.owner.fetchval("select count(*) from document_scan") == 0


async def test_replacing_and_removing_on_the_page(house: House) -> None:
    """Replace keeps one scan, remove none; a desk role that may not open is told why, and the refusal is an entry."""
    path = await passport(house)
    booker = await house.browser("booker")
    await booker.open(path)
    await booker.submit(path, files={"file": ("a.jpg", made.jpeg(), "")})
    (old,) = set(re.findall(r"\?replaces=(eu_[0-9a-f-]+)", booker.answer.text))
    agent = await house.browser("service_agent")
    await agent.open(path)
    await agent.open(f"{path}/{old}/reveals/new", expect=403)
    assert "This refusal has been recorded." in agent.words()
    await booker.open(f"{path}?replaces={old}")
    assert "Replace a scan" in booker.words()
    await booker.submit(path, files={"file": ("b.png", made.png(), "")})
    (new,) = set(re.findall(r"\?replaces=(eu_[0-9a-f-]+)", booker.answer.text))
    assert new != old
    await booker.submit(f"{path}/{new}/remove")
    assert "The scan was removed." in booker.words()
    assert "No scan is on file." in booker.words()


async def test_roles_that_know_of_no_scans_see_no_link(house: House) -> None:
    """Sales sees the passenger, and neither a number of scans nor a way to them."""
    path = await passport(house)
    sales = await house.browser("sales")
    await sales.open(f"/passengers/{house.mei}")
    assert "scan" not in sales.words().lower()
    await sales.open(path, expect=403)
