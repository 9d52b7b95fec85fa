"""Trying the gate: each planted leak with the part of the gate that must name it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from portal.web import metrics
from tests.house.leakage import planted as leaks
from tests.house.leakage.canaries import Canaries
from tests.house.leakage.doings import worked
from tests.house.leakage.grounds import Grounds, plant
from tests.house.leakage.oracles import absences, faults, lengths, orders, searches
from tests.house.leakage.stores import mailed, overheard, stored
from tests.house.leakage.sweep import sweep

Patch = pytest.MonkeyPatch
Found = Awaitable[list[Any]]
PROFILE = r"^GET /passengers/\{wanted:str\}$"
PROGRAM = r"^GET /api/v1/passengers/\{wanted:str\}$"


@dataclass(frozen=True)
class Planted:
    """One leak: how it is built in, and the part of the gate that must name it."""

    build: Callable[[Patch, Grounds, Canaries], None]
    look: Callable[[Grounds, Canaries], Found]
    late: bool = False  # built in only when the passenger is there


def going(only: str) -> Callable[[Grounds, Canaries], Found]:
    """Look along these ways."""
    return lambda ground, canaries: sweep(ground, canaries, only=only)


async def kept(ground: Grounds, canaries: Canaries) -> list[Any]:
    """Look into what is stored after somebody has looked at a passenger."""
    await sweep(ground, canaries, only=PROGRAM)
    await ground.house.stage.client.status()
    return await stored(ground, canaries)


async def said(ground: Grounds, canaries: Canaries) -> list[Any]:
    """Listen to the logs while somebody looks at a passenger."""
    with overheard() as lines:
        await sweep(ground, canaries, only=PROGRAM)
    return sorted(canaries.spot("\n".join(lines)))


async def sent(ground: Grounds, canaries: Canaries) -> list[Any]:
    """Look into the mails."""
    return mailed(ground, canaries)


async def counted(ground: Grounds, canaries: Canaries) -> list[Any]:
    """Look into the metrics after somebody has looked at a passenger."""
    await sweep(ground, canaries, only=PROFILE)
    return sorted(canaries.spot(metrics.exposition().decode()))


async def ordered(ground: Grounds, canaries: Canaries) -> list[Any]:
    """Look at the order of lists."""
    return await orders(ground)


async def measured(ground: Grounds, canaries: Canaries) -> list[Any]:
    """Compare lengths."""
    return await lengths(ground)


async def missed(ground: Grounds, canaries: Canaries) -> list[Any]:
    """Compare those who are not there with those who are not one's own."""
    return await absences(ground)


PLANTED = {
    "page": Planted(leaks.on_a_page, going(PROFILE)),
    "tags": Planted(leaks.between_tags, going(PROFILE)),
    "language": Planted(leaks.in_one_language, going(PROFILE)),
    "date": Planted(leaks.as_a_date, going(PROFILE)),
    "mask": Planted(leaks.as_the_mask, going(PROGRAM)),
    "base64": Planted(leaks.coded, going(PROGRAM)),
    "wide mask": Planted(leaks.wide_mask, going(PROGRAM)),
    "role": Planted(leaks.to_one_role, going(PROGRAM)),
    "header": Planted(leaks.in_a_header, going(PROGRAM)),
    "address": Planted(leaks.in_an_address, going("remove$")),
    "echo": Planted(leaks.echoed, going("^POST /passengers$")),
    "error": Planted(leaks.in_an_error, going("^POST /api/v1/passengers$")),
    "refusal": Planted(leaks.in_a_refusal_of_the_keeper, going("^POST /api/v1/passengers$"), late=True),
    "traceback": Planted(leaks.in_a_traceback, faults),
    "log of faults": Planted(leaks.in_a_log_of_faults, faults),
    "log line": Planted(leaks.in_a_log_line, said),
    "ledger": Planted(leaks.in_the_ledger, kept),
    "column": Planted(leaks.in_a_column, kept),
    "export": Planted(leaks.in_an_export, going("bundle$")),
    "mail": Planted(leaks.in_a_mail, sent),
    "calendar": Planted(leaks.in_a_calendar, going("^GET /feeds")),
    "paper": Planted(leaks.on_paper, going("sheet.pdf$")),
    "metric": Planted(leaks.in_a_metric, counted),
    "search": Planted(leaks.found_by_value, searches),
    "order": Planted(leaks.sorted_by_value, ordered),
    "length": Planted(leaks.long_mask, measured),
    "not found": Planted(leaks.told_foreign, missed),
    "time": Planted(leaks.slow_foreign, missed),
}


async def caught(ground: Grounds, name: str, n: int) -> list[Any]:
    """Build one leak in, plant a passenger, and look."""
    planted = PLANTED[name]
    with pytest.MonkeyPatch.context() as patch:
        if not planted.late:
            planted.build(patch, ground, Canaries(n))
        canaries = await plant(ground, n)
        if name in {"mail", "export"}:
            await worked(ground)
        if planted.late:
            planted.build(patch, ground, canaries)
        return list(await planted.look(ground, canaries))
