"""The stylesheet serves every direction, script and pair of eyes."""

import itertools
import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "portal" / "web" / "static" / "portal.css").read_text(encoding="utf-8")
TOKEN = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{3,6}), (#[0-9a-f]{3,6})\)")
COLOURS = {name: (light, dark) for name, light, dark in TOKEN.findall(CSS)}
SMALL_TEXT, OUTLINE = 4.5, 3.0  # WCAG 2.2: 1.4.3 and 1.4.11


def luminance(colour: str) -> float:
    """Give the relative luminance of a hexadecimal colour (WCAG 2.2)."""
    digits = colour[1:] if len(colour) > 4 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


GROUNDS = ("bg", "surface", "sunken")
TEXTS = [
    *itertools.product(("text", "muted", "accent", "bad"), GROUNDS),
    ("on-accent", "accent"),
    ("on-danger", "danger"),
    ("accent-strong", "accent-soft"),
    *((tone, f"{tone}-soft") for tone in ("ok", "warn", "bad")),
    *(("text", f"{tone}-soft") for tone in ("ok", "warn", "bad", "accent")),
]


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_can_be_read(text: str, ground: str, theme: int) -> None:
    """Every text colour stands out from every ground it is used on, in both themes."""
    assert contrast(COLOURS[text][theme], COLOURS[ground][theme]) >= SMALL_TEXT


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("line", "ground"), [("line-strong", "surface"), ("line-strong", "bg"), ("accent", "bg")]
)
def test_outlines_can_be_seen(line: str, ground: str, theme: int) -> None:
    """The edges of inputs and the focus ring stand out from their ground."""
    assert contrast(COLOURS[line][theme], COLOURS[ground][theme]) >= OUTLINE


def test_no_physical_directions() -> None:
    """Nothing is laid out by left and right: Arabic mirrors by itself."""
    assert re.findall(r"\b(?:left|right)\b", CSS) == []


def test_no_slant_and_no_spacing_for_arabic_and_chinese() -> None:
    """Nothing is slanted, and letters are spaced only in English or in codes."""
    assert "italic" not in CSS
    spaced = [line for line in CSS.splitlines() if "letter-spacing:" in line and "inherit" not in line]
    assert all(":lang(en)" in line or "var(--mono)" in line for line in spaced)


def test_line_heights_by_script() -> None:
    """Arabic and Chinese have the room between lines that they need."""
    assert re.search(r":lang\(ar\) \{[^}]*--lh: 1\.75", CSS)
    assert re.search(r":lang\(zh\) \{[^}]*--lh: 1\.65", CSS)


def test_it_adapts() -> None:
    """Less motion, forced colours and paper are thought of."""
    for feature in ("prefers-reduced-motion: reduce", "forced-colors: active", "@media print", "light-dark("):
        assert feature in CSS
