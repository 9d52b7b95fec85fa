"""`python -m i18n extract|update|compile|check`: the catalogs, from a terminal."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict

from i18n.catalogs import FOLDER
from i18n.extraction import body, compile_all, source_catalog, update_all
from i18n.lint import Finding, check_all


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what is asked; 0 when all is well, 1 when `check` finds something, 2 for a wrong call."""
    asked = _parser().parse_args(arguments)
    if asked.what == "extract":
        return _extract()
    if asked.what == "check":
        return _check(as_json=asked.json, allow_missing=asked.allow_missing)
    made = update_all() if asked.what == "update" else compile_all()
    for path in made:
        _say(str(path.relative_to(FOLDER.parent.parent)))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m i18n", description=__doc__)
    parts = parser.add_subparsers(dest="what", required=True)
    parts.add_parser("extract", help="write every sentence of the sources to standard output (POT)")
    parts.add_parser(
        "update", help="bring the .po files to the sources; nothing is guessed, gone ones are dropped"
    )
    parts.add_parser("compile", help="compile every .po to a .mo")
    check = parts.add_parser("check", help="find what is missing, stale, fuzzy, broken or off the glossary")
    check.add_argument("--json", action="store_true", help="one JSON array, for programs")
    check.add_argument("--allow-missing", action="store_true", help="let drafts pass; legal texts never")
    return parser


def _extract() -> int:
    _say(body(source_catalog()))
    return 0


def _check(*, as_json: bool, allow_missing: bool) -> int:
    found = check_all(allow_missing=allow_missing)
    if as_json:
        _say(json.dumps([asdict(finding) for finding in found], ensure_ascii=False))
    else:
        for finding in found:
            _say(_line(finding))
        for (tag, code), count in sorted(Counter((f.tag, f.code) for f in found).items()):
            _say(f"{tag}: {count} × {code}")
    return 1 if found else 0


def _line(finding: Finding) -> str:
    detail = f"  ({finding.detail})" if finding.detail and finding.detail != finding.sentence else ""
    return f"{finding.tag}  {finding.code}  {finding.sentence!r}{detail}"


def _say(text: str) -> None:
    sys.stdout.write(text.rstrip("\n") + "\n")


if __name__ == "__main__":
    sys.exit(main())
