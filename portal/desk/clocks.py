"""The desk's clocks: the settings of `clocks.toml`, read and checked once at start."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from portal.desk.rules import Clock, read_clocks

CLOCKS: Final[Mapping[str, Clock]] = read_clocks(
    tomllib.loads(Path(__file__).with_name("clocks.toml").read_text("utf-8"))
)
"""What is owed, by the kind of a case."""
