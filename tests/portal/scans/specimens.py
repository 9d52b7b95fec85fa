"""Files to hand in: honest ones, and those that somebody would send who means harm. All are drawn here."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw
from pypdf import PdfWriter

GPS = "Leidsestraat 12, CANARY-GPS"


def picture(width: int = 600, height: int = 400, mode: str = "RGB") -> Image.Image:
    """Draw something that compresses like a document."""
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    pen.rectangle((20, 20, width - 20, height - 20), outline="black", width=3)
    pen.text((40, 40), "SPECIMEN", fill="black")
    return image.convert(mode)


def jpeg(image: Image.Image | None = None, **more: Any) -> bytes:
    """Write a JPEG."""
    return _written(image or picture(), "JPEG", **more)


def png(image: Image.Image | None = None, **more: Any) -> bytes:
    """Write a PNG."""
    return _written(image or picture(), "PNG", **more)


def _written(image: Image.Image, kind: str, **more: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def with_gps() -> bytes:
    """Write a JPEG that says where it was taken, in EXIF and in a comment."""
    exif = Image.Exif()
    exif[0x010E] = GPS
    exif[0x0112] = 6  # to be turned by a quarter
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 22.0, 12.0)
    return jpeg(exif=exif, comment=GPS.encode())


def animated() -> bytes:
    """Write an animated PNG of three frames."""
    frames = [Image.new("RGB", (300, 200), colour) for colour in ("red", "green", "blue")]
    return png(frames[0], save_all=True, append_images=frames[1:], duration=100)


def sixteen_bits() -> bytes:
    """Write a PNG of sixteen bits a sample: a ramp from black to white."""
    ramp = Image.new("I;16", (256, 64))
    ramp.putdata([x * 257 for _ in range(64) for x in range(256)])
    return png(ramp)


def bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """Write a PNG of few bytes that would be gigabytes of pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(10_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def false_size() -> bytes:
    """Write a PNG that says it is small and unpacks to far more."""
    return bomb(100, 100)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def pdf(pages: int = 1, extra: str = "", catalog: str = "") -> bytes:
    """Write a PDF by hand: empty pages, more objects, more entries in its catalogue."""
    kids = " ".join(f"{n} 0 R" for n in range(10, 10 + pages))
    body = [
        f"1 0 obj <</Type /Catalog /Pages 2 0 R {catalog}>> endobj",
        f"2 0 obj <</Type /Pages /Kids [{kids}] /Count {pages}>> endobj",
        *(
            f"{n} 0 obj <</Type /Page /Parent 2 0 R /MediaBox [0 0 300 200]>> endobj"
            for n in range(10, 10 + pages)
        ),
        extra,
    ]
    text = "%PDF-1.7\n" + "\n".join(body) + "\ntrailer <</Root 1 0 R>>\n%%EOF\n"
    return text.encode()


def pdf_with_script() -> bytes:
    """Write a PDF that runs a script at opening and carries a file."""
    script = "app.alert('CANARY-SCRIPT'); this.submitForm('http://127.0.0.1:9/');"
    extra = (
        f"5 0 obj <</S /JavaScript /JS ({script})>> endobj\n"
        "6 0 obj <</Type /EmbeddedFile /Length 13>> stream\nCANARY-INSIDE\nendstream endobj\n"
        "7 0 obj <</Type /Filespec /F (inside.exe) /EF <</F 6 0 R>>>> endobj"
    )
    return pdf(1, extra, "/OpenAction 5 0 R /Names <</EmbeddedFiles <</Names [(inside.exe) 7 0 R]>>>>")


def pdf_of(image: Image.Image) -> bytes:
    """Write a PDF of one page with a picture."""
    return _written(image, "PDF")


def huge_page() -> bytes:
    """Write a PDF whose page is larger than the format allows."""
    return pdf().replace(b"[0 0 300 200]", b"[0 0 9000000 9000000]")


def polyglot() -> bytes:
    """Write a JPEG that is a page with a script and an archive too."""
    return jpeg() + b"<html><script>alert('CANARY-HTML')</script></html>PK\x03\x04" + bytes(64)


def locked() -> bytes:
    """Write a PDF that asks for a password."""
    writer = PdfWriter()
    writer.add_blank_page(300, 200)
    writer.encrypt("an invented password", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
