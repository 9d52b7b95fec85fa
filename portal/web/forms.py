"""Reading submitted forms: one value a field, no NUL, bounded length, harmless text; the page's token checked first."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from portal.web.gate import check_page_token
from portal.web.idempotency import press
from portal.web.refusals import FormRefused
from portal.web.unit import unit_of

MAX_FIELD = 500
SENTENCES = ("words", "reason", "comment", "wish")  # fields in which people write sentences
# Controls that could turn a line around or hide it: kept out of names and reasons (UAX #9).
DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]")
_BREAKS = re.compile("\r\n?|[\v\f\x85]")  # how browsers send a new line, and how word processors write one
_UNSEEN = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters and symbols that are drawn as nothing


async def submitted(request: Any, *, longest: int = MAX_FIELD) -> dict[str, str]:
    """Read a posted form of text fields. Raises StaleToken, FormRefused (too long, NUL), DoneBefore, KeyReused."""
    data = await request.form()
    fields = {name: value for name, value in data.items() if isinstance(value, str)}
    unit = unit_of(request)
    check_page_token(request.scope, unit.settings, fields.pop("csrf", ""))
    once = fields.pop("once", "")
    try:
        clean = checked_texts(fields, longest=longest)
    except FormRefused as refused:
        refused.typed = _words_of(fields)
        raise
    await press(request, unit, once, clean)
    return clean


def checked_texts(fields: Mapping[str, str], *, longest: int = MAX_FIELD) -> dict[str, str]:
    """Normalise to NFC and trim. Raises FormRefused naming each field that is too long or holds a control."""
    clean, errors = {}, {}
    for name, value in fields.items():
        text = unicodedata.normalize("NFC", _BREAKS.sub("\n", value)).strip()
        if is_blank(text):
            text = ""
        if len(text) > longest:
            errors[name] = "web:too_long"
        elif any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text):
            errors[name] = "web:control_character"
        clean[name] = text
    if errors:
        raise FormRefused(errors)
    return clean


def _words_of(fields: Mapping[str, str]) -> list[str]:
    """Give the sentences of a refused form, to be taken along; any other field may be a number or a password."""
    words = [_BREAKS.sub("\n", fields[name]) for name in SENTENCES if name in fields]
    plain = ["".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc") for text in words]
    return [text for text in plain if not is_blank(text)]


def is_blank(text: str) -> bool:
    """Say whether nothing of a text can be seen: joiners, fillers and marks alone are no words."""
    return not any(unicodedata.category(c)[0] in "LNPS" and c not in _UNSEEN for c in text)


def plain_line(text: str) -> str:
    """One line without direction controls: what a name or a reason may be."""
    return " ".join(DIRECTION.sub("", text).split())
