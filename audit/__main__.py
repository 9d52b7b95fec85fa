"""`python -m audit verify` checks an export, a proof file or a certificate; `check` an extract; `witness` witnesses.

`drill` tampers with a log and sees that everything is found; `pack` writes all of this as one file. They do without
anything else of this house: they need the standard library and `cryptography`. Exit 0: whole, cosigned, all found. 1:
broken, one line for each thing found; refused; something not found. 2: unusable.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from audit import drill, extract_command, outside, pack
from audit.certificate import check_certificate, is_certificate
from audit.extract import is_extract
from audit.note import NoteRefused, Verifier, parse_vkey
from audit.progress import Bar
from audit.proof import MAGIC, parse_proof, verify_proof
from audit.refusal import Refusal
from audit.verify import Report, Trust, verify_bundle

WHOLE, BROKEN, UNUSABLE = 0, 1, 2
MOST: Final = 8  # processes, unless more are asked for
UNCHECKED: Final = "keys were not checked: give --key with the log's public key"
UNREAD: Final = "hashes only: what the leaves say was not judged"
SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "audit:bundle_malformed": "{path}: the leaves cannot be told apart",
        "audit:checkpoint_malformed": "checkpoint: not a well-formed signed checkpoint",
        "audit:facts_mismatch": "leaf {leaf}: its document is not the one it commits to",
        "audit:file_missing": "{path}: missing; the checkpoint covers more than the bundle holds",
        "audit:file_unexpected": "{path}: not covered by the checkpoint",
        "audit:fork": "checkpoint {size}: is no continuation of the older checkpoint {older}",
        "audit:handover_broken": "handover {handover}: the log's new key is not announced as it must be ({reason})",
        "audit:key_changed": "checkpoint {size}: signed by another key than the older checkpoint {older}",
        "audit:leaf_deleted": "leaf {leaf}: deleted",
        "audit:leaf_doubled": "leaf {leaf}: the same leaf as one before it",
        "audit:leaf_edited": "leaf {leaf}: edited",
        "audit:leaf_inserted": "leaf {leaf}: inserted",
        "audit:leaf_malformed": "leaf {leaf}: parts are missing, unknown or of the wrong kind",
        "audit:leaf_not_canonical": "leaf {leaf}: not canonical JSON",
        "audit:leaf_region": "leaf {leaf}: of region {region}, which is not this log's",
        "audit:leaf_reordered": "leaf {leaf}: out of order",
        "audit:leaf_version": "leaf {leaf}: of a version unknown here; leaves from it on were not judged",
        "audit:not_cosigned": "checkpoint {size}: not cosigned by {witness}",
        "audit:opened_elsewhere": "leaf {leaf}: opens a log, but not this one",
        "audit:residency_broken": "leaf {leaf}: does not state that every row belongs to this region",
        "audit:root_mismatch": "checkpoint {size}: not the root of these leaves; changed from {since}",
        "audit:set_mismatch": "leaf {leaf}: the people kept beside it are not those it commits to",
        "audit:tile_mismatch": "{path}: not the hashes that belong there",
        "audit:time_backwards": "leaf {leaf}: earlier ({ts}) than the leaf before it",
        "audit:truncated": "checkpoint {size}: fewer leaves than the older {older}; cut short or set back",
        "audit:wrong_origin": "checkpoint: of {origin}, which is not the log asked for",
        "audit:wrong_signature": "checkpoint {size}: not signed by the key given, nor by one announced under it",
    }
)

REFUSED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "audit:note_refused": "checkpoint: not signed by the key given",
        "audit:proof_refused": "proof: does not lead from this leaf to the checkpoint",
        "audit:witness_refused": "witness: refuses with {status}, {reason}",
    }
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = _parser().parse_args(arguments)
    if options.command == "check":
        return extract_command.run(options, SENTENCES)
    if options.command == "witness":
        return outside.run(options)
    if options.command == "pack":
        return pack.run(options.target)
    if options.command == "drill":
        return drill.run(options.folder, sentence)
    return _verify(options)


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
    if is_extract(options.bundle):
        print("this is an extract of a log, not the whole of one: use check", file=sys.stderr)
        return UNUSABLE
    bar = Bar(lines=options.progress)
    try:
        report = verify_bundle(
            options.bundle,
            Trust(keys, witnesses, older),
            bar,
            processes=options.processes,
            reads_leaves=not options.hashes,
        )
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
    verify.add_argument(
        "--hashes", action="store_true", help="check hashes, tree and signatures, not what leaves say"
    )
    verify.add_argument(
        "--processes",
        type=_count,
        default=min(os.cpu_count() or 1, MOST),
        metavar="N",
        help="default: %(default)s",
    )
    verify.add_argument("--progress", action="store_true", help="a line for every tenth, off a terminal too")
    packing = commands.add_parser("pack", help="write this command as one file, to be taken elsewhere")
    packing.add_argument("target", type=Path, metavar="FILE", help="for instance verifier.pyz")
    drilling = commands.add_parser("drill", help="make a log, tamper with it, and see that all is found")
    drilling.add_argument(
        "folder", type=Path, metavar="FOLDER", help="a new folder; what was made stays there"
    )
    extract_command.add_arguments(
        commands.add_parser("check", help="check an extract: some entries as a table")
    )
    outside.add_arguments(commands.add_parser("witness", help="cosign a log's checkpoints"))
    return parser


def _count(text: str) -> int:
    count = int(text)
    if not 1 <= count <= MOST * MOST:
        raise ValueError
    return count


def sentence(code: str, fields: Mapping[str, str | int]) -> str:
    """Put a finding or a refusal into words."""
    return (SENTENCES.get(code) or REFUSED[code]).format(**fields)


def _lines(report: Report) -> list[str]:
    lines = []
    for code, finding in report.findings.first.items():
        more = report.findings.more[code]
        lines.append(sentence(code, finding.fields) + (f" (and {more:,} more)" if more else ""))
    if not lines and report.tree is not None:
        lines.append(f"whole: {report.tree.size:,} leaves of {report.tree.origin}")
    if not report.leaves_read:
        lines.append(UNREAD)
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
        "leaves_read": report.leaves_read,
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
