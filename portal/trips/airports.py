"""Airports: real codes, coordinates and zones; city names are those of `airportsdata`, in English."""

from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

from portal.web.places import airfield


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

    @property
    def zoneinfo(self) -> ZoneInfo:
        """The clock of the place."""
        return ZoneInfo(self.zone)


# Offered where an airport is typed; any other code is taken as well.
SERVED = (
    *("LSGG", "LSZH", "LFPB", "LFMN", "EGLF", "EGGW", "EGPH", "EDDF", "EDDM", "EDDB", "EHAM", "LIML", "LIRA"),
    *("LEMD", "LEIB", "LPCS", "LGAV", "LTFM", "LOWW", "LKPR", "EPWA", "ENGM", "BIRK", "LMML", "LBSF", "LYBE"),
    *("OMDW", "OMDB", "OERK", "OEJN", "OTHH", "OBBI", "HECA", "GMMX", "UAAA", "KTEB", "KVNY", "KOPF", "ZSPD"),
    *("ZBAA", "ZGSZ", "VHHH", "RJTT", "RKSI", "WSSS"),
)


@cache
def served() -> tuple[Airport, ...]:
    """List the airports that are often flown to, by city."""
    return tuple(sorted((airport(code) for code in SERVED), key=lambda one: one.city))


@cache
def airport(code: str) -> Airport:
    """Give an airport by its ICAO or IATA code. Raises KeyError."""
    row = airfield(code)
    return Airport(
        row["icao"], row["iata"], row["name"], row["city"], row["tz"], float(row["lat"]), float(row["lon"])
    )
