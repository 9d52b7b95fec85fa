"""`python -m infra.land <land-50m.json>`: the outlines of land for route maps, from Natural Earth (public domain).

The input is the TopoJSON of the npm package world-atlas 2.0.2. The output, `portal/trips/land.txt`, has one ring
a line: whole hundredths of a degree, the first point as it is and each later one as its distance from the one before.
It holds coasts only: no border between states.
"""

import json
import sys
from collections.abc import Iterator
from itertools import pairwise
from math import hypot
from pathlib import Path
from typing import Any

from infra.options import ROOT

TARGET = ROOT / "portal" / "trips" / "land.txt"
HEAD = "# Natural Earth 1:50m land (public domain), simplified by infra/land.py: hundredths of a degree, ring a line\n"
TOLERANCE = 14.0  # hundredths of a degree
LEAST = 1600.0  # square hundredths: islands that are smaller than a pixel of any map here
POLAR = -6000  # a ring south of this goes around the pole
Point = tuple[float, float]


def rings(atlas: dict[str, Any]) -> Iterator[list[Point]]:
    """Give the outer and inner rings of all land, in hundredths of a degree."""
    (kx, ky), (dx, dy) = atlas["transform"]["scale"], atlas["transform"]["translate"]
    arcs: list[list[Point]] = []
    for arc in atlas["arcs"]:
        x = y = 0
        points = []
        for step in arc:
            x, y = x + step[0], y + step[1]
            points.append(((x * kx + dx) * 100, (y * ky + dy) * 100))
        arcs.append(points)
    for shape in atlas["objects"]["land"]["geometries"]:
        for polygon in shape["arcs"] if shape["type"] == "MultiPolygon" else [shape["arcs"]]:
            for ring in polygon:
                found = [p for place in ring for p in (arcs[place] if place >= 0 else arcs[~place][::-1])]
                yield unwrapped(found) if max(y for _, y in found) > POLAR else found


def unwrapped(points: list[Point]) -> list[Point]:
    """Let a ring go on across the date line instead of jumping to the other side of the world."""
    made = points[:1]
    for x, y in points[1:]:
        made.append((x + 36_000 * round((made[-1][0] - x) / 36_000), y))
    return made


def simplified(points: list[Point], tolerance: float) -> list[Point]:
    """Leave out points that lie within the tolerance of the line without them (Douglas and Peucker)."""
    kept, spans = {0, len(points) - 1}, [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        (ax, ay), (bx, by) = points[first], points[last]
        length = hypot(bx - ax, by - ay) or 1e-9
        far, place = tolerance, 0
        for index in range(first + 1, last):
            px, py = points[index]
            closed = (ax, ay) == (bx, by)
            off = (
                hypot(px - ax, py - ay)
                if closed
                else abs((bx - ax) * (ay - py) - (ax - px) * (by - ay)) / length
            )
            if off > far:
                far, place = off, index
        if place:
            kept.add(place)
            spans += [(first, place), (place, last)]
    return [points[index] for index in sorted(kept)]


def area(points: list[Point]) -> float:
    """Give the area that a ring encloses."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise([*points, points[0]]))) / 2


def main(source: str) -> None:
    """Write the outlines."""
    lines = []
    for ring in rings(json.loads(Path(source).read_text("utf-8"))):
        points = [(round(x), round(y)) for x, y in simplified(ring, TOLERANCE)]
        if area([(float(x), float(y)) for x, y in points]) < LEAST:
            continue
        steps = [points[0], *((b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points))]
        lines.append(" ".join(f"{x} {y}" for x, y in steps))
    TARGET.write_text(HEAD + "\n".join(lines) + "\n", "utf-8")
    print(TARGET.stat().st_size)


if __name__ == "__main__":
    main(sys.argv[1])
