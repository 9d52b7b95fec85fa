"""What can be wrong with machine-readable lines: codes, and where."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

LENGTH: Final = "passengers:mrz_length"
CHARACTERS: Final = "passengers:mrz_characters"
CHECK_DIGIT: Final = "passengers:mrz_check_digit"
DATE: Final = "passengers:mrz_date"
NAME: Final = "passengers:mrz_name"
DOCUMENT_CODE: Final = "passengers:mrz_document_code"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: its code, the line (from 1; 0 for the whole), the field; never a value."""

    code: str
    line: int
    field: str


class MrzRefused(ValueError):  # noqa: N818 - errors are named for what was refused
    """These lines cannot be trusted. `problems` names each cause; `code` is the first one's."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems[0].code)
        self.problems = tuple(problems)
        self.code = problems[0].code
