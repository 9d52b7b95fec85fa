"""Airports: real codes, coordinates and zones (the `airportsdata` package); city names are the package's, in English."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import airportsdata


@dataclass(frozen=True, slots=True)
class Airport:
    """An airport: ICAO and (maybe empty) IATA code, city, IANA zone, degrees."""

    icao: str
    iata: str
    name: str
    city: str
    zone: str
    latitude: float
    longitude: float

    @property
    def code(self) -> str:
        """The code people say: IATA where there is one."""
        return self.iata or self.icao


@cache
def _all() -> dict[str, Any]:
    return airportsdata.load("ICAO")


@cache
def airport(icao: str) -> Airport:
    """Give an airport by its ICAO code. Raises KeyError."""
    row = _all()[icao]
    return Airport(
        icao, row["iata"], row["name"], row["city"], row["tz"], float(row["lat"]), float(row["lon"])
    )
