"""Load by wrk: one thread, so many callers, so many seconds; what it says is read, any error refused."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("requests.lua")
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
PATIENCE = 30.0  # seconds that wrk may take beyond those it was told
_RATE = re.compile(r"^Requests/sec:\s+([\d.]+)", re.MULTILINE)
_COUNT = re.compile(r"^\s*(\d+) requests in", re.MULTILINE)
_LATENCY = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s|m)\s*$", re.MULTILINE)
_WRONG = re.compile(r"^\s*(Non-2xx or 3xx responses.*|Socket errors.*)$", re.MULTILINE)


class LoadRefused(Exception):  # noqa: N818 - errors are named for what was refused
    """Not every request was answered with success: a rate of errors is no figure."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: `credential` is a whole header line."""

    method: str
    path: str
    credential: str
    body: str = ""

    def line(self) -> str:
        """Write it as `requests.lua` reads it."""
        return f"{self.method}\t{self.path}\t{self.credential}\t{self.body}"


@dataclass(frozen=True, slots=True)
class Load:
    """What one load came to: requests a second, how many in all, latencies in milliseconds."""

    rate: float
    count: int
    p50: float
    p99: float


def load(base: str, asks: Sequence[Ask], folder: Path, *, callers: int, seconds: int) -> Load:
    """Put a load on `base`; the requests are taken in turn. Raises `LoadRefused`."""
    file = folder / "requests.tsv"
    file.touch(mode=0o600)
    file.write_text("".join(ask.line() + "\n" for ask in asks), "utf-8")
    command = ["wrk", "-t1", f"-c{callers}", f"-d{seconds}", "--latency", "--timeout", "10s"]
    said = subprocess.run(
        [*command, "-s", str(SCRIPT), base, "--", str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + PATIENCE,
    )
    wrong = _WRONG.search(said.stdout)
    if said.returncode != 0 or wrong:
        raise LoadRefused(base, wrong.group(1).strip() if wrong else said.stderr.strip())
    return read(said.stdout)


def read(said: str) -> Load:
    """Read what wrk printed."""
    rate, count = _RATE.search(said), _COUNT.search(said)
    latency = {share: float(value) * UNITS[unit] for share, value, unit in _LATENCY.findall(said)}
    if rate is None or count is None or set(latency) != {"50", "99"}:
        raise LoadRefused(said)
    return Load(float(rate.group(1)), int(count.group(1)), latency["50"], latency["99"])
