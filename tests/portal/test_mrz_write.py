"""Passports are written as ICAO spells them, and read back as the same facts."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.passengers.mrz import NAME, MrzRefused, encode_td3, parse_mrz, transliterate

TODAY = date(2026, 1, 15)
PRINTED = ["P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]
ANNA = {
    "issuing_state": "UTO",
    "family": "Eriksson",
    "given": "Anna Maria",
    "number": "L898902C3",
    "nationality": "UTO",
    "birth_date": date(1974, 8, 12),
    "sex": "F",
    "expires_on": date(2012, 4, 15),
    "optional": "ZE184226B",
}


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Müller-Lüdenscheidt", "MUELLER<LUEDENSCHEIDT"),
        ("Søren Åkesson", "SOEREN<AAKESSON"),
        ("O'Connor", "OCONNOR"),
        ("Weiß", "WEISS"),
        ("D’Ávila, Núñez", "DAVILA<NUNEZ"),
        ("Łukasz Dvořák", "LUKASZ<DVORAK"),
        ("Nguyễn Ánh", "NGUYEN<ANH"),
        ("Þórður Ýmir", "THORDUR<YMIR"),
        ("ışık", "ISIK"),
        ("  ", ""),
    ],
)
def test_latin_names_are_spelt_as_icao_spells_them(name, plain):
    """Letters with marks are spelt out or lose them, hyphens part words and apostrophes go."""
    assert transliterate(name) == plain


@pytest.mark.parametrize("name", ["李娜", "محمد", "Анна", "A1", "😀"])
def test_names_that_have_no_latin_spelling_are_refused(name):
    """Other scripts, digits and signs are not guessed at."""
    with pytest.raises(MrzRefused) as caught:
        encode_td3(**(ANNA | {"family": name}))
    assert caught.value.code == NAME


def test_the_specimen_is_written_to_the_letter():
    """Written from its facts, the specimen passport comes out as printed."""
    assert list(encode_td3(**ANNA)) == PRINTED


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"number": "L898902C34"}, "number"),
        ({"number": ""}, "number"),
        ({"number": "É12345"}, "number"),
        ({"issuing_state": "UTOP"}, "issuing_state"),
        ({"issuing_state": ""}, "issuing_state"),
        ({"nationality": "U1"}, "nationality"),
        ({"document_code": "V"}, "document_code"),
        ({"optional": "Z" * 15}, "optional"),
    ],
)
def test_what_does_not_fit_is_not_written(over, field):
    """A value too long or of strange characters is refused and never cut in silence."""
    with pytest.raises(MrzRefused) as caught:
        encode_td3(**(ANNA | over))
    assert [problem.field for problem in caught.value.problems] == [field]


def test_a_long_name_is_cut_so_that_a_given_name_still_shows():
    """Forty letters of family name leave room for one letter of the given name."""
    upper, lower = encode_td3(**(ANNA | {"family": "A" * 40, "given": "Zoe"}))
    assert upper == "P<UTO" + "A" * 36 + "<<Z"
    assert parse_mrz([upper, lower], today=TODAY).name_cut


WORD = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=8)
WORDS = st.lists(WORD, min_size=1, max_size=2).map(" ".join)
STATE = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=1, max_size=3)
CODE = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", max_size=14)


@given(
    family=WORDS,
    given=st.one_of(st.just(""), WORDS),
    number=CODE.filter(lambda code: 0 < len(code) < 10),
    optional=CODE,
    issuing_state=STATE,
    nationality=STATE,
    birth_date=st.one_of(st.none(), st.dates(date(1926, 1, 16), TODAY)),
    expires_on=st.one_of(st.none(), st.dates(date(1976, 1, 1), date(2075, 12, 31))),
    sex=st.sampled_from("MFX"),
)
def test_whatever_is_written_is_read_back(**facts):
    """Any passport that can be written is read back as the same facts."""
    found = parse_mrz("\n".join(encode_td3(**facts)).lower(), today=TODAY)
    assert {name: getattr(found, name) for name in facts} == facts
    assert (found.format, found.kind) == ("TD3", "passport")
