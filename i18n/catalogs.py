"""Catalogs: what each language says. English is the source; the others are gettext catalogs beside this file.

A `.mo` is used when it is as new as its `.po`; otherwise the `.po` is compiled in memory, so that a clone
without a build step speaks every language too.
"""

import gettext
import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from i18n.isolates import isolate
from i18n.locale_data import babel_locale
from i18n.locales import Locale, locale_for
from i18n.messages import LEGAL, Phrase, Plural
from i18n.pseudo import pseudo

FOLDER: Final = Path(__file__).resolve().parent / "catalogs"


class LegalTextMissingError(LookupError):
    """A legal or safety text has no translation, so nothing is said rather than the wrong language."""

    code = "i18n:legal_text_missing"


def po_path(locale: Locale, folder: Path = FOLDER) -> Path:
    """Give the place of a language's catalog."""
    return folder / locale.babel / "LC_MESSAGES" / "messages.po"


def load(locale: Locale, folder: Path = FOLDER) -> gettext.NullTranslations:
    """Load a catalog: compiled if that is fresh, else compiled in memory; empty for the source language."""
    source = po_path(locale, folder)
    if locale.is_source or locale.is_pseudo or not source.exists():
        return gettext.NullTranslations()
    built = source.with_suffix(".mo")
    if built.exists() and built.stat().st_mtime_ns >= source.stat().st_mtime_ns:
        return gettext.GNUTranslations(io.BytesIO(built.read_bytes()))
    return gettext.GNUTranslations(io.BytesIO(compiled(source)))


def compiled(source: Path) -> bytes:
    """Compile a `.po` to the bytes of a `.mo`; fuzzy entries are left out."""
    target = io.BytesIO()
    with source.open("rb") as file:
        write_mo(target, read_po(file))
    return target.getvalue()


class Translations:
    """One language, ready to speak. `gettext` and its kin give the bare sentence; `say` fills in values."""

    def __init__(self, locale: Locale, catalog: gettext.NullTranslations) -> None:
        self.locale = locale
        self.tag = locale.tag
        self._catalog = catalog

    def gettext(self, message: str) -> str:
        """Translate a sentence; English when the catalog lacks it."""
        return self._finish(self._catalog.gettext(message))

    def ngettext(self, one: str, other: str, number: int) -> str:
        """Translate a sentence in the form that this number takes."""
        return self._finish(self._catalog.ngettext(one, other, number))

    def pgettext(self, context: str, message: str) -> str:
        """Translate a sentence in its context. Raises LegalTextMissingError where English may not do."""
        found = self._catalog.pgettext(context, message)
        if context == LEGAL and found == message and not (self.locale.is_source or self.locale.is_pseudo):
            raise LegalTextMissingError(self.tag)
        return self._finish(found)

    def npgettext(self, context: str, one: str, other: str, number: int) -> str:
        """Translate a sentence with a number that means something else in another context."""
        return self._finish(self._catalog.npgettext(context, one, other, number))

    def say(self, message: str | Plural | Phrase, number: int | None = None, /, **values: Any) -> str:
        """Translate and fill in: texts are isolated, numbers written as the language writes them.

        A Plural takes its number, which is `%(num)s` too. In plain text; pages use `i18n.jinja`.
        """
        if isinstance(message, Plural):
            count = number or 0
            return fill(self.ngettext(message.one, message.other, count), self.places(values, count))
        if isinstance(message, Phrase):
            return fill(self.pgettext(message.context, message.message), self.places(values))
        return fill(self.gettext(message), self.places(values))

    def places(self, values: Mapping[str, Any], number: int | None = None) -> dict[str, str]:
        """Make values ready to be put into a sentence."""
        ready = {name: self.number(v) if _is_number(v) else isolate(v) for name, v in values.items()}
        return ready if number is None else {"num": self.number(number), **ready}

    def number(self, value: float) -> str:
        """Write a number as this language does, in Latin digits."""
        return format_decimal(value, locale=babel_locale(self.locale.formatting))

    def _finish(self, text: str) -> str:
        return pseudo(text) if self.locale.is_pseudo else text


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values into a sentence; `%%` is a percent sign. One without places is given back unchanged."""
    if "%" not in text:
        return text
    return text % values


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@cache
def translations(tag: str) -> Translations:
    """Give the one Translations of a language. Raises KeyError for a language that is not offered."""
    locale = locale_for(tag)
    return Translations(locale, load(locale))
