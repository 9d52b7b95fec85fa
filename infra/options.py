"""The arguments of `run`, read before anything is installed and again by `infra.run`."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.refusal import Refused

ROOT = Path(__file__).resolve().parent.parent
REGIONS = ("eu", "cn", "us", "me")
USUAL = "eu,cn"
HIGHEST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Options:
    """What `run` was asked to do; `data` is absolute, cells are on the ports after `port`."""

    port: int
    regions: tuple[str, ...]
    fresh: bool
    demo: bool
    data: Path

    @property
    def front(self) -> str:
        """Address of the front door."""
        return f"http://localhost:{self.port}"

    @property
    def cells(self) -> dict[str, str]:
        """Address by region."""
        return {
            region: f"http://localhost:{self.port + 1 + index}" for index, region in enumerate(self.regions)
        }

    @property
    def ports(self) -> tuple[int, ...]:
        """Every port that will be listened on."""
        return tuple(range(self.port, self.port + 1 + len(self.regions)))


def read_options(arguments: Sequence[str]) -> Options:
    """Read the arguments of `run`. Raises `infra:no_region`, `infra:unknown_region`, `infra:region_twice`."""
    parser = argparse.ArgumentParser(
        prog="infra/dev.py run", description="Start the whole house and serve it."
    )
    parser.add_argument(
        "--port", type=_port, default=8080, help="of the front door; cells follow (default 8080)"
    )
    parser.add_argument(
        "--regions", default=USUAL, help=f"any of {', '.join(REGIONS)}, in order (default {USUAL})"
    )
    parser.add_argument("--fresh", action="store_true", help="forget everything stored and begin anew")
    parser.add_argument("--no-demo", action="store_true", help="do not load the demo")
    parser.add_argument("--data", default=str(ROOT / "var"), help="where to keep everything (default var/)")
    given = parser.parse_args(arguments)
    regions = _regions(given.regions)
    return Options(given.port, regions, given.fresh, not given.no_demo, Path(given.data).absolute())


def _regions(text: str) -> tuple[str, ...]:
    regions = tuple(part.strip() for part in text.split(",") if part.strip())
    if not regions:
        raise Refused("infra:no_region", known=", ".join(REGIONS))
    for place, region in enumerate(regions):
        if region not in REGIONS:
            raise Refused("infra:unknown_region", region=region, known=", ".join(REGIONS))
        if region in regions[:place]:
            raise Refused("infra:region_twice", region=region)
    return regions


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= HIGHEST_PORT - len(REGIONS):
        raise argparse.ArgumentTypeError(f"a number from 1 to {HIGHEST_PORT - len(REGIONS)} is needed")
    return int(text)
