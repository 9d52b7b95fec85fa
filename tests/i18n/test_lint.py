"""Trap 5 and the rest of what the linter must find."""

import shutil
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from i18n.extraction import source_catalog, write
from i18n.lint import check_all, check_by_msgfmt, check_catalog, check_header, check_source
from i18n.locales import ARABIC, CHINESE, Locale, translated
from i18n.messages import LEGAL

Said = str | tuple[str, ...]


def found(
    locale: Locale, source: Said, said: Said, *, fuzzy: bool = False, context: str | None = None
) -> set[str]:
    """Lint one translated sentence and give the codes."""
    template, catalog = Catalog(), Catalog(locale=locale.babel)
    template.add(source, context=context)
    catalog.add(source, said, context=context, flags={"fuzzy"} if fuzzy else set())
    return {finding.code for finding in check_catalog(locale, template, catalog)}


PASSENGERS = ("%(num)s passenger", "%(num)s passengers")
SIX = ("لا ركاب", "راكب واحد", "راكبان", "%(num)s ركاب", "%(num)s راكبًا", "%(num)s راكب")


@pytest.mark.parametrize(
    ("source", "said", "code"),
    [
        ("Hello %(name)s", "مرحبا", "i18n:placeholders"),
        ("Hello %(name)s", "مرحبا %(nome)s", "i18n:placeholders"),
        ("Half of it", "50% منه", "i18n:stray_percent"),
        ("Hello %(name)s", "مرحبا %(name)d", "i18n:stray_percent"),
        ("Hello", "\u202eمرحبا", "i18n:bidi_marks"),
        ("Hello", "\u2067مرحبا", "i18n:bidi_marks"),
        ("<b>Hello</b>", "مرحبا", "i18n:tags"),
        ("Hello", "<script>مرحبا", "i18n:tags"),
        ("Hello", "مرحبا ", "i18n:edges"),
        ("Hello", "مرحبا " * 20 + "م", "i18n:too_long"),
        ("Hello", "", "i18n:missing"),
        (PASSENGERS, (*SIX[:5], ""), "i18n:plural_arity"),
        (PASSENGERS, (*SIX[:3], "ركاب", *SIX[4:]), "i18n:placeholders"),
        ("All passengers", "كل المسافرين", "i18n:glossary"),
    ],
)
def test_each_fault_is_found(source: Said, said: Said, code: str) -> None:
    """A translation with this fault does not pass."""
    assert code in found(ARABIC, source, said)


@pytest.mark.parametrize(
    ("locale", "source", "said"),
    [
        (ARABIC, PASSENGERS, SIX),
        (CHINESE, PASSENGERS, ("%(num)s 位乘客",)),
        (ARABIC, "Hello <b>%(name)s</b>, 50%%", "مرحبًا <b>%(name)s</b>، 50%%"),
        (ARABIC, "Name \u2068of\u2069", "اسم \u2068من\u2069"),
        (ARABIC, "The AUDITOR", "المدقّق"),
    ],
)
def test_good_translations_pass(locale: Locale, source: Said, said: Said) -> None:
    """Correct work is not complained about: words for one and two, vowel marks, balanced isolates."""
    assert found(locale, source, said) == set()


def test_fuzzy_and_obsolete_are_found() -> None:
    """A guess is no translation, and what the sources no longer say must go."""
    assert found(ARABIC, "Hello", "مرحبا", fuzzy=True) == {"i18n:fuzzy"}
    catalog = Catalog(locale="ar")
    catalog.add("Gone", "ذهب")
    assert {f.code for f in check_catalog(ARABIC, Catalog(), catalog)} == {"i18n:obsolete"}


def test_a_draft_may_lack_sentences_but_no_legal_text() -> None:
    """While a draft is allowed, a legal text that is missing is still an error."""
    template = Catalog()
    template.add("Hello")
    template.add("You agree.", context=LEGAL)
    drafts = list(check_catalog(ARABIC, template, Catalog(locale="ar"), allow_missing=True))
    assert [(f.code, f.sentence) for f in drafts] == [("i18n:missing", "You agree.")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("100% sure", "i18n:stray_percent"),
        ("Hello %s", "i18n:stray_percent"),
        ("<script>x", "i18n:tag_not_allowed"),
        ("a\u202eb", "i18n:bidi_marks"),
        (" padded", "i18n:edges"),
    ],
)
def test_the_sources_are_checked_too(text: str, code: str) -> None:
    """An English sentence that cannot be translated safely is found before anybody translates it."""
    template = Catalog()
    template.add(text)
    assert code in {finding.code for finding in check_source(template)}


def test_a_foreign_plural_header_is_found(tmp_path: Path) -> None:
    """A catalog saved by a tool that wrote its own plural header does not pass."""
    path = write(ARABIC, Catalog(locale="ar"), tmp_path)
    assert list(check_header(ARABIC, path)) == []
    path.write_text(path.read_text(encoding="utf-8").replace("n%100>=3", "n%100>=4"), encoding="utf-8")
    assert [finding.code for finding in check_header(ARABIC, path)] == ["i18n:plural_header"]


@pytest.mark.needs("gettext")
def test_msgfmt_finds_what_babel_compiles(tmp_path: Path) -> None:
    """A format that Babel compiles without a word is found by GNU msgfmt."""
    assert shutil.which("msgfmt")
    catalog = Catalog(locale="ar")
    catalog.add("Hello %(name)s", "مرحبا %(name)d", flags={"python-format"})
    path = write(ARABIC, catalog, tmp_path)
    with (tmp_path / "broken.mo").open("wb") as file:
        write_mo(file, catalog)
    assert [finding.code for finding in check_by_msgfmt(ARABIC, path)] == ["i18n:msgfmt"]


@pytest.mark.needs("gettext")
def test_our_catalogs_pass_msgfmt() -> None:
    """Both catalogs are accepted by the reference implementation."""
    template = source_catalog()
    assert len(template) > 0
    findings = check_all(allow_missing=True)
    assert [f for f in findings if f.tag != "en" and f.code != "i18n:obsolete"] == []
    assert [locale.tag for locale in translated()] == ["zh-Hans", "ar"]
