"""`python -m audit verify` checks an export, a proof file or a certificate; `check` an extract; `witness` witnesses.

All do without anything else of this house: they need the standard library and `cryptography`. Exit 0: whole,
or cosigned. 1: broken, one line for each thing found, or refused. 2: unusable.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from audit import extract_command, outside
from audit.certificate import check_certificate, is_certificate
from audit.note import NoteRefused, Verifier, parse_vkey
from audit.progress import Bar
from audit.proof import MAGIC, parse_proof, verify_proof
from audit.refusal import Refusal
from audit.verify import Report, Trust, verify_bundle

WHOLE, BROKEN, UNUSABLE = 0, 1, 2
UNCHECKED: Final = "keys were not checked: give --key with the log's public key"
SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "audit:bundle_malformed": "{path}: the leaves cannot be told apart",
        "audit:checkpoint_malformed": "checkpoint: not a well-formed signed checkpoint",
        "audit:facts_mismatch": "leaf {leaf}: its document is not the one it commits to",
        "audit:file_missing": "{path}: missing; the checkpoint covers more than the bundle holds",
        "audit:file_unexpected": "{path}: not covered by the checkpoint",
        "audit:fork": "checkpoint {size}: is no continuation of the older checkpoint {older}",
        "audit:key_changed": "checkpoint {size}: signed by another key than the older checkpoint {older}",
        "audit:leaf_deleted": "leaf {leaf}: deleted",
        "audit:leaf_edited": "leaf {leaf}: edited",
        "audit:leaf_inserted": "leaf {leaf}: inserted",
        "audit:leaf_malformed": "leaf {leaf}: parts are missing, unknown or of the wrong kind",
        "audit:leaf_not_canonical": "leaf {leaf}: not canonical JSON",
        "audit:leaf_region": "leaf {leaf}: of region {region}, which is not this log's",
        "audit:leaf_reordered": "leaf {leaf}: out of order",
        "audit:leaf_version": "leaf {leaf}: of a version unknown here; leaves from it on were not judged",
        "audit:not_cosigned": "checkpoint {size}: not cosigned by {witness}",
        "audit:residency_broken": "leaf {leaf}: does not state that every row belongs to this region",
        "audit:root_mismatch": "checkpoint {size}: not the root of these leaves; changed from {since}",
        "audit:set_mismatch": "leaf {leaf}: the people kept beside it are not those it commits to",
        "audit:tile_mismatch": "{path}: not the hashes that belong there",
        "audit:time_backwards": "leaf {leaf}: earlier ({ts}) than the leaf before it",
        "audit:truncated": "checkpoint {size}: fewer leaves than the older {older}; cut short or set back",
        "audit:wrong_origin": "checkpoint: of {origin}, which is not the log asked for",
        "audit:wrong_signature": "checkpoint {size}: not signed by the key given",
    }
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.command == "check":
        return extract_command.run(options, SENTENCES)
    return outside.run(options) if options.command == "witness" else _verify(options)


def _verify(options: argparse.Namespace) -> int:
    try:
        keys = tuple(parse_vkey(text) for text in options.key)
        witnesses = tuple(parse_vkey(text) for text in options.witness)
        older = options.checkpoint.read_bytes() if options.checkpoint else None
        with options.bundle.open("rb") as file:
            head = file.read(len(MAGIC))
    except (OSError, NoteRefused) as problem:
        return _unusable(problem)
    if is_certificate(head):
        return _verify_certificate(options.bundle, keys + witnesses)
    if head == MAGIC.encode():
        return _verify_proof(options.bundle, keys + witnesses)
    bar = Bar()
    try:
        report = verify_bundle(options.bundle, Trust(keys, witnesses, older), bar)
    except Refusal as refusal:
        return _unusable(refusal)
    finally:
        bar.clear()
    if options.json:
        print(json.dumps(_as_json(report)))
    else:
        print("\n".join(_lines(report)))
    return BROKEN if report.findings else WHOLE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m audit", description="Check the ledger from outside.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command")
    verify = commands.add_parser("verify", help="check an export bundle or a proof file")
    verify.add_argument(
        "bundle", type=Path, metavar="BUNDLE", help="a bundle (.zip), a proof file or a certificate"
    )
    verify.add_argument("--key", action="append", default=[], metavar="VKEY", help="public key of the log")
    verify.add_argument("--witness", action="append", default=[], metavar="VKEY", help="must have cosigned")
    verify.add_argument("--checkpoint", type=Path, metavar="OLDER", help="a checkpoint kept from earlier")
    verify.add_argument("--json", action="store_true", help="answer in JSON")
    extract_command.add_arguments(
        commands.add_parser("check", help="check an extract: some entries as a table")
    )
    outside.add_arguments(commands.add_parser("witness", help="cosign a log's checkpoints"))
    return parser


def _lines(report: Report) -> list[str]:
    lines = []
    for code, finding in report.findings.first.items():
        more = report.findings.more[code]
        lines.append(SENTENCES[code].format(**finding.fields) + (f" (and {more:,} more)" if more else ""))
    if not lines and report.tree is not None:
        lines.append(f"whole: {report.tree.size:,} leaves of {report.tree.origin}")
    if not report.keys_checked:
        lines.append(UNCHECKED)
    return lines


def _as_json(report: Report) -> dict[str, object]:
    found = [
        {"code": code, "more": report.findings.more[code], **finding.fields}
        for code, finding in report.findings.first.items()
    ]
    tree = None if report.tree is None else {"origin": report.tree.origin, "size": report.tree.size}
    return {
        "whole": not found,
        "findings": found,
        "tree": tree,
        "keys_checked": report.keys_checked,
        "older_size": report.older_size,
    }


def _verify_proof(path: Path, verifiers: tuple[Verifier, ...]) -> int:
    try:
        proof = parse_proof(path.read_text(encoding="utf-8", errors="strict"))
        tree = verify_proof(proof, verifiers or None)
    except (Refusal, UnicodeDecodeError) as problem:
        print(f"proof: does not prove ({problem})")
        return BROKEN
    print(f"whole: leaf {proof.index} stands in {tree.origin} at {tree.size:,} leaves")
    print(proof.leaf.decode(errors="replace"))
    if not verifiers:
        print(UNCHECKED)
    return WHOLE


def _verify_certificate(path: Path, verifiers: tuple[Verifier, ...]) -> int:
    try:
        found = check_certificate(path.read_text(encoding="utf-8", errors="strict"), verifiers or None)
    except (Refusal, UnicodeDecodeError) as problem:
        print(f"certificate: does not prove ({problem})")
        return BROKEN
    print(f"whole: an erasure, leaf {found.index} of {found.tree.origin} at {found.tree.size:,} leaves")
    print(f"  erased   {found.leaf['ts']}")
    print(f"  subject  {found.leaf.get('sub', '')}")
    for name, said in sorted(found.document.items()):
        print(f"  {name:<8} {said}")
    if not verifiers:
        print(UNCHECKED)
    return WHOLE


def _unusable(problem: Exception) -> int:
    print(f"unusable: {problem}", file=sys.stderr)
    return UNUSABLE


if __name__ == "__main__":
    sys.exit(main())
