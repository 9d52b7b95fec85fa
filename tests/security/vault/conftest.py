"""Known answers, read where the project keeps them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "vectors"


@pytest.fixture(scope="session")
def vectors() -> Callable[[str], Any]:
    """Return a reader of `tests/vectors/<name>.json`."""
    return lambda name: json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def known(vectors: Callable[[str], Any]) -> Any:
    """Return the known answers of the project's own formats."""
    return vectors("waxwing-kat-v1")
