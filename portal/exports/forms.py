"""What is submitted about files; errors as codes by field."""

from collections.abc import Sequence
from dataclasses import dataclass

from portal.approvals.forms import NO_REASON, read_words
from portal.exports.rules import LAYOUTS, PURPOSES, wrong_fields
from portal.web.refusals import FormRefused


@dataclass(frozen=True, slots=True)
class ExportInput:
    """A file as asked for."""

    fields: tuple[str, ...]
    purpose: str
    layout: str
    reason: str


def read_export(fields: Sequence[str], purpose: str, layout: str, reason: str) -> ExportInput:
    """Read what a file is to hold. Raises FormRefused."""
    errors: dict[str, str] = {}
    if wrong_fields(fields):
        errors["fields"] = "exports:no_field"
    if purpose not in PURPOSES:
        errors["purpose"] = "passengers:unknown_purpose"
    if layout not in LAYOUTS:
        errors["layout"] = "exports:unknown_layout"
    words = read_words(reason, "reason", errors, needed=NO_REASON)
    if errors:
        raise FormRefused(errors)
    return ExportInput(tuple(dict.fromkeys(fields)), purpose, layout, words)
