"""Machine-readable lines: every check digit counts, and every mistake is named where it is."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from portal.passengers.mrz import (
    CHARACTERS,
    CHECK_DIGIT,
    DATE,
    DOCUMENT_CODE,
    LENGTH,
    NAME,
    MrzRefused,
    Problem,
    check_digit,
    encode_td3,
    parse_mrz,
)

TODAY = date(2026, 1, 15)
SPECIMENS = json.loads(
    (Path(__file__).parents[1] / "vectors" / "mrz-specimens.json").read_text(encoding="utf-8")
)
TD3 = SPECIMENS["specimens"][0]["lines"]
TD1 = SPECIMENS["specimens"][2]["lines"]
TD2 = ["I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<", "D231458907UTO7408122F1204159<<<<<<<6"]
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


def _problems(text, today=TODAY):
    with pytest.raises(MrzRefused) as caught:
        parse_mrz(text, today=today)
    assert caught.value.code == caught.value.problems[0].code
    return list(caught.value.problems)


def _put(lines, line, column, text):
    changed = list(lines)
    changed[line] = changed[line][:column] + text + changed[line][column + len(text) :]
    return changed


def _summary(found):
    return (found.family, found.given, found.number, found.birth_date, found.sex, found.expires_on)


@pytest.mark.parametrize("case", SPECIMENS["check_digits"], ids=lambda case: case["input"])
def test_known_check_digits(case):
    """The check digit of each known field is the printed one."""
    assert check_digit(case["input"]) == case["digit"]


@pytest.mark.parametrize("case", SPECIMENS["specimens"], ids=lambda case: case["name"])
def test_specimens_are_taken_or_refused_as_known(case):
    """A printed specimen is read in its format; the one with a changed digit is refused."""
    if case["check_digits_valid"]:
        assert parse_mrz(case["lines"], today=TODAY).format == case["format"]
    else:
        assert {problem.code for problem in _problems(case["lines"])} == {CHECK_DIGIT}


@pytest.mark.parametrize(
    ("lines", "kind", "number"),
    [(TD3, "passport", "L898902C3"), (TD1, "national_id", "D23145890"), (TD2, "national_id", "D23145890")],
)
def test_every_field_of_a_specimen_is_read(lines, kind, number):
    """Name, number, birth date, sex, expiry and states come out as the document says them."""
    found = parse_mrz(lines, today=TODAY)
    expected = ("ERIKSSON", "ANNA MARIA", number, date(1974, 8, 12), "F", date(2012, 4, 15))
    assert _summary(found) == expected
    assert (found.kind, found.issuing_state, found.nationality) == (kind, "UTO", "UTO")
    assert not found.name_cut


@pytest.mark.parametrize(
    "text",
    [
        "".join(TD3),
        "\n".join(TD3),
        "\r\n".join(TD3) + "\r\n",
        "  " + "  \n  ".join(TD3).lower(),
        " ".join("".join(TD3)),
        "\u2066" + TD3[0] + "\u2069\u200f\n" + TD3[1],
        "".join(TD3).translate({ord("<"): "＜"}),
        tuple(TD3),
    ],
    ids=[
        "one block",
        "lines",
        "windows",
        "lower case",
        "spaced",
        "marks of direction",
        "full width",
        "sequence",
    ],
)
def test_lines_may_be_pasted_in_any_shape(text):
    """Line ends, spaces, lower case, full-width fillers and invisible marks do not matter."""
    assert _summary(parse_mrz(text, today=TODAY)) == _summary(parse_mrz(TD3, today=TODAY))


@pytest.mark.parametrize(
    ("line", "column", "put", "field"),
    [(1, 9, "5", "number"), (1, 19, "3", "birth_date"), (1, 27, "8", "expires_on"), (1, 42, "2", "optional")],
)
def test_a_wrong_check_digit_is_named_by_line_and_field(line, column, put, field):
    """Whichever check digit is wrong, its line and field are named, and the composite's too."""
    assert _problems(_put(TD3, line, column, put)) == [
        Problem(CHECK_DIGIT, 2, field),
        Problem(CHECK_DIGIT, 2, "composite"),
    ]


def test_the_composite_digit_alone_is_named_alone():
    """A wrong last digit is the only problem."""
    assert _problems(_put(TD3, 1, 43, "1")) == [Problem(CHECK_DIGIT, 2, "composite")]


