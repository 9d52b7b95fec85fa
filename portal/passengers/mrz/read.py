"""Reading: every check digit is verified, and all that is wrong is named at once, by line and field."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from portal.passengers.mrz.problems import (
    CHARACTERS,
    CHECK_DIGIT,
    DATE,
    DOCUMENT_CODE,
    LENGTH,
    NAME,
    MrzRefused,
    Problem,
)
from portal.passengers.mrz.shapes import ALLOWED, LAYOUTS, STATE, Layout, Span, check_digit

TEXT_LIMIT: Final = 400
EXPIRY_PAST_YEARS: Final = 50
_KINDS: Final = {"P": "passport", "V": "visa", "I": "national_id", "A": "national_id", "C": "national_id"}
_SEXES: Final = {"M": "M", "F": "F", "<": "X", "X": "X"}


@dataclass(frozen=True, slots=True)
class Mrz:
    """What the lines say. Names are upper case as printed; a date is None where the document leaves it open.

    `kind` is a document kind of `security.fields`; `issuing_state` and `nationality` are the document's own
    codes (ISO alpha-3, `D` for Germany, or ICAO's own); `sex` is `M`, `F` or `X`; `name_cut` says that the
    name filled its whole field, so that the document may hold more of it.
    """

    format: str
    kind: str
    document_code: str
    issuing_state: str
    number: str
    nationality: str
    birth_date: date | None
    sex: str
    expires_on: date | None
    family: str
    given: str
    optional: str
    optional_2: str = ""
    name_cut: bool = False

    def __repr__(self) -> str:
        return f"Mrz({self.format}, {self.kind})"


def parse_mrz(text: str | Sequence[str], *, today: date) -> Mrz:
    """Return what the lines say; raise `MrzRefused`. Spaces, line ends and lower case do not matter.

    A birth date is not after `today`; an expiry date lies within 50 years before it and 50 after.
    """
    name, lines = _lines(text)
    reader = _Reader(name, LAYOUTS[name], lines, today)
    found = reader.read()
    if reader.problems:
        raise MrzRefused(reader.problems)
    return found


class _Reader:
    """Reads one document and collects all that is wrong with it."""

    def __init__(self, name: str, layout: Layout, lines: Sequence[str], today: date) -> None:
        self.problems: list[Problem] = []
        self._name = name
        self._layout = layout
        self._lines = lines
        self._today = today

    def read(self) -> Mrz:
        optional_2 = self._raw("optional_2") if "optional_2" in self._layout.spans else ""
        number, optional = self._number()
        code = self._raw("document_code").rstrip("<")
        if code[:1] not in _KINDS:
            self._wrong(DOCUMENT_CODE, "document_code")
        family, given = self._names()
        found = Mrz(
            format=self._name,
            kind=_KINDS.get(code[:1], ""),
            document_code=code,
            issuing_state=self._state("issuing_state"),
            number=number,
            nationality=self._state("nationality"),
            birth_date=self._date("birth_date", self._birth_year),
            sex=self._sex(),
            expires_on=self._date("expires_on", self._expiry_year),
            family=family,
            given=given,
            optional=_plain(optional),
            optional_2=_plain(optional_2),
            name_cut=not self._raw("name").endswith("<"),
        )
        self._composite()
        return found

    def _cut(self, span: Span) -> str:
        return self._lines[span.line][span.start : span.end]

    def _raw(self, field: str) -> str:
        return self._cut(self._layout.spans[field])

    def _after(self, field: str) -> str:
        span = self._layout.spans[field]
        return self._lines[span.line][span.end]

    def _wrong(self, code: str, field: str) -> None:
        self.problems.append(Problem(code, self._layout.spans[field].line + 1, field))

    def _number(self) -> tuple[str, str]:
        """Read the number; on cards a long one goes on in the optional data (9303-5 and 9303-6, note j)."""
        number, digit, optional = self._raw("number"), self._after("number"), self._raw("optional")
        if digit == "<" and self._name in {"TD1", "TD2"}:
            rest, _, optional = optional.partition("<")
            number, digit = number + rest[:-1], rest[-1:]
        if digit != check_digit(number):
            self._wrong(CHECK_DIGIT, "number")
        if not number.strip("<"):
            self._wrong(CHARACTERS, "number")
        if self._name == "TD3" and not self._optional_holds(optional):
            self._wrong(CHECK_DIGIT, "optional")
        return _plain(number), optional

    def _optional_holds(self, optional: str) -> bool:
        """Say whether the digit after a passport's optional data is right: a filler if there is none."""
        digit = self._after("optional")
        return digit == check_digit(optional) or (digit == "<" and not optional.strip("<"))

    def _names(self) -> tuple[str, str]:
        """Split at the first double filler; single fillers are spaces (9303-3, 4.6)."""
        raw = self._raw("name")
        family, _, given = raw.strip("<").partition("<<")
        if not family or any(char.isdigit() for char in raw):
            self._wrong(NAME, "name")
        return _plain(family), _plain(given)

    def _state(self, field: str) -> str:
        raw = self._raw(field)
        if not STATE.fullmatch(raw):
            self._wrong(CHARACTERS, field)
        return raw.rstrip("<")

    def _sex(self) -> str:
        sex = _SEXES.get(self._raw("sex"))
        if sex is None:
            self._wrong(CHARACTERS, "sex")
        return sex or "X"

    def _date(self, field: str, year_of: Callable[[str], int | None]) -> date | None:
        raw = self._raw(field)
        if self._after(field) != check_digit(raw):
            self._wrong(CHECK_DIGIT, field)
            return None
        if re.fullmatch(r"(?:[0-9]{2}|<<){3}", raw) and "<" in raw:
            return None
        year = year_of(raw) if raw.isdigit() else None
        if year is None:
            self._wrong(DATE, field)
            return None
        return _day(year, raw)

    def _birth_year(self, raw: str) -> int | None:
        century = self._today.year // 100 * 100
        years = (century + int(raw[:2]), century - 100 + int(raw[:2]))
        return next((year for year in years if (day := _day(year, raw)) and day <= self._today), None)

    def _expiry_year(self, raw: str) -> int | None:
        oldest = self._today.year - EXPIRY_PAST_YEARS
        year = oldest + (int(raw[:2]) - oldest) % 100
        return year if _day(year, raw) else None

    def _composite(self) -> None:
        if not self._layout.composite:
            return
        covered = "".join(map(self._cut, self._layout.composite))
        if self._raw("composite") != check_digit(covered):
            self._wrong(CHECK_DIGIT, "composite")


def _lines(text: str | Sequence[str]) -> tuple[str, list[str]]:
    whole = text if isinstance(text, str) else "".join(text)
    if len(whole) > TEXT_LIMIT:
        raise MrzRefused([Problem(LENGTH, 0, "mrz")])
    shown = (char for char in unicodedata.normalize("NFKC", whole) if unicodedata.category(char) != "Cf")
    block = "".join("".join(shown).upper().split())
    name = _format_of(block)
    layout = LAYOUTS.get(name)
    if layout is None or len(block) != layout.lines * layout.width:
        raise MrzRefused([Problem(LENGTH, 0, "mrz")])
    lines = [block[start : start + layout.width] for start in range(0, len(block), layout.width)]
    wrong = [index for index, line in enumerate(lines) if not ALLOWED.fullmatch(line)]
    if wrong:
        raise MrzRefused([Problem(CHARACTERS, index + 1, "mrz") for index in wrong])
    return name, lines


def _format_of(block: str) -> str:
    visa = block.startswith("V")
    return {88: "MRV-A" if visa else "TD3", 90: "TD1", 72: "MRV-B" if visa else "TD2"}.get(len(block), "")


def _day(year: int, raw: str) -> date | None:
    try:
        return date(year, int(raw[2:4]), int(raw[4:6]))
    except ValueError:
        return None


def _plain(raw: str) -> str:
    return " ".join(raw.replace("<", " ").split())
