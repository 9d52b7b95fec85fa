"""The closed-off process: what it draws, what it refuses, and what it cannot reach."""

import asyncio
import io
import subprocess
import sys
from collections.abc import Callable

import pytest
from PIL import Image

from portal.scans import sandbox
from portal.scans.rules import LONGEST_EDGE, MOST_BYTES, unbind
from portal.scans.sandbox import ROOT, FileRefused, Sandbox
from tests.portal.scans import specimens as made

SANDBOX = Sandbox()


async def redrawn(data: bytes) -> list[Image.Image]:
    pages = unbind(await SANDBOX.redraw(data))
    return [Image.open(io.BytesIO(page), formats=("JPEG",)) for page in pages]


async def test_foreign_bytes_do_not_survive() -> None:
    """Place, comments, scripts, files and whatever hangs on behind are gone: only pixels come out."""
    for data in (made.with_gps(), made.polyglot(), made.pdf_with_script()):
        bound = await SANDBOX.redraw(data)
        assert b"CANARY" not in bound
        assert b"<script" not in bound
        (image,) = [Image.open(io.BytesIO(page)) for page in unbind(bound)]
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


async def test_a_turned_photo_stands_upright() -> None:
    """The turn that EXIF asks for is made before EXIF is thrown away."""
    (image,) = await redrawn(made.with_gps())
    assert image.size == (400, 600)


async def test_odd_images_become_plain_ones() -> None:
    """Four inks, sixteen bits, frames, transparency and a palette all end as one still RGB picture."""
    clear = Image.new("RGBA", (60, 40), (255, 0, 0, 0))
    odd = {
        "cmyk": made.jpeg(made.picture().convert("CMYK")),
        "animated": made.animated(),
        "clear": made.png(clear),
        "palette": made.png(made.picture().convert("P"), transparency=0),
        "bits": made.png(made.picture().convert("1")),
    }
    shown = {name: (await redrawn(data))[0] for name, data in odd.items()}
    assert {image.mode for image in shown.values()} == {"RGB"}
    assert min(shown["clear"].getpixel((30, 20))) > 245  # what is transparent is white
    assert min(shown["cmyk"].getpixel((300, 200))) > 240
    assert shown["animated"].size == (300, 200)
    red, green, blue = shown["animated"].getpixel((150, 100))
    assert red > 200 > max(green, blue) + 100


async def test_sixteen_bits_keep_their_greys() -> None:
    """A ramp of sixteen bits is a ramp still, and not cut off white."""
    (image,) = await redrawn(made.sixteen_bits())
    greys = [image.getpixel((x, 32))[0] for x in (8, 64, 128, 192, 248)]
    assert greys == pytest.approx([8, 64, 128, 192, 248], abs=6)