@pytest.mark.parametrize("lines", [TD1, TD2], ids=["TD1", "TD2"])
def test_cards_check_their_composite_digit_too(lines):
    """Adding something to the optional data of a card breaks its composite digit."""
    assert _problems(_put(lines, 1, 28, "1"))[-1] == Problem(CHECK_DIGIT, 2, "composite")


@given(st.integers(0, 43), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ<"))
def test_a_changed_character_of_the_lower_line_does_not_go_unseen(column, char):
    """A changed character is refused, except where no digit covers it or the two weigh the same."""
    before = TD3[1][column]
    value = {char: value for value, char in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}
    assume((value[char] - value[before]) % 10 != 0)
    assume(column not in {10, 11, 12, 20})
    assert _problems(_put(TD3, 1, column, char))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", Problem(LENGTH, 0, "mrz")),
        (TD3[1], Problem(LENGTH, 0, "mrz")),
        (TD3[0] + TD3[1] + "<", Problem(LENGTH, 0, "mrz")),
        ("<" * 10_000_000, Problem(LENGTH, 0, "mrz")),
        (_put(TD3, 1, 3, "-"), Problem(CHARACTERS, 2, "mrz")),
        (_put(TD3, 0, 7, "И"), Problem(CHARACTERS, 1, "mrz")),
        (_put(TD3, 0, 7, "\0"), Problem(CHARACTERS, 1, "mrz")),
        (_put(TD3, 0, 0, "X"), Problem(DOCUMENT_CODE, 1, "document_code")),
        (_put(TD3, 0, 2, "U1O"), Problem(CHARACTERS, 1, "issuing_state")),
        (_put(TD3, 0, 2, "<UT"), Problem(CHARACTERS, 1, "issuing_state")),
        (_put(TD3, 1, 10, "<<<"), Problem(CHARACTERS, 2, "nationality")),
        (_put(TD3, 1, 20, "1"), Problem(CHARACTERS, 2, "sex")),
        (_put(TD3, 0, 5, "<" * 39), Problem(NAME, 1, "name")),
        (_put(TD3, 0, 5, "ER1KSSON"), Problem(NAME, 1, "name")),
    ],
)
def test_what_cannot_be_read_is_named(text, problem):
    """Length, characters, kind of document, state, sex and name are refused by code, line and field."""
    assert _problems(text) == [problem]


def test_all_problems_are_named_at_once():
    """Three mistakes are three problems, so that a person mends them in one go."""
    spoilt = _put(_put(_put(TD3, 1, 9, "5"), 1, 19, "3"), 0, 2, "U1O")
    fields = [problem.field for problem in _problems(spoilt)]
    assert fields == ["number", "issuing_state", "birth_date", "composite"]


def _dated(born=None, expires=None):
    lines = encode_td3(**ANNA)
    lower = lines[1]
    born, expires = born or lower[13:19], expires or lower[21:27]
    born_part, expires_part = born + check_digit(born), expires + check_digit(expires)
    lower = lower[:13] + born_part + lower[20] + expires_part + lower[28:]
    composite = check_digit(lower[:10] + lower[13:20] + lower[21:43])
    return [lines[0], lower[:43] + composite]


@pytest.mark.parametrize(
    ("six", "expected"),
    [
        ("260115", date(2026, 1, 15)),
        ("260116", date(1926, 1, 16)),
        ("991231", date(1999, 12, 31)),
        ("000229", date(2000, 2, 29)),
        ("740812", date(1974, 8, 12)),
        ("74<<<<", None),
        ("<<<<<<", None),
    ],
)
def test_a_birth_date_is_never_in_the_future(six, expected):
    """The century is the latest that puts the birth before today; an unknown part leaves it open."""
    assert parse_mrz(_dated(born=six), today=TODAY).birth_date == expected


@pytest.mark.parametrize(
    ("six", "expected"),
    [
        ("760101", date(1976, 1, 1)),
        ("751231", date(2075, 12, 31)),
        ("120415", date(2012, 4, 15)),
        ("360101", date(2036, 1, 1)),
        ("<<<<<<", None),
    ],
)
def test_an_expiry_date_is_within_fifty_years(six, expected):
    """The century of an expiry lies within fifty years of today; fillers mean that it never expires."""
    assert parse_mrz(_dated(expires=six), today=TODAY).expires_on == expected


