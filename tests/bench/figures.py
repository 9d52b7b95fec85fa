"""What was measured, as medians with their spread, and as ratios beside what was promised."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.wrk import Load


@dataclass(frozen=True, slots=True)
class Race:
    """The same work done by each, round after round; `loads` by name."""

    title: str
    loads: Mapping[str, Sequence[Load]]

    def rate(self, name: str) -> float:
        """Median of the requests a second."""
        return median(one.rate for one in self.loads[name])

    def ratio(self, other: str) -> float:
        """How many times faster Waxwing is: the median of the rounds' own ratios."""
        pairs = zip(self.loads["waxwing"], self.loads[other], strict=True)
        return median(ours.rate / theirs.rate for ours, theirs in pairs)

    def p99(self, name: str) -> float:
        """Median of the 99th percentiles, in milliseconds."""
        return median(one.p99 for one in self.loads[name])

    def lines(self) -> Iterator[str]:
        """Write one line for each who took part."""
        yield f"\n{self.title}"
        for name, loads in self.loads.items():
            rates = [one.rate for one in loads]
            p50 = median(one.p50 for one in loads)
            spread = f"{min(rates):,.0f} to {max(rates):,.0f}"
            yield (
                f"  {name:<10}{self.rate(name):>8,.0f}/s  ({spread}),"
                f" p50 {p50:.1f} ms, p99 {self.p99(name):.1f} ms"
            )


@dataclass(frozen=True, slots=True)
class Promise:
    """A figure beside what it is to be: at least (`least`) or at most that."""

    title: str
    found: float
    wanted: float
    unit: str
    least: bool = False

    @property
    def kept(self) -> bool:
        """Whether it is."""
        return self.found >= self.wanted if self.least else self.found <= self.wanted

    def line(self) -> str:
        """Write it."""
        sign = "≥" if self.least else "≤"
        verdict = "kept" if self.kept else "BROKEN"
        found, wanted = f"{self.found:.2f} {self.unit}", f"{sign} {self.wanted:g} {self.unit}"
        return f"  {self.title:<58}{found:>12}   {wanted:<10} {verdict}"
