"""`python -m audit check EXTRACT`: whether every row of an extract is in the log, and which is not."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from audit.extract_check import ExtractReport, check_extract
from audit.note import NoteRefused, parse_vkey
from audit.progress import Bar
from audit.refusal import Refusal
from audit.verify import Trust

WHOLE, BROKEN, UNUSABLE = 0, 1, 2
SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "audit:extract_count": "about.json: says {said} entries, but there are {found}",
        "audit:extract_order": "leaf {leaf}: twice, or not in order",
        "audit:leaf_not_in_log": "row {row}: leaf {leaf} is not in the log",
        "audit:leaf_without_row": "leaf {leaf}: has no row in the table",
        "audit:row_mismatch": "row {row}: does not say what leaf {leaf} says",
        "audit:row_without_leaf": "row {row}: has no leaf, so nothing proves it",
        "audit:table_malformed": "{path}: cannot be read as a table",
    }
)
UNCHECKED: Final = "keys were not checked: give --key with the log's public key"
UNREAD: Final = "the table was not compared with its leaves: reading Parquet needs the library duckdb"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what may stand on the command line."""
    parser.add_argument("extract", type=Path, metavar="EXTRACT", help="an extract (.zip)")
    parser.add_argument("--key", action="append", default=[], metavar="VKEY", help="public key of the log")
    parser.add_argument("--witness", action="append", default=[], metavar="VKEY", help="must have cosigned")
    parser.add_argument("--json", action="store_true", help="answer in JSON")


def run(options: argparse.Namespace, sentences: Mapping[str, str]) -> int:
    """Check one; returns the exit code: 0 whole, 1 broken, 2 unusable."""
    bar = Bar()
    try:
        keys = tuple(parse_vkey(text) for text in options.key)
        witnesses = tuple(parse_vkey(text) for text in options.witness)
        report = check_extract(options.extract, Trust(keys, witnesses), bar)
    except (OSError, NoteRefused, Refusal) as problem:
        print(f"unusable: {problem}", file=sys.stderr)
        return UNUSABLE
    finally:
        bar.clear()
    print(json.dumps(_as_json(report)) if options.json else "\n".join(_lines(report, sentences)))
    return BROKEN if report.findings else WHOLE


def _lines(report: ExtractReport, sentences: Mapping[str, str]) -> list[str]:
    lines, said = [], {**sentences, **SENTENCES}
    for code, finding in report.findings.first.items():
        more = report.findings.more[code]
        lines.append(said[code].format(**finding.fields) + (f" (and {more:,} more)" if more else ""))
    if not lines and report.tree is not None:
        lines.append(
            f"whole: {report.entries:,} entries stand in {report.tree.origin} at {report.tree.size:,} leaves"
        )
    if not report.rows_read and not report.findings:
        lines.append(UNREAD)
    return lines if report.keys_checked else [*lines, UNCHECKED]


def _as_json(report: ExtractReport) -> dict[str, object]:
    found = [
        {"code": code, "more": report.findings.more[code], **finding.fields}
        for code, finding in report.findings.first.items()
    ]
    tree = None if report.tree is None else {"origin": report.tree.origin, "size": report.tree.size}
    return {
        "whole": not found,
        "entries": report.entries,
        "findings": found,
        "tree": tree,
        "keys_checked": report.keys_checked,
        "rows_checked": report.rows_read,
    }
