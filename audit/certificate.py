"""The certificate of an erasure: an entry of the ledger, the document it commits to, and the proof of its place.

It says under pseudonyms which keys were destroyed, and how many values were blanked. Only the operator, who holds the
link, can tell whom it is about. Its signature is the checkpoint's.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar, Final

from audit.catalogue import SUBJECT_SHREDDED
from audit.checkpoint import Checkpoint
from audit.entry import facts_digest
from audit.note import Verifier
from audit.proof import parse_proof, verify_proof
from audit.refusal import Refusal

KIND: Final = "waxwing-erasure-v1"
_MEMBERS: Final = {"certificate", "document", "proof"}


class CertificateRefused(Refusal):
    """The text is no certificate, or says something else than its entry. `reason`: shape, act, document."""

    code: ClassVar[str] = "audit:certificate_refused"


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate that was checked: where it stands, what its leaf and its document say."""

    tree: Checkpoint
    index: int
    leaf: Mapping[str, Any]
    document: Mapping[str, str]


def format_certificate(document: Mapping[str, str], proof: str) -> str:
    """Write a certificate, indented for a person who looks at it."""
    members = {"certificate": KIND, "document": dict(document), "proof": proof}
    return json.dumps(members, indent=2, sort_keys=True, ensure_ascii=True) + "\n"


def check_certificate(text: str, verifiers: Iterable[Verifier] | None) -> Certificate:
    """Check form, entry, document, audit path and (unless `verifiers` is None) who signed.

    Errors: `CertificateRefused`, and those of `audit.proof`.
    """
    members = _members(text)
    proof = parse_proof(members["proof"])
    tree = verify_proof(proof, verifiers)
    leaf = _object(proof.leaf.decode("utf-8", "replace"))
    if leaf.get("act") != SUBJECT_SHREDDED or leaf.get("dec") != "allow":
        raise CertificateRefused(reason="act")
    document = members["document"]
    if facts_digest(document)[1] != leaf.get("facts"):
        raise CertificateRefused(reason="document")
    return Certificate(tree, proof.index, MappingProxyType(leaf), MappingProxyType(document))


def is_certificate(head: bytes) -> bool:
    """Say whether a file that begins so may be one: proofs and bundles begin otherwise."""
    return head.lstrip()[:1] == b"{"


def _members(text: str) -> dict[str, Any]:
    members = _object(text)
    document = members.get("document")
    whole = (
        members.keys() == _MEMBERS
        and members["certificate"] == KIND
        and isinstance(members["proof"], str)
        and isinstance(document, dict)
        and all(isinstance(value, str) for value in document.values())
    )
    if not whole:
        raise CertificateRefused(reason="shape")
    return members


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise CertificateRefused(reason="shape") from None
    if not isinstance(found, dict):
        raise CertificateRefused(reason="shape")
    return found
