"""What is true of scans: limits, kinds by their first bytes, and how pages are bound into one content. Pure."""

from collections.abc import Sequence
from typing import Final

MOST_BYTES: Final = 15_000_000
"""A file handed in."""
MOST_PAGES: Final = 10
MOST_PIXELS: Final = 40_000_000
MOST_EDGE: Final = 16_000
LONGEST_EDGE: Final = 2_400
"""Pixels of a page's longer edge as it is kept."""
MOST_SCANS: Final = 6
"""Scans of one document."""
MOST_CONTENT: Final = 24 * 1024 * 1024
"""All pages of a scan as they are kept."""

EMPTY: Final = "scans:empty"
UNKNOWN_KIND: Final = "scans:unknown_kind"
TOO_LARGE: Final = "scans:too_large"
TOO_MANY_PIXELS: Final = "scans:too_many_pixels"
TOO_MANY_PAGES: Final = "scans:too_many_pages"
DAMAGED: Final = "scans:damaged"
LOCKED: Final = "scans:locked"
TOO_MUCH_WORK: Final = "scans:too_much_work"
SAID_INSIDE: Final = frozenset(
    {UNKNOWN_KIND, TOO_LARGE, TOO_MANY_PIXELS, TOO_MANY_PAGES, DAMAGED, LOCKED, TOO_MUCH_WORK}
)
"""What the closed-off process may say of a file; anything else it says is not believed."""

_KINDS: Final = ((b"\xff\xd8\xff", "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"), (b"%PDF-", "pdf"))
_PAGE_BEGINS: Final = b"\xff\xd8\xff"
_MARK: Final = b"wxp1"
_COUNT: Final = 1
_LENGTH: Final = 4
TABLE_BYTES: Final = len(_MARK) + _COUNT + MOST_PAGES * _LENGTH
"""So many bytes from the beginning hold the whole table of pages."""


class Unbound(Exception):  # noqa: N818 -- errors are named for what was refused
    """The bytes are not pages bound together."""


def kind_of(data: bytes) -> str | None:
    """Tell `jpeg`, `png` or `pdf` by the first bytes, never by a name or a declared type; None for anything else."""
    return next((kind for begins, kind in _KINDS if data.startswith(begins)), None)


def refusal_of(data: bytes) -> str | None:
    """Give what can be said against a file before anything reads it."""
    if not data:
        return EMPTY
    if len(data) > MOST_BYTES:
        return TOO_LARGE
    return None if kind_of(data) else UNKNOWN_KIND


def bind(pages: Sequence[bytes]) -> bytes:
    """Bind pages: `wxp1`, their number (1 byte), the length of each (4 bytes, big-endian), then one after the other."""
    lengths = b"".join(len(page).to_bytes(_LENGTH, "big") for page in pages)
    return _MARK + len(pages).to_bytes(_COUNT, "big") + lengths + b"".join(pages)


def places(content: bytes) -> list[tuple[int, int]]:
    """Give where each page begins and how long it is, from the beginning of a content. Raises Unbound."""
    count = int.from_bytes(content[len(_MARK) : len(_MARK) + _COUNT], "big")
    at = len(_MARK) + _COUNT
    if not content.startswith(_MARK) or not 1 <= count <= MOST_PAGES or len(content) < at + count * _LENGTH:
        raise Unbound
    lengths = [
        int.from_bytes(content[at + n * _LENGTH : at + (n + 1) * _LENGTH], "big") for n in range(count)
    ]
    begins, found = at + count * _LENGTH, []
    for length in lengths:
        found.append((begins, length))
        begins += length
    return found


def unbind(content: bytes) -> list[bytes]:
    """Take the pages apart; each begins like a JPEG, together they are all there is. Raises Unbound."""
    found = places(content)
    last, length = found[-1]
    pages = [content[begins : begins + size] for begins, size in found]
    if last + length != len(content) or not all(page.startswith(_PAGE_BEGINS) for page in pages):
        raise Unbound
    return pages
