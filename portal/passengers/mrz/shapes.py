"""Where each field stands in each format, and the check digit (ICAO Doc 9303, parts 3 to 7)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

_WEIGHTS: Final = (7, 3, 1)
ALLOWED: Final = re.compile(r"[A-Z0-9<]*")
"""The only characters of machine-readable lines."""
STATE: Final = re.compile(r"(?=.{3}$)[A-Z]{1,3}<*")
"""Three columns of a state: letters, then fillers."""
_VALUES: Final = {char: value for value, char in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")} | {"<": 0}


@dataclass(frozen=True, slots=True)
class Span:
    """Columns `start` to `end` (not included) of a line, all from 0."""

    line: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Where each field stands, and what the composite digit covers (nothing on a visa)."""

    lines: int
    width: int
    spans: Mapping[str, Span]
    composite: tuple[Span, ...]


def _lower_line(width: int, *, optional_end: int, name_end: int) -> dict[str, Span]:
    return {
        "document_code": Span(0, 0, 2),
        "issuing_state": Span(0, 2, 5),
        "name": Span(0, 5, name_end),
        "number": Span(1, 0, 9),
        "nationality": Span(1, 10, 13),
        "birth_date": Span(1, 13, 19),
        "sex": Span(1, 20, 21),
        "expires_on": Span(1, 21, 27),
        "optional": Span(1, 28, optional_end),
    } | ({"composite": Span(1, width - 1, width)} if optional_end < width else {})


_LOWER: Final = (Span(1, 0, 10), Span(1, 13, 20))
LAYOUTS: Final[Mapping[str, Layout]] = MappingProxyType(
    {
        "TD3": Layout(2, 44, _lower_line(44, optional_end=42, name_end=44), (*_LOWER, Span(1, 21, 43))),
        "TD2": Layout(2, 36, _lower_line(36, optional_end=35, name_end=36), (*_LOWER, Span(1, 21, 35))),
        "MRV-A": Layout(2, 44, _lower_line(44, optional_end=44, name_end=44), ()),
        "MRV-B": Layout(2, 36, _lower_line(36, optional_end=36, name_end=36), ()),
        "TD1": Layout(
            3,
            30,
            {
                "document_code": Span(0, 0, 2),
                "issuing_state": Span(0, 2, 5),
                "number": Span(0, 5, 14),
                "optional": Span(0, 15, 30),
                "birth_date": Span(1, 0, 6),
                "sex": Span(1, 7, 8),
                "expires_on": Span(1, 8, 14),
                "nationality": Span(1, 15, 18),
                "optional_2": Span(1, 18, 29),
                "composite": Span(1, 29, 30),
                "name": Span(2, 0, 30),
            },
            (Span(0, 5, 30), Span(1, 0, 7), Span(1, 8, 15), Span(1, 18, 29)),
        ),
    }
)
"""The formats by name; the format is known by its length and its first letter."""


def check_digit(text: str) -> str:
    """Return the check digit of MRZ characters: weights 7, 3, 1, modulo 10 (9303-3, 4.9)."""
    return str(sum(_VALUES[char] * _WEIGHTS[place % 3] for place, char in enumerate(text)) % 10)
