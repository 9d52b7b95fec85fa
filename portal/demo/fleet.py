"""The aircraft, and the airports each client flies to."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

RESERVE = 0.92  # of the range, at most


@dataclass(frozen=True, slots=True)
class Aircraft:
    """One aircraft: type, tail number, cruise in knots, range in nautical miles, seats."""

    type: str
    tail: str
    knots: int
    miles: int
    seats: int

    def carries(self, people: int, distance: float) -> bool:
        """Whether it flies so many people so far without a stop."""
        return people <= self.seats and distance <= self.miles * RESERVE


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("fleet.toml").read_text("utf-8"))


def fleet() -> list[Aircraft]:
    """List the aircraft, smaller ones first."""
    kinds = _read()["aircraft"]
    return [
        Aircraft(k["type"], tail, k["knots"], k["miles"], k["seats"]) for k in kinds for tail in k["tails"]
    ]


def airports() -> Mapping[str, list[str]]:
    """Give the airports (ICAO) by organisation."""
    found: Mapping[str, list[str]] = _read()["airports"]
    return found
