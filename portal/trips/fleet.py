"""The types of aircraft that can be offered, with cruise, range and seats."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

RESERVE = 0.92  # of the range, at most


@dataclass(frozen=True, slots=True)
class AircraftType:
    """A type: cruise in knots, range in nautical miles, seats."""

    type: str
    knots: int
    miles: int
    seats: int

    def carries(self, people: int, distance: float) -> bool:
        """Whether it flies so many people so far (nautical miles) without a stop."""
        return people <= self.seats and distance <= self.miles * RESERVE


@cache
def aircraft_types() -> dict[str, AircraftType]:
    """Give the types by name, smaller ones first."""
    rows = tomllib.loads(Path(__file__).with_name("fleet.toml").read_text("utf-8"))["aircraft"]
    return {row["type"]: AircraftType(row["type"], row["knots"], row["miles"], row["seats"]) for row in rows}