@pytest.mark.parametrize("six", ["741332", "740230", "230229", "7408<2", "AB0812", "740000"])
def test_a_day_that_does_not_exist_is_refused(six):
    """A date that no calendar has is refused although its check digit is right."""
    assert _problems(_dated(born=six)) == [Problem(DATE, 2, "birth_date")]
    assert _problems(_dated(expires=six)) == [Problem(DATE, 2, "expires_on")]


def test_a_passport_without_optional_data_may_have_a_filler_for_its_digit():
    """With nothing in the optional data both a nought and a filler are right, and anything else is wrong."""
    upper, lower = encode_td3(**(ANNA | {"optional": ""}))
    assert lower[42] == "<"
    assert parse_mrz([upper, lower], today=TODAY).optional == ""
    assert parse_mrz([upper, lower[:42] + "0" + lower[43]], today=TODAY).optional == ""
    assert Problem(CHECK_DIGIT, 2, "optional") in _problems([upper, lower[:42] + "1" + lower[43]])


def test_a_long_number_of_a_card_goes_on_in_the_optional_data():
    """A filler in place of the digit says that the number and its digit go on; the rest is optional data."""
    long = "D23145890734"
    upper = f"I<UTO{long[:9]}<{long[9:]}{check_digit(long)}<XY".ljust(30, "<")
    middle = "7408122F1204159UTO<<<<<<<<<<<"
    composite = check_digit(upper[5:30] + middle[:7] + middle[8:15] + middle[18:29])
    found = parse_mrz([upper, middle + composite, TD1[2]], today=TODAY)
    assert (found.number, found.optional) == (long, "XY")
    wrong = upper.replace(check_digit(long) + "<XY", "9<XY" if check_digit(long) != "9" else "8<XY")
    assert _problems([wrong, middle + composite, TD1[2]])[0] == Problem(CHECK_DIGIT, 1, "number")


def test_a_visa_has_no_composite_digit():
    """The ICAO specimen of a visa is read as a visa although nothing covers its whole line."""
    lines = ["V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L8988901C4XXX4009078F96121096ZE184226B<<<<<<"]
    found = parse_mrz(lines, today=TODAY)
    assert (found.format, found.kind, found.number, found.nationality) == (
        "MRV-A",
        "visa",
        "L8988901C",
        "XXX",
    )
    assert (found.birth_date, found.expires_on) == (date(1940, 9, 7), date(1996, 12, 10))


@pytest.mark.parametrize(
    ("raw", "family", "given"),
    [
        ("VAN<DER<MUELLEN<<PIETER<JAN", "VAN DER MUELLEN", "PIETER JAN"),
        ("ARKFREITH", "ARKFREITH", ""),
        ("O<CONNOR<<ENYA<SIOBHAN", "O CONNOR", "ENYA SIOBHAN"),
        ("<<ANNA", "ANNA", ""),
        ("SMITH<<JOHN<<PAUL", "SMITH", "JOHN PAUL"),
    ],
)
def test_fillers_part_names(raw, family, given):
    """Two fillers part family from given names, one parts words, and a lone name is the family's."""
    found = parse_mrz(_put(TD3, 0, 5, raw.ljust(39, "<")), today=TODAY)
    assert (found.family, found.given, found.name_cut) == (family, given, False)


def test_a_name_that_fills_its_field_is_said_to_be_cut():
    """A last column that is not a filler says that the document may hold more of the name."""
    found = parse_mrz(_put(TD3, 0, 5, "NILAVADHANANANDA<<CHAYAPA<DEJTHAMRONG<K"), today=TODAY)
    assert found.name_cut


def test_nothing_of_a_person_prints():
    """Neither what was read nor a refusal shows a name, number or date."""
    found = parse_mrz(TD3, today=TODAY)
    with pytest.raises(MrzRefused) as caught:
        parse_mrz(_put(TD3, 1, 9, "5"), today=TODAY)
    printed = f"{found!r} {found} {caught.value!r} {caught.value} {caught.value.problems}"
    for personal in ("ERIKSSON", "ANNA", "L898902", "1974", "740812", "ZE184226B"):
        assert personal not in printed
