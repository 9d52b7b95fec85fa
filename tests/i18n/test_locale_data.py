"""Trap 1: languages must not leak into each other through Babel's shared data."""

import itertools
from collections.abc import Iterator

import pytest
from babel import localedata
from babel.core import Locale as BabelLocale

from i18n.locale_data import babel_locale, separate, separated
from i18n.locales import LOCALES

CODES = ("ar", "en_001", "zh_Hans")


@pytest.fixture(autouse=True)
def untouched() -> Iterator[None]:
    """Give each test a process in which no language was used yet, and put things back."""
    before = dict(localedata._cache)
    localedata._cache.clear()
    yield
    localedata._cache.clear()
    localedata._cache.update(before)


def month(code: str) -> str:
    """Give the stand-alone wide name of November and the quarter's, as Babel says them now."""
    locale = BabelLocale.parse(code)
    return f"{locale.months['stand-alone']['wide'][11]} {locale.quarters['stand-alone']['wide'][4]}"


def script(text: str) -> str:
    """Say in which script a text is written, by its first letter."""
    return (
        "zh" if "\u4e00" <= text[0] <= "\u9fff" or text[0].isdigit() else "ar" if text[0] > "\u0600" else "en"
    )


def test_the_fault_is_real() -> None:
    """Without the guard Arabic months come out in Chinese, so the guard is not there for nothing."""
    month("zh_Hans")
    assert script(month("ar")) == "zh"


@pytest.mark.parametrize("order", list(itertools.permutations(CODES)))
def test_every_order_of_use(order: tuple[str, ...]) -> None:
    """In whatever order languages are used, each names its months and quarters in its own script."""
    separate(sorted(CODES))
    said = {code: month(code) for code in order}
    again = {code: month(code) for code in order}
    assert said == again
    assert [script(said[code]) for code in CODES] == ["ar", "en", "zh"]


def test_only_separated_languages_are_given() -> None:
    """A language whose data was not separated is refused, not formatted with shared data."""
    with pytest.raises(KeyError):
        babel_locale("sw")


def test_every_offered_language_is_separated() -> None:
    """All languages that a person may choose are among those made safe."""
    assert {locale.formatting for locale in LOCALES.values()} <= separated()
