"""From the sources to the catalogs: find every sentence, bring each language's `.po` up to date, compile it.

The files written are the same for the same sources: no dates, no line numbers, sorted by place.
"""

import io
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po, write_po

from i18n.catalogs import FOLDER, compiled, po_path
from i18n.locales import Locale, translated
from i18n.plurals import header

ROOT: Final = Path(__file__).resolve().parent.parent
MAPPING: Final = Path(__file__).resolve().parent / "extract.cfg"
FLOORS: Final = ("portal", "security", "i18n")
KEYWORDS: Final[dict[str, Any]] = {**DEFAULT_KEYWORDS, "N_n": (1, 2), "N_p": ((1, "c"), 2)}
COMMENT: Final = "TRANSLATORS:"
WIDTH: Final = 110


def source_catalog(root: Path = ROOT) -> Catalog:
    """Collect every sentence of the sources, with its places and the comments meant for translators."""
    catalog = Catalog(project="waxwing", charset="utf-8")
    with MAPPING.open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file, str(MAPPING))  # type: ignore[no-untyped-call]
    for floor in FLOORS:
        here = [(p.removeprefix(f"{floor}/"), m) for p, m in methods if p.startswith(f"{floor}/")]
        chosen = {p.removeprefix(f"{floor}/"): o for p, o in options.items() if p.startswith(f"{floor}/")}
        for name, line, message, comments, context in extract_from_dir(
            root / floor, here, chosen, KEYWORDS, [COMMENT], strip_comment_tags=True
        ):
            catalog.add(message, None, [(f"{floor}/{name}", line)], auto_comments=comments, context=context)
    return catalog


def updated(locale: Locale, template: Catalog, folder: Path = FOLDER) -> Catalog:
    """Bring one language's catalog to the sources: new ones empty, gone ones dropped, nothing guessed."""
    catalog = read(locale, folder)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()
    return catalog


def read(locale: Locale, folder: Path = FOLDER) -> Catalog:
    """Read a language's `.po`, or begin an empty one with our header."""
    path = po_path(locale, folder)
    text = path.read_bytes() if path.exists() else _heading(locale).encode()
    return read_po(io.BytesIO(text), locale=locale.babel)


def write(locale: Locale, catalog: Catalog, folder: Path = FOLDER) -> Path:
    """Write a language's `.po` with our own header."""
    path = po_path(locale, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{_heading(locale)}\n{body(catalog)}", encoding="utf-8")
    return path


def body(catalog: Catalog) -> str:
    """Write the entries of a catalog as text."""
    target = io.BytesIO()
    write_po(target, catalog, width=WIDTH, omit_header=True, sort_by_file=True, include_lineno=False)
    return target.getvalue().decode()


def update_all(root: Path = ROOT, folder: Path = FOLDER) -> list[Path]:
    """Bring every translated language's catalog to the sources; give the files written."""
    template = source_catalog(root)
    return [write(locale, updated(locale, template, folder), folder) for locale in translated()]


def compile_all(folder: Path = FOLDER) -> list[Path]:
    """Compile every `.po` beside itself; give the `.mo` files written."""
    made = []
    for locale in translated():
        source = po_path(locale, folder)
        if source.exists():
            target = source.with_suffix(".mo")
            target.write_bytes(compiled(source))
            made.append(target)
    return made


def _heading(locale: Locale) -> str:
    fields = (
        "Project-Id-Version: waxwing",
        f"Language: {locale.babel}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: {header(locale.babel)}",
    )
    lines = "\n".join(f'"{field}\\n"' for field in fields)
    return f'# {locale.name}\nmsgid ""\nmsgstr ""\n{lines}\n'
