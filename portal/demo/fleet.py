"""The aircraft of the demo, by tail number, and the airports each client flies to."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from portal.trips.fleet import AircraftType, aircraft_types


@dataclass(frozen=True, slots=True)
class Aircraft(AircraftType):
    """One aircraft of a type, with its tail number."""

    tail: str


@cache
def _read() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("fleet.toml").read_text("utf-8"))


def fleet() -> list[Aircraft]:
    """List the aircraft, smaller ones first."""
    tails = _read()["tails"]
    return [
        Aircraft(kind.type, kind.knots, kind.miles, kind.seats, tail)
        for kind in aircraft_types().values()
        for tail in tails[kind.type]
    ]


def airports() -> Mapping[str, list[str]]:
    """Give the airports (ICAO) by organisation."""
    found: Mapping[str, list[str]] = _read()["airports"]
    return found
