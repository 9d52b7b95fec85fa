"""The machine-readable zone of a travel document, read and written (ICAO Doc 9303, parts 3 to 7).

Reads TD3 (passports, 2 × 44), TD1 (cards, 3 × 30), TD2 (2 × 36) and the visas MRV-A and MRV-B; writes TD3.
"""

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
from portal.passengers.mrz.read import Mrz, parse_mrz
from portal.passengers.mrz.shapes import check_digit
from portal.passengers.mrz.write import encode_td3, transliterate

__all__ = [
    "CHARACTERS",
    "CHECK_DIGIT",
    "DATE",
    "DOCUMENT_CODE",
    "LENGTH",
    "NAME",
    "Mrz",
    "MrzRefused",
    "Problem",
    "check_digit",
    "encode_td3",
    "parse_mrz",
    "transliterate",
]
