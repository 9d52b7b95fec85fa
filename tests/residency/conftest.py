"""The running house of the journeys with its two cells, for tests of what stays where."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.cell import Cell
from infra.front import Front
from tests.journeys.running import REGIONS, Site, lived_in


@dataclass(frozen=True, slots=True)
class TwoCells:
    """The house, its places on this disk, and who can sign in where."""

    site: Site

    @property
    def data(self) -> Path:
        """The data folder of the house."""
        return Path(self.site.data)

    def cell(self, region: str) -> Cell:
        """Give the places of a region's cell."""
        return Cell(self.data, region)

    @property
    def front(self) -> Front:
        """Give the places of the front door."""
        return Front(self.data)

    @property
    def sheet(self) -> dict[str, Any]:
        """What demo.json says."""
        read: dict[str, Any] = json.loads((self.data / "demo.json").read_text("utf-8"))
        return read

    def account(self, region: str, role: str) -> dict[str, Any]:
        """Give the first account of a role in a region."""
        accounts = self.sheet["accounts"]
        found: dict[str, Any] = next(a for a in accounts if (a["region"], a["role"]) == (region, role))
        return found

    def client(self, region: str, role: str = "") -> httpx.AsyncClient:
        """Give a client of a cell's API that speaks for a role, or for nobody."""
        token = self.account(region, role)["token"] if role else ""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx.AsyncClient(base_url=self.site.cells[region], headers=headers, timeout=30)


@pytest.fixture(scope="session")
def house() -> Iterator[TwoCells]:
    """Give the running house."""
    with lived_in() as site:
        assert tuple(site.cells) == REGIONS
        yield TwoCells(site)
