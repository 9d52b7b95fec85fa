"""The two races: round after round each takes its turn, so that whatever else the machine does hits all alike."""

from collections.abc import Iterator
from itertools import chain

from tests.bench.callers import lists, reveals
from tests.bench.coverage import Coverage, entries, settle
from tests.bench.figures import Promise, Race
from tests.bench.rivals import PEERS, credential
from tests.bench.stage import Stage
from tests.bench.wrk import Ask, Load, load

LISTED, REVEALED = "passengers:list:viewed", "passengers:passport:revealed"
LIST_CALLERS, REVEAL_CALLERS = 8, 32
WARM_SECONDS = 2


class Races:
    """Races on one stage, of so many rounds and so many seconds for each load."""

    def __init__(self, stage: Stage, rounds: int, seconds: int) -> None:
        self._stage = stage
        self._rounds = rounds
        self._seconds = seconds

    def lists(self) -> list[Promise]:
        """50 masked passengers, and an entry for each view."""
        asks = {"waxwing": lists(self._stage)} | self._of_peers("/passengers/3")
        race, age = self._race("Masked list of 50 with its entry", asks, LIST_CALLERS, LISTED)
        return [
            Promise("list, times the Django peer", race.ratio("django"), 6, "×", least=True),
            Promise("list: written until published checkpoint, longest", age, 1, "s"),
        ]

    def reveals(self) -> list[Promise]:
        """One sealed number opened, with the proof of its entry."""
        asks = {"waxwing": reveals(self._stage, REVEAL_CALLERS)} | self._of_peers("/reveal/77")
        race, age = self._race("Reveal with proof", asks, REVEAL_CALLERS, REVEALED)
        return [
            Promise("reveal, times the Django peer", race.ratio("django"), 6, "×", least=True),
            Promise("reveal, times the floor under it", race.ratio("limit"), 0.6, "×", least=True),
            Promise("reveal: 99th percentile at 32 callers", race.p99("waxwing"), 100, "ms"),
            Promise("reveal: written until published checkpoint, longest", age, 1, "s"),
        ]

    def _of_peers(self, path: str) -> dict[str, list[Ask]]:
        addresses = self._stage.addresses
        return {name: [Ask("GET", path, credential(name, addresses[name]))] for name in PEERS}

    def _race(self, title: str, asks: dict[str, list[Ask]], callers: int, kind: str) -> tuple[Race, float]:
        """Run the rounds, then once more with somebody watching the checkpoint; print what came of it."""
        for name, asked in asks.items():
            self._load(name, asked, callers, WARM_SECONDS)
        settle(self._stage)
        before = entries(self._stage, kind)
        loads: dict[str, list[Load]] = {name: [] for name in asks}
        drains = []
        for name in chain.from_iterable([asks] * self._rounds):
            loads[name].append(self._load(name, asks[name], callers, self._seconds))
            drains.append(settle(self._stage))  # nobody pays for what another left behind
        race = Race(f"{title}, {callers} callers", loads)
        written = entries(self._stage, kind) - before
        with Coverage(self._stage) as coverage:
            self._load("waxwing", asks["waxwing"], callers, self._seconds)
        print("\n".join([*race.lines(), *_beside(race, written, max(drains), coverage)]), flush=True)
        return race, max(coverage.ages)

    def _load(self, name: str, asks: list[Ask], callers: int, seconds: int) -> Load:
        address, folder = self._stage.addresses[name], self._stage.folder
        return load(address, asks, folder, callers=callers, seconds=seconds)


def _beside(race: Race, written: int, drained: float, coverage: Coverage) -> Iterator[str]:
    answers = sum(one.count for one in race.loads["waxwing"])
    yield "  waxwing is " + ", ".join(f"{race.ratio(name):.2f} × {name}" for name in PEERS)
    yield f"  {written:,} entries for {answers:,} answers; all covered {drained:.2f} s after a load at most"
    ages = sorted(coverage.ages)
    middle = ages[len(ages) // 2]
    yield f"  until covered, under load: median {middle:.2f} s, longest {ages[-1]:.2f} s of {len(ages)}"
