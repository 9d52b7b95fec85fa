"""Which language a person gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from i18n.locales import LOCALES
from i18n.negotiate import choose, match, split_path


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("ar", "ar"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("zh-TW", "zh-Hans"),
        ("fr-FR, ar;q=0.7, en;q=0.8", "en"),
        ("fr-FR, de;q=0.9", "en"),
        ("en;q=0.1, AR-ae;q=0.5", "ar"),
        ("ar;q=0, zh;q=0.1", "zh-Hans"),
        ("*, ar;q=0.5", "en"),
        ("ar;q=nonsense, zh", "zh-Hans"),
        ("ar;q=7", "en"),
        ("", "en"),
        (",;,;q=", "en"),
    ],
)
def test_accept_language(header: str, tag: str) -> None:
    """The browser's best offered language is taken by weight; what is malformed or refused is passed over."""
    assert choose(None, None, header) == tag


def test_path_before_person_before_browser() -> None:
    """A link in a language stays in it; else the person's choice counts before the browser's."""
    assert choose("zh-Hans", "ar", "en") == "zh-Hans"
    assert choose(None, "ar", "zh") == "ar"
    assert choose("xx", None, "ar") == "ar"
    assert choose(None, None, None) == "en"


def test_tags_are_matched_whatever_their_case() -> None:
    """Tags come in many spellings from browsers and databases and mean the same language."""
    assert match("ZH_hans") == "zh-Hans"
    assert match("en-GB") == "en"
    assert match("fr") is None


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/ar/trips", ("ar", "/trips")),
        ("/zh-Hans", ("zh-Hans", "/")),
        ("/trips", (None, "/trips")),
        ("/arabia/x", (None, "/arabia/x")),
        ("/", (None, "/")),
    ],
)
def test_a_path_is_parted_from_its_language(path: str, parts: tuple[str | None, str]) -> None:
    """Only an exact tag at the beginning of a path is a language."""
    assert split_path(path) == parts


@given(st.text(max_size=300))
def test_any_header_gives_an_offered_language(header: str) -> None:
    """No header a browser or an attacker sends leads anywhere but to an offered language."""
    assert choose(None, None, header) in LOCALES


def test_a_huge_header_is_not_read() -> None:
    """A header of a megabyte is not worked through."""
    assert choose(None, None, "ar," * 500_000) == "en"
