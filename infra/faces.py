"""Style sheets for the fonts, made from what the font packages say of their own files."""

import re
from collections.abc import Callable
from pathlib import Path

FACE = re.compile(r"@font-face\s*\{(?P<body>[^}]*)\}")
FILE = re.compile(r"url\(\./files/(?P<name>[\w.-]+\.woff2)\)")
KEPT = ("font-family", "font-style", "font-weight", "font-display", "unicode-range")


def style_sheet(package: Path, place: Callable[[Path], str]) -> str:
    """Return the `@font-face` rules of a font package's upright weights.

    `place` stores one of its files and returns the name it has beside the style sheet.
    """
    source = (package / "wght.css").read_text("utf-8")
    return "".join(_rule(found["body"], package, place) for found in FACE.finditer(source))


def _rule(body: str, package: Path, place: Callable[[Path], str]) -> str:
    named = FILE.search(body)
    if named is None:
        return ""
    pairs = (line.split(":", 1) for line in body.split(";") if ":" in line)
    said = {name.strip(): text.strip() for name, text in pairs}
    file = place(package / "files" / named["name"])
    kept = "".join(f"{name}:{said[name]};" for name in KEPT if name in said)
    return f'@font-face{{{kept}src:url({file})format("woff2")}}\n'
