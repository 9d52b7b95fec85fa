"""Writing the two lines of a passport, for documents that are invented."""

import re
import unicodedata
from datetime import date
from typing import Final

from portal.passengers.mrz.problems import CHARACTERS, NAME, MrzRefused, Problem
from portal.passengers.mrz.shapes import ALLOWED, STATE, check_digit

NAME_WIDTH: Final = 39
NUMBER_WIDTH: Final = 9
OPTIONAL_WIDTH: Final = 14
_SHAPES: Final = {
    "document_code": re.compile("P[A-Z<]"),
    "issuing_state": STATE,
    "number": re.compile("[A-Z0-9][A-Z0-9<]*"),
    "nationality": STATE,
    "optional": ALLOWED,
}

# 9303-3 section 6A: letters that become two, or another; all others lose their marks.
_LETTERS: Final = str.maketrans(
    {"Ä": "AE", "Å": "AA", "Æ": "AE", "Ð": "D", "Đ": "D", "Ħ": "H", "ı": "I", "Ĳ": "IJ", "Ł": "L", "Ŋ": "N"}
    | {"Ö": "OE", "Ø": "OE", "Œ": "OE", "ẞ": "SS", "Þ": "TH", "Ŧ": "T", "Ü": "UE", "'": "", "’": "", "ʼ": ""}
    | {".": "", ",": " ", "-": " ", "\u2010": " "}
)


def encode_td3(
    *,
    issuing_state: str,
    family: str,
    given: str,
    number: str,
    nationality: str,
    birth_date: date | None,
    sex: str,
    expires_on: date | None,
    document_code: str = "P",
    optional: str = "",
) -> tuple[str, str]:
    """Return the two lines of a passport with their check digits; raise `MrzRefused` for what does not fit.

    Names in Latin letters only: marks are dropped or spelt out (9303-3, 6A), long names cut (9303-3, 4.6).
    """
    parts = {
        "document_code": (document_code, 2),
        "issuing_state": (issuing_state, 3),
        "number": (_spaced(number), NUMBER_WIDTH),
        "nationality": (nationality, 3),
        "optional": (_spaced(optional), OPTIONAL_WIDTH),
    }
    filled = {name: value.ljust(width, "<") for name, (value, width) in parts.items()}
    wrong = [
        Problem(CHARACTERS, 1 if name in {"document_code", "issuing_state"} else 2, name)
        for name, (value, width) in parts.items()
        if len(value) > width or not _SHAPES[name].fullmatch(filled[name])
    ]
    if wrong:
        raise MrzRefused(wrong)
    upper = filled["document_code"] + filled["issuing_state"] + _name_field(family, given)
    born, expires = _checked(_six(birth_date)), _checked(_six(expires_on))
    kept = _checked(filled["optional"]) if optional else filled["optional"] + "<"
    number_part = _checked(filled["number"])
    composite = check_digit(number_part + born + expires + kept)
    return upper, f"{number_part}{filled['nationality']}{born}{_sex_letter(sex)}{expires}{kept}{composite}"


def transliterate(name: str) -> str:
    """Return a name in A–Z and `<`, single fillers between words; raise `MrzRefused` for other scripts."""
    spelt = unicodedata.normalize("NFC", name).replace("ß", "ẞ").upper().translate(_LETTERS)
    plain = "".join(char for char in unicodedata.normalize("NFKD", spelt) if not unicodedata.combining(char))
    words = plain.replace("<", " ").split()
    if not re.fullmatch(r"[A-Z]*", "".join(words)):
        raise MrzRefused([Problem(NAME, 1, "name")])
    return "<".join(words)


def _spaced(text: str) -> str:
    return "<".join(text.upper().replace("-", " ").split())


def _checked(text: str) -> str:
    return text + check_digit(text)


def _six(day: date | None) -> str:
    return "<<<<<<" if day is None else day.strftime("%y%m%d")


def _sex_letter(sex: str) -> str:
    return sex if sex in {"M", "F"} else "<"


def _name_field(family: str, given: str) -> str:
    first, second = transliterate(family), transliterate(given)
    if not first:
        first, second = second, ""
    if not first:
        raise MrzRefused([Problem(NAME, 1, "name")])
    if second:
        first = first[: NAME_WIDTH - 3].rstrip("<")
    return (f"{first}<<{second}" if second else first)[:NAME_WIDTH].ljust(NAME_WIDTH, "<")
