"""Names in their own script, with the Latin form of the passport beside it."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from portal.demo.dice import weighted

CULTURES = {
    "aurivelle": {"french": 28, "german": 24, "english": 18, "italian": 12, "iberian": 10, "nordic": 8},
    "almadar": {"arabic": 80, "english": 8, "french": 6, "turkish": 6},
    "lanxi": {"chinese": 76, "german": 14, "english": 6, "italian": 4},
    "saltmarsh": {
        "english": 26,
        "bulgarian": 14,
        "serbian": 12,
        "ukrainian": 10,
        "kazakh": 8,
        "polish": 10,
        "iberian": 8,
        "nordic": 6,
        "turkish": 6,
    },
    "yunche": {"chinese": 92, "english": 4, "german": 4},
    "cangyu": {"chinese": 88, "english": 12},
    "stellant": {"english": 38, "chinese": 52, "french": 10},
    "harrowpike": {"english": 64, "iberian": 18, "italian": 10, "polish": 8},
    "alnakheel": {"arabic": 86, "english": 14},
}
DOUBLE = 0.12  # of given names are two


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name; `native` is empty where the passport already writes it in its own script."""

    given: str
    family: str
    native: str
    order: str
    culture: str
    state: str
    sex: str

    def __repr__(self) -> str:
        return f"Name({self.culture})"


@cache
def cultures() -> dict[str, Any]:
    """Read the names to draw from."""
    return tomllib.loads(Path(__file__).with_name("names.toml").read_text("utf-8"))


def draw_name(chance: Random, org: str) -> Name:
    """Draw a name that fits an organisation's people."""
    culture = weighted(chance, CULTURES[org])
    pool = cultures()[culture]
    sex = chance.choice("MF")
    latin, native = _given(chance, culture, pool["male" if sex == "M" else "female"])
    if pool.get("fathers"):
        father = _split(chance.choice(pool["male"]), "M")
        latin, native = f"{latin} {father[0]}", f"{native} {father[1]}"
    family = _split(chance.choice(pool["families"]), sex)
    own = ""
    if family[1]:
        own = f"{family[1]}{native}" if pool["order"] == "family_first" else f"{native} {family[1]}"
    return Name(latin, family[0], own, pool["order"], culture, chance.choice(pool["states"]), sex)


def _given(chance: Random, culture: str, pool: list[str]) -> tuple[str, str]:
    first = _split(chance.choice(pool), "M")
    if culture in {"chinese", "arabic"} or chance.random() > DOUBLE:
        return first
    second = _split(chance.choice(pool), "M")
    return first if second == first else (f"{first[0]} {second[0]}", f"{first[1]} {second[1]}".strip())


def _split(text: str, sex: str) -> tuple[str, str]:
    """Split `latin|native`, or take the woman's half of `male|native|female|native`."""
    latin, native, *female = [*text.split("|"), ""][: max(2, text.count("|") + 1)]
    return (female[0], female[1]) if female and sex == "F" else (latin, native)
