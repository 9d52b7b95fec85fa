"""`python -m infra.assets [--develop]`: htmx and fonts under content-hashed names, with a manifest.

`infra/assets/built/manifest.json` is `{"lock": sha256, "files": [{"name", "file", "sha256", "package",
"version", "licence"}]}`; `name` is what a page asks for, `file` what lies in the folder. It is written last,
so whoever reads it finds everything it names.
"""

import fcntl
import hashlib
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from infra.faces import style_sheet
from infra.npm import FOLDER, MODULES, fetch
from infra.refusal import Refused
from infra.sentences import say

BUILT = FOLDER / "built"
MANIFEST = BUILT / "manifest.json"
LOCK = FOLDER / "package-lock.json"
HTMX = ("htmx.js", "htmx.org", "dist/htmx.min.js")
# The Chinese face has a hundred slices: its style sheet is apart, for pages that are in Chinese.
SHEETS = {
    "fonts.css": ("@fontsource-variable/inter", "@fontsource-variable/noto-sans-arabic"),
    "fonts-zh-Hans.css": ("@fontsource-variable/noto-sans-sc",),
}
# Whole fonts for PDF: slices made for the web print other characters than were written.
PRINTED = {
    "@expo-google-fonts/ibm-plex-sans-arabic": "IBMPlexSansArabic",
    "@expo-google-fonts/inter": "Inter",
    "@expo-google-fonts/noto-sans-sc": "NotoSansSC",
}
WEIGHTS = ("400Regular", "600SemiBold")
CHECKER = MODULES / "axe-core" / "axe.min.js"


class Shelf:
    """Puts files into the built folder and remembers them for the manifest."""

    def __init__(self) -> None:
        self.rows: list[dict[str, str]] = []
        self._packages = json.loads(LOCK.read_text("utf-8"))["packages"]

    def put(self, name: str, content: bytes, package: str) -> str:
        """Store `content` for the plain `name` and return the name it got."""
        digest = hashlib.sha256(content).hexdigest()
        stem, _, ending = name.rpartition(".")
        file = f"{stem}.{digest[:12]}.{ending}"
        if not (BUILT / file).exists():
            draft = BUILT / f"{file}.new"
            draft.write_bytes(content)
            draft.replace(BUILT / file)
        known = self._packages[f"node_modules/{package}"]
        told = {"package": package, "version": known["version"], "licence": known["license"]}
        self.rows.append({"name": name, "file": file, "sha256": digest, **told})
        return file

    def sheet(self, name: str, packages: Sequence[str]) -> None:
        """Store a style sheet and the fonts and licences of the packages it is made of."""
        text = ""
        for package in packages:
            text += style_sheet(MODULES / package, partial(self._put_file, package))
            self.licence(package)
        self.put(name, text.encode(), packages[0])

    def _put_file(self, package: str, path: Path) -> str:
        return self.put(path.name, path.read_bytes(), package)

    def printed(self, package: str, family: str) -> None:
        """Store the whole fonts of a package, for PDF, and the fonts' licence."""
        for weight in WEIGHTS:
            path = MODULES / package / weight / f"{family}_{weight}.ttf"
            self.put(path.name, path.read_bytes(), package)
        self.put(f"LICENSE-{family}.txt", (MODULES / package / "LICENSE_FONT").read_bytes(), package)

    def licence(self, package: str) -> None:
        """Store the text of a package's licence beside it, as its licence asks."""
        plain = package.rpartition("/")[2]
        self.put(f"LICENSE-{plain}.txt", (MODULES / package / "LICENSE").read_bytes(), package)


def build(*, develop: bool) -> None:
    """Fetch and lay out everything, unless it is there. Raises `infra:assets_failed`."""
    with LOCK.open() as gate:  # two at once: the second waits and finds it done
        fcntl.flock(gate, fcntl.LOCK_EX)
        if _is_built() and (CHECKER.exists() or not develop):
            return
        fetch(develop=develop or CHECKER.exists())
        BUILT.mkdir(exist_ok=True)
        shelf = Shelf()
        name, package, path = HTMX
        shelf.put(name, (MODULES / package / path).read_bytes(), package)
        shelf.licence(package)
        for sheet, packages in SHEETS.items():
            shelf.sheet(sheet, packages)
        for package, family in PRINTED.items():
            shelf.printed(package, family)
        _conclude(shelf.rows)


def _digest() -> str:
    own = Path(__file__).read_bytes() + Path(__file__).with_name("faces.py").read_bytes()
    return hashlib.sha256(LOCK.read_bytes() + own).hexdigest()


def _is_built() -> bool:
    try:
        read = json.loads(MANIFEST.read_text("utf-8"))
        whole = all((BUILT / row["file"]).exists() for row in read["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return False
    return whole and read.get("lock") == _digest()


def _conclude(rows: list[dict[str, str]]) -> None:
    draft = MANIFEST.with_suffix(".new")
    draft.write_text(json.dumps({"lock": _digest(), "files": rows}, indent=1) + "\n", "utf-8")
    draft.replace(MANIFEST)
    kept = {row["file"] for row in rows} | {MANIFEST.name}
    for path in BUILT.iterdir():
        if path.name not in kept:
            path.unlink()


def main(arguments: Sequence[str]) -> int:
    """Build and return the exit code; on failure the last line written says why."""
    try:
        build(develop="--develop" in arguments)
    except Refused as refused:
        print(refused.fields["said"] if "said" in refused.fields else say(refused))
        return 1
    except OSError as error:
        print(error.strerror)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
