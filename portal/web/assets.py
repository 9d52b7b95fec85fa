"""Addresses of static files: ours under a content hash, others' as the manifest of `infra/assets` names them."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

OURS = Path(__file__).resolve().parent / "static"
BUILT = Path(__file__).resolve().parent.parent.parent / "infra" / "assets" / "built"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """One file that others wrote: where it came from and under which licence."""

    name: str
    file: str
    package: str
    version: str
    licence: str


@cache
def _hash(name: str) -> str:
    return hashlib.sha256((OURS / name).read_bytes()).hexdigest()[:12]


def third_party() -> tuple[ThirdParty, ...]:
    """Read the manifest; empty while the assets are still being fetched or could not be."""
    return _manifest(stamp())


def stamp() -> int:
    """Give a number that changes when other assets are there than before."""
    try:
        return (BUILT / "manifest.json").stat().st_mtime_ns
    except OSError:
        return 0


@cache
def _manifest(stamp: int) -> tuple[ThirdParty, ...]:
    if not stamp:
        return ()
    rows = json.loads((BUILT / "manifest.json").read_text())["files"]
    return tuple(ThirdParty(r["name"], r["file"], r["package"], r["version"], r["licence"]) for r in rows)


def asset(name: str) -> str | None:
    """Give the address of a static file by its plain name, or None when it is not there (yet)."""
    return f"/static/{_hash(name)}/{name}" if _is_ours(name) else _built(name, stamp())


@cache
def _is_ours(name: str) -> bool:
    return (OURS / name).is_file()


@cache
def _built(name: str, stamp: int) -> str | None:
    built = next((a.file for a in _manifest(stamp) if a.name == name), None)
    return f"/static/built/{built}" if built else None


def read_static(path: str) -> tuple[bytes, str] | None:
    """Read a file by the part of its address after `/static/`; None for anything that is not one of ours."""
    first, _, rest = path.partition("/")
    base = BUILT if first == "built" else OURS
    target = (base / rest).resolve()
    kind = TYPES.get(target.suffix)
    if kind is None or not target.is_relative_to(base.resolve()) or not target.is_file():
        return None
    return target.read_bytes(), kind
