"""Reading a foreign image or PDF and drawing it anew: what leaves are pixels in a plain JPEG, and nothing else."""

import io
import warnings
from collections.abc import Iterator
from typing import Any, Final

import pypdfium2
from PIL import Image, ImageDraw, ImageFont, ImageOps

# Formats are imported here and now: later no file can be opened. A JPEG of a phone may be an MPO.
from PIL import JpegImagePlugin, MpoImagePlugin, PngImagePlugin  # noqa: F401  isort: skip

from portal.scans.rules import (
    DAMAGED,
    LOCKED,
    LONGEST_EDGE,
    MOST_CONTENT,
    MOST_EDGE,
    MOST_PAGES,
    MOST_PIXELS,
    TOO_LARGE,
    TOO_MANY_PAGES,
    TOO_MANY_PIXELS,
    TOO_MUCH_WORK,
    UNKNOWN_KIND,
    bind,
    kind_of,
)

QUALITY: Final = 85
_POINTS_AT_MOST: Final = 14_400  # the format's own limit of a page's edge
_PASSWORD_ERROR: Final = 4
_SIXTEEN_BITS: Final = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N"})
_FONT: Final = ImageFont.load_default(28)
_INK: Final = ((255, 255, 255, 120), (176, 0, 32, 110))


class Undrawn(Exception):  # noqa: N818 -- errors are named for what was refused
    """The file is not drawn: `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def settle() -> None:
    """Set the limits of the libraries and load what they load at first use."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    Image.preinit()
    warnings.simplefilter("ignore")
    _encoded(Image.new("RGB", (8, 8)))
    marked(_encoded(Image.new("RGB", (8, 8))), "x")


def drawn(data: bytes) -> bytes:
    """Draw a file's pages anew and bind them. Raises Undrawn."""
    kind = kind_of(data)
    if kind is None:
        raise Undrawn(UNKNOWN_KIND)
    try:
        pages = _bounded(_pdf_pages(data) if kind == "pdf" else iter((_image_page(data, kind),)))
    except MemoryError:
        raise Undrawn(TOO_MUCH_WORK) from None
    except Image.DecompressionBombError:
        raise Undrawn(TOO_MANY_PIXELS) from None
    except Undrawn:
        raise
    except Exception:  # noqa: BLE001 -- whatever a parser stumbles over, the file is at fault
        raise Undrawn(DAMAGED) from None
    return bind(pages)


def marked(page: bytes, text: str) -> bytes:
    """Draw the viewer into a page, again and again, so that no cut leaves him out. Raises Undrawn."""
    try:
        with Image.open(io.BytesIO(page), formats=("JPEG",)) as opened:
            image = opened.convert("RGB")
    except Exception:  # noqa: BLE001 -- it was drawn here once, but lay elsewhere meanwhile
        raise Undrawn(DAMAGED) from None
    left, top, right, bottom = _FONT.getbbox(text)
    stamp = Image.new("RGBA", (int(right - left) + 12, int(bottom - top) + 12))
    pen = ImageDraw.Draw(stamp)
    for shift, ink in enumerate(_INK):  # light under dark: it can be read on any ground
        pen.text((4 + shift, 4 + shift - top), text, font=_FONT, fill=ink)
    stamp = stamp.rotate(24, expand=True)
    for row, y in enumerate(range(-stamp.height // 2, image.height, max(stamp.height, 90))):
        for x in range(-(row % 2) * stamp.width // 2, image.width, stamp.width + 24):
            image.paste(stamp, (x, y), stamp)
    return _encoded(image)


def _bounded(pages: Iterator[Image.Image]) -> list[bytes]:
    encoded, total = [], 0
    for page in pages:
        encoded.append(_encoded(page))
        total += len(encoded[-1])
        if total > MOST_CONTENT:
            raise Undrawn(TOO_LARGE)
    return encoded


def _encoded(image: Image.Image) -> bytes:
    """Write pixels as a JPEG without any metadata."""
    bare = Image.new("RGB", image.size)
    bare.paste(image)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=QUALITY, optimize=False, exif=b"", icc_profile=None)
    return out.getvalue()


def _image_page(data: bytes, kind: str) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=(kind.upper(),)) as image:
        width, height = image.size
        if width * height > MOST_PIXELS or max(width, height) > MOST_EDGE:
            raise Undrawn(TOO_MANY_PIXELS)
        image.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
        image.load()
        upright = ImageOps.exif_transpose(image)
        return _opaque(_shrunk(_eight_bits(upright)))


def _eight_bits(image: Image.Image) -> Image.Image:
    """Bring samples of sixteen bits down to eight: Pillow would clip them."""
    if image.mode not in _SIXTEEN_BITS:
        return image
    return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")


def _shrunk(image: Image.Image) -> Image.Image:
    if max(image.size) <= LONGEST_EDGE:
        return image
    if image.mode in ("P", "PA", "1"):
        image = image.convert("RGBA")
    image.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS)
    return image


def _opaque(image: Image.Image) -> Image.Image:
    """Put what is transparent on white."""
    if image.mode == "RGB":
        return image
    if not image.has_transparency_data:
        return image.convert("RGB")
    over = image.convert("RGBA")
    ground = Image.new("RGBA", over.size, "white")
    return Image.alpha_composite(ground, over).convert("RGB")


def _pdf_pages(data: bytes) -> Iterator[Image.Image]:
    """Render pages; forms are not begun, so no script runs, and nothing embedded is looked at."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        code = LOCKED if getattr(error, "err_code", None) == _PASSWORD_ERROR else DAMAGED
        raise Undrawn(code) from None
    count = len(document)
    if count > MOST_PAGES:
        raise Undrawn(TOO_MANY_PAGES)
    if not count:
        raise Undrawn(DAMAGED)
    for number in range(count):
        yield _pdf_page(document[number])


def _pdf_page(page: Any) -> Image.Image:
    width, height = page.get_size()
    if not (0 < width <= _POINTS_AT_MOST and 0 < height <= _POINTS_AT_MOST):
        raise Undrawn(TOO_MANY_PIXELS)
    scale = min(LONGEST_EDGE / max(width, height), 4.0)
    image: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil()
    page.close()
    return image.convert("RGB")
