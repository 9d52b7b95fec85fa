"""Trap 2: plural headers agree with CLDR for every language we name."""

import pytest
from babel.core import Locale as BabelLocale
from babel.messages.catalog import Catalog

from i18n.catalogs import translations
from i18n.locales import translated
from i18n.messages import N_n
from i18n.plurals import ARABIC, PLURAL_FORMS, disagreements, header, parse


@pytest.mark.parametrize("code", sorted(PLURAL_FORMS))
def test_our_header_agrees_with_cldr(code: str) -> None:
    """Each of our plural headers chooses CLDR's form for all numbers up to a thousand and some large ones."""
    assert disagreements(header(code), BabelLocale.parse(code)) == []


def test_babels_own_arabic_header_is_wrong() -> None:
    """The check can fail: Babel's Arabic header puts 11 passengers into the form of 100."""
    theirs = Catalog(locale="ar").plural_forms
    assert 11 in disagreements(theirs, BabelLocale.parse("ar"))


def test_a_wrong_count_is_noticed() -> None:
    """A header with too few forms is not excused by choosing well among them."""
    assert disagreements("nplurals=1; plural=0;", BabelLocale.parse("ru")) == [-1]


def test_arabic_takes_six_forms() -> None:
    """Arabic says none, one, two, a few, many and a hundred in six ways."""
    count, chooser = parse(f"nplurals=6; plural=({ARABIC});")
    assert count == 6
    assert [chooser(n) for n in (0, 1, 2, 3, 10, 11, 99, 100, 102, 103, 111)] == [
        0,
        1,
        2,
        3,
        3,
        4,
        4,
        5,
        5,
        3,
        4,
    ]


def test_an_unreadable_header_is_refused() -> None:
    """A header that is no header raises instead of choosing something."""
    with pytest.raises(ValueError, match="i18n:plural_header_unreadable"):
        parse("plural=what")


@pytest.mark.parametrize(
    ("tag", "said"),
    [
        ("en", ["0 passengers", "1 passenger", "2 passengers", "11 passengers", "1,000 passengers"]),
        ("zh-Hans", ["0 位乘客", "1 位乘客", "2 位乘客", "11 位乘客", "1,000 位乘客"]),
        ("ar", ["لا ركاب", "راكب واحد", "راكبان", "11 راكبًا", "1,000 راكب"]),
    ],
)
def test_real_numbers_are_said_right(tag: str, said: list[str]) -> None:
    """The compiled catalogs say real numbers of passengers as a native speaker would."""
    passengers = N_n("%(num)s passenger", "%(num)s passengers")
    assert [translations(tag).say(passengers, n) for n in (0, 1, 2, 11, 1000)] == said


def test_every_translated_language_has_a_header() -> None:
    """No language can be offered without a plural header of ours."""
    assert {locale.babel for locale in translated()} <= set(PLURAL_FORMS)
