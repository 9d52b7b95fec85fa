"""The catalogs' checks: nothing missing, stale, fuzzy, broken, or translated two ways. Findings are codes."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message

from i18n import sentences
from i18n.catalogs import FOLDER, po_path
from i18n.extraction import ROOT, read, source_catalog
from i18n.glossary import terms
from i18n.locale_data import babel_locale
from i18n.locales import Locale, translated
from i18n.messages import LEGAL
from i18n.plurals import PLURAL_FORMS, categories, disagreements, header

MISSING = "i18n:missing"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong: the language ("en" for the source), a code, the sentence, the detail."""

    tag: str
    code: str
    sentence: str
    detail: str = ""


def check_all(root: Path = ROOT, folder: Path = FOLDER, *, allow_missing: bool = False) -> list[Finding]:
    """Check the sources and every catalog. `allow_missing` lets drafts pass, but never a legal text."""
    template = source_catalog(root)
    found = list(check_source(template))
    for locale in translated():
        found += check_catalog(locale, template, read(locale, folder), allow_missing=allow_missing)
        found += check_header(locale, po_path(locale, folder))
        found += check_by_msgfmt(locale, po_path(locale, folder))
    return found


def check_source(template: Catalog) -> Iterator[Finding]:
    """Check the English sentences themselves."""
    for message in _messages(template):
        for text in _forms(message.id):
            for code, detail in sentences.source_faults(text):
                yield Finding("en", code, text, detail)


def check_catalog(
    locale: Locale, template: Catalog, catalog: Catalog, *, allow_missing: bool = False
) -> Iterator[Finding]:
    """Check one language against the sources: what is missing, gone, unsure, broken, or off the glossary."""
    known = {_key(message): message for message in _messages(catalog)}
    wanted = {_key(message) for message in _messages(template)}
    for message in _messages(template):
        mine = known.get(_key(message))
        text = _forms(message.id)[0]
        if mine is None or not any(_forms(mine.string)):
            if message.context == LEGAL or not allow_missing:
                yield Finding(locale.tag, MISSING, text, message.context or "")
        elif mine.fuzzy:
            yield Finding(locale.tag, "i18n:fuzzy", text)
        else:
            yield from check_message(locale, mine)
    for key, message in known.items():
        if key not in wanted:
            yield Finding(locale.tag, "i18n:obsolete", _forms(message.id)[0])


def check_message(locale: Locale, message: Message) -> Iterator[Finding]:
    """Check one translated sentence, in each of its plural forms."""
    source, said = _forms(message.id), _forms(message.string)
    names: tuple[str | None, ...] = (None,)
    if message.pluralizable:
        names = categories(babel_locale(locale.formatting))
        if fault := sentences.arity_fault(said, len(names)):
            yield Finding(locale.tag, fault[0], source[0], fault[1])
            return
    for name, text in zip(names, said, strict=True):
        for code, detail in sentences.translation_faults(source[-1], text, name):
            yield Finding(locale.tag, code, source[-1], detail)
    yield from check_words(locale, source[-1], said)


def check_words(locale: Locale, source: str, said: tuple[str, ...]) -> Iterator[Finding]:
    """Check that the words of the field are translated as the glossary says, in every form."""
    for term in terms():
        if term.stands_in(source):
            for text in said:
                if fault := term.fault(locale.tag, text):
                    yield Finding(locale.tag, "i18n:glossary", source, fault)
                    break


def check_header(locale: Locale, path: Path) -> Iterator[Finding]:
    """Check that the Plural-Forms header of a file is ours, and that ours agrees with CLDR."""
    wanted = header(locale.babel)
    if path.exists() and f'"Plural-Forms: {wanted}\\n"' not in path.read_text(encoding="utf-8"):
        yield Finding(locale.tag, "i18n:plural_header", wanted)
    if disagreements(wanted, babel_locale(locale.formatting)):
        yield Finding(locale.tag, "i18n:plural_rule", PLURAL_FORMS[locale.babel][1])


def check_by_msgfmt(locale: Locale, path: Path) -> Iterator[Finding]:
    """Check a file with GNU msgfmt where it is installed: it knows format strings that Babel lets pass."""
    program = shutil.which("msgfmt")
    if program is None or not path.exists():
        return
    flags = ("--check-format", "--check-domain", "--output-file=-")
    told = subprocess.run([program, *flags, str(path)], capture_output=True, check=False)
    if told.returncode:
        lines = told.stderr.decode(errors="replace").replace(str(path), path.name).splitlines()
        yield Finding(locale.tag, "i18n:msgfmt", path.name, "; ".join(lines[:3]))


def _messages(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def _key(message: Message) -> tuple[str | None, str]:
    return message.context, _forms(message.id)[0]


def _forms(text: object) -> tuple[str, ...]:
    if isinstance(text, list | tuple):
        return tuple(str(form or "") for form in text)
    return (str(text or ""),)
