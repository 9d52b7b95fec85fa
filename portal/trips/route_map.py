"""The route map: great circles over outlines of land, drawn on the server. Pure; never mirrored, no borders.

Natural Earth (public domain), equirectangular about the middle of the route, so that distances look right there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import cos, radians
from pathlib import Path

from portal.trips.airports import Airport
from portal.trips.rules import great_circle

WIDTH, HEIGHT = 960, 400
MARGIN = 0.16  # of the route's extent, on each side
LEAST = 14.0  # degrees of latitude shown, at least
HUNDREDTH = 100.0
FINE = 1.5  # pixels between two points of a coast
COARSER = 1.5  # so many times that, again and again, where the outline would be longer than `LONGEST`
LONGEST = 30_000  # characters: a way around the world shows all coasts, and is no reason for a heavy page
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Stop:
    """An airport on the map, in pixels; `below` says on which side its code stands."""

    code: str
    x: float
    y: float
    below: bool


@dataclass(frozen=True, slots=True)
class RouteMap:
    """Path data of land and legs, and the stops."""

    land: str
    legs: tuple[str, ...]
    stops: tuple[Stop, ...]
    width: int = WIDTH
    height: int = HEIGHT


@cache
def land_rings() -> tuple[tuple[Point, ...], ...]:
    """Read the outlines of land: rings of (longitude, latitude) in degrees."""
    found = []
    for line in Path(__file__).with_name("land.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        numbers = [int(text) for text in line.split()]
        x = y = 0
        ring = []
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x / HUNDREDTH, y / HUNDREDTH))
        found.append(tuple(ring))
    return tuple(found)


class _Frame:
    """Which part of the world is shown, and where a place lies in it."""

    def __init__(self, places: Sequence[Point]) -> None:
        west, east = min(p[0] for p in places), max(p[0] for p in places)
        south, north = min(p[1] for p in places), max(p[1] for p in places)
        self.squeeze = max(0.35, cos(radians((south + north) / 2)))
        middle = ((west + east) / 2, (south + north) / 2)
        wide, high = (east - west) * self.squeeze * (1 + 2 * MARGIN), (north - south) * (1 + 2 * MARGIN)
        self.scale = min(WIDTH / max(wide, LEAST), HEIGHT / max(high, LEAST))  # pixels a degree of latitude
        half = (WIDTH / 2 / self.scale / self.squeeze, HEIGHT / 2 / self.scale)
        self.west, self.east = middle[0] - half[0], middle[0] + half[0]
        self.south, self.north = middle[1] - half[1], middle[1] + half[1]

    def at(self, place: Point) -> Point:
        """Give a place in pixels."""
        return (place[0] - self.west) * self.squeeze * self.scale, (self.north - place[1]) * self.scale


def route_map(airports: Sequence[Airport]) -> RouteMap:
    """Draw the way through these airports, in the order of flying."""
    ways: list[list[Point]] = []
    for origin, destination in pairwise(airports):
        way = great_circle(origin, destination)
        turn = 360 * round((ways[-1][-1][0] - way[0][0]) / 360) if ways else 0
        ways.append([(x + turn, y) for x, y in way])
    frame = _Frame([place for way in ways for place in way] or [(a.longitude, a.latitude) for a in airports])
    legs = tuple("M" + "L".join(_pair(frame.at(place)) for place in way) for way in ways)
    ends = [ways[0][0], *(way[-1] for way in ways)] if ways else []
    seen: dict[str, Stop] = {}
    middle = sum(place[1] for place in ends) / len(ends) if ends else 0
    for stop, place in zip(airports, ends, strict=False):
        x, y = frame.at(place)
        seen.setdefault(stop.code, Stop(stop.code, round(x, 1), round(y, 1), below=place[1] < middle))
    return RouteMap(_land(frame), legs, tuple(seen.values()))


def _pair(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _land(frame: _Frame) -> str:
    fine = FINE
    while len(outline := _outline(frame, fine)) >= LONGEST:
        fine *= COARSER
    return outline


def _outline(frame: _Frame, fine: float) -> str:
    parts = []
    for ring in land_rings():
        for turn in (-360, 0, 360):
            if min(x for x, _ in ring) + turn > frame.east or max(x for x, _ in ring) + turn < frame.west:
                continue
            shown = _clipped([frame.at((x + turn, y)) for x, y in ring])
            thinned = _thinned(shown, fine)
            if len(thinned) > 2:  # noqa: PLR2004 -- fewer points enclose nothing
                parts.append(_ring(thinned))
    return "".join(parts)


def _ring(points: list[Point]) -> str:
    """Write a closed ring in whole pixels: its first point, then steps from point to point."""
    whole = [(round(x), round(y)) for x, y in points]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(whole)]
    return f"M{whole[0][0]} {whole[0][1]}l" + " ".join(f"{x} {y}" for x, y in steps) + "z"


def _clipped(points: list[Point], beyond: float = 8) -> list[Point]:
    """Cut a ring to the picture and a little beyond (Sutherland and Hodgman)."""
    for axis, limit, sign in (
        (0, -beyond, 1),
        (0, WIDTH + beyond, -1),
        (1, -beyond, 1),
        (1, HEIGHT + beyond, -1),
    ):
        cut: list[Point] = []
        for a, b in zip(points, points[1:] + points[:1], strict=True):
            inside, following = sign * (a[axis] - limit) >= 0, sign * (b[axis] - limit) >= 0
            if inside:
                cut.append(a)
            if inside != following:
                share = (limit - a[axis]) / (b[axis] - a[axis])
                cut.append((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))
        points = cut
    return points


def _thinned(points: list[Point], fine: float) -> list[Point]:
    kept: list[Point] = []
    for point in points:
        if not kept or abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) >= fine:
            kept.append(point)
    return kept