async def test_a_large_photo_is_made_smaller() -> None:
    """A page's longer edge is bounded; a PDF's page is drawn to the same edge."""
    (photo,) = await redrawn(made.jpeg(made.picture(4000, 1000)))
    assert photo.size == (LONGEST_EDGE, LONGEST_EDGE // 4)
    (page,) = await redrawn(made.pdf_of(made.picture(900, 1200)))
    assert max(page.size) == LONGEST_EDGE


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "name lies": (lambda: b"MZ" + bytes(500), "scans:unknown_kind"),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "scans:unknown_kind"),
    "gif": (lambda: b"GIF89a" + bytes(40), "scans:unknown_kind"),
    "pixel bomb": (made.bomb, "scans:too_many_pixels"),
    "long edge": (lambda: made.png(Image.new("1", (20_000, 10))), "scans:too_many_pixels"),
    "cut jpeg": (lambda: made.jpeg()[:-2000], "scans:damaged"),
    "cut png": (lambda: made.png()[:400], "scans:damaged"),
    "only a signature": (lambda: b"\xff\xd8\xff", "scans:damaged"),
    "cut pdf": (lambda: b"%PDF-1.7\n1 0 obj <<", "scans:damaged"),
    "thousand pages": (lambda: made.pdf(1000), "scans:too_many_pages"),
    "no page": (lambda: made.pdf(0), "scans:damaged"),
    "locked": (made.locked, "scans:locked"),
    "huge page": (made.huge_page, "scans:too_many_pixels"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_taken_is_refused_by_name(name: str) -> None:
    """Each kind of bad file has its own code, and none of them ends anything but its own process."""
    make, code = REFUSED[name]
    with pytest.raises(FileRefused) as refused:
        await SANDBOX.redraw(make())
    assert refused.value.errors == {"file": code}


async def test_a_png_that_lies_about_its_size_stays_small() -> None:
    """More rows than the header promises are not unpacked into memory."""
    (image,) = await redrawn(made.false_size())
    assert image.size == (100, 100)


async def test_work_without_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that does not answer is killed, and the person hears that the file is too much work."""
    monkeypatch.setattr(sandbox, "_BEGIN", "import time; time.sleep(60)")
    monkeypatch.setattr(sandbox, "SECONDS", 0.3)
    with pytest.raises(FileRefused) as refused:
        await asyncio.wait_for(SANDBOX.redraw(made.jpeg()), 10)
    assert refused.value.errors == {"file": "scans:too_much_work"}


@pytest.mark.parametrize(
    "says",
    ["'+' + 'x' * 100", "'-scans:anything'", "'-passengers:not_found'", "'+wxp1\\1\\0\\0\\0\\4<svg'", "''"],
)
async def test_what_the_process_says_is_not_believed(monkeypatch: pytest.MonkeyPatch, says: str) -> None:
    """An answer that is not of the agreed shape, or a code that is not of the list, is no answer."""
    monkeypatch.setattr(sandbox, "_BEGIN", f"import sys; sys.stdin.read; sys.stdout.write({says})")
    with pytest.raises(FileRefused) as refused:
        await SANDBOX.redraw(made.jpeg())
    assert refused.value.errors == {"file": "scans:damaged"}


async def test_an_endless_answer_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes over the process cannot fill web's memory through its answer."""
    monkeypatch.setattr(sandbox, "_MOST", 100_000)
    monkeypatch.setattr(sandbox, "_BEGIN", "import sys\nwhile True: sys.stdout.buffer.write(b'+' * 65536)")
    with pytest.raises(FileRefused):
        await asyncio.wait_for(SANDBOX.redraw(made.jpeg()), 10)


PROBE = """
import ctypes, os, socket, sys
sys.path.append(sys.argv[1])
from portal.scans.inside.closing import close_off
from portal.scans.inside.drawing import settle
settle()
closed = close_off()
def tried(name, deed):
    try:
        deed()
    except BaseException as refused:
        return f"{name}:refused"
    return f"{name}:done"
said = [tried("file", lambda: os.open(__import__("sys").executable, 0)), tried("socket", socket.socket),
        tried("fork", os.fork), tried("memory", lambda: bytearray(1 << 31)),
        tried("write", lambda: os.open("/tmp/x", os.O_CREAT | os.O_WRONLY))]
os.close(0)  # a free descriptor: now only the kernel's means are left
said += [tried("file again", lambda: os.open("/etc/passwd", 0)),
         tried("keeper", lambda: socket.socket(socket.AF_UNIX).connect(sys.argv[2])),
         tried("parent", lambda: os.kill(os.getppid(), 0))]
print(" ".join(closed), "|", ",".join(said), flush=True)
"""


def test_the_process_reaches_nothing(tmp_path: object) -> None:
    """From inside no file opens, no socket, no process, no memory beyond the limit; on Linux not even a name."""
    asked = [sys.executable, "-I", "-c", PROBE, str(ROOT), "/run/none.sock"]
    said = subprocess.run(asked, capture_output=True, text=True, check=True, env={}, input="").stdout
    closed, _, tries = said.strip().partition(" | ")
    found = dict(one.split(":") for one in tries.split(","))
    limits = ("file", "socket", "memory", "write")
    assert {found[name] for name in limits} == {"refused"}
    if "landlock" in closed:
        assert found["file again"] == "refused"
    if "namespaces" in closed:
        assert found["keeper"] == "refused"
    if "nobody" in closed:
        assert (found["fork"], found["parent"]) == ("refused", "refused")


def test_the_largest_file_is_a_limit_of_its_own() -> None:
    """A photo of five megabytes fits well below what a file may have."""
    assert MOST_BYTES >= 3 * 5_000_000
