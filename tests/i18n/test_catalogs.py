"""Loading catalogs and speaking from them."""

import gettext
import io
import os
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from i18n.catalogs import LegalTextMissingError, Translations, compiled, load, po_path, translations
from i18n.extraction import compile_all, write
from i18n.isolates import balanced, isolate, plain
from i18n.locales import ARABIC, CHINESE, ENGLISH, LOCALES, PSEUDO
from i18n.messages import LEGAL, N_, N_n, N_p
from i18n.pseudo import pseudo


def arabic(**sentences: str) -> Translations:
    """Make Arabic from a few sentences: `hello="…"` translates "hello"."""
    catalog = Catalog(locale="ar")
    for source, said in sentences.items():
        catalog.add(source, said)
    path = write(ARABIC, catalog, Path(os.environ["WX_TEST_FOLDER"]))
    return Translations(ARABIC, gettext.GNUTranslations(io.BytesIO(compiled(path))))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder of catalogs that is this test's alone."""
    monkeypatch.setenv("WX_TEST_FOLDER", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("tag", list(LOCALES))
def test_every_offered_language_speaks(tag: str) -> None:
    """Each offered language has a catalog that loads and answers."""
    assert translations(tag).gettext("just now")


def test_english_is_the_source() -> None:
    """English needs no catalog: it says what the sources say."""
    assert translations("en").gettext("Any sentence at all") == "Any sentence at all"


def test_an_unknown_language_is_refused() -> None:
    """A tag that is not offered is an error, not English."""
    with pytest.raises(KeyError):
        translations("xx")


def test_a_fresh_mo_is_used_and_a_stale_one_is_not(folder: Path) -> None:
    """The compiled file is used while it is as new as its source; after an edit the source speaks."""
    catalog = Catalog(locale="ar")
    catalog.add("hello", "قديم")
    source = write(ARABIC, catalog, folder)
    assert load(ARABIC, folder).gettext("hello") == "قديم"
    assert compile_all(folder) == [po_path(ARABIC, folder).with_suffix(".mo")]
    catalog["hello"].string = "جديد"
    write(ARABIC, catalog, folder)
    os.utime(source, ns=(1, 1))
    assert load(ARABIC, folder).gettext("hello") == "قديم"
    os.utime(source.with_suffix(".mo"), ns=(0, 0))
    assert load(ARABIC, folder).gettext("hello") == "جديد"


def test_values_are_isolated_and_numbers_written() -> None:
    """A text put into a sentence cannot turn it around; a number is written as the language does."""
    speech = arabic(**{"%(name)s has %(count)s": "لدى %(name)s %(count)s"})
    said = speech.say(N_("%(name)s has %(count)s"), name="Amira \u202eevil", count=1234)
    assert said == "لدى \u2068Amira evil\u2069 1,234"
    assert balanced(said)


def test_plurals_and_contexts_are_said() -> None:
    """A marked plural takes its number, a marked phrase its context."""
    english = translations("en")
    assert english.say(N_n("%(num)s leg", "%(num)s legs"), 1) == "1 leg"
    assert english.say(N_n("%(num)s leg", "%(num)s legs"), 12_000) == "12,000 legs"
    assert english.say(N_p("menu", "Open")) == "Open"
    assert english.say(N_("100%%")) == "100%"


def test_a_missing_sentence_is_english_but_a_legal_one_is_refused() -> None:
    """What is not translated yet is said in English, except a legal text, which is not said at all."""
    speech = arabic()
    assert speech.gettext("Not there") == "Not there"
    with pytest.raises(LegalTextMissingError) as refused:
        speech.pgettext(LEGAL, "You agree to the terms.")
    assert refused.value.code == "i18n:legal_text_missing"
    assert translations("en").pgettext(LEGAL, "You agree.") == "You agree."


def test_the_pseudo_locale_is_made_from_the_source() -> None:
    """The pseudo-locale is accented and 40 % longer, shows its ends, and keeps places, tags and percents."""
    said = pseudo("Hello %(name)s, <b>50%%</b> done")
    assert said.startswith("⟦Ħḗŀŀǿ %(name)s, <b>50%%</b> ḓǿƞḗ")
    assert said.endswith("⟧")
    plain_text = "A sentence of some length"
    assert 1.35 < len(pseudo(plain_text)) / len(plain_text) < 1.6
    speech = Translations(PSEUDO, load(PSEUDO))
    assert speech.say("Go to %(page)s", page="Home") == "⟦Ɠǿ ŧǿ \u2068Home\u2069 ẋẏ⟧"


def test_isolates() -> None:
    """Isolating drops controls that came with a value, and balance is judged in order."""
    assert isolate("a\u2069\u202eb") == "\u2068ab\u2069"
    assert plain("\u2068ab\u2069") == "ab"
    assert not balanced("\u2069\u2068")
    assert not balanced("\u202etext")


def test_sources_have_no_catalog() -> None:
    """Neither English nor the pseudo-locale looks for a file."""
    assert type(load(ENGLISH)) is gettext.NullTranslations
    assert type(load(PSEUDO)) is gettext.NullTranslations
    assert isinstance(load(CHINESE), gettext.GNUTranslations)
