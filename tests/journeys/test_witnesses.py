"""The auditor sees that the other region cosigns this ledger, and that the checkpoint anybody can fetch says so."""

import asyncio
import re

import pytest

from audit.note import parse_note
from tests.journeys.checks import TAGS
from tests.journeys.conftest import Enter
from tests.journeys.visit import Visit
from tests.people import of_role

PATIENCE = 100


@pytest.mark.parametrize("tag", TAGS)
async def test_the_other_region_is_a_witness(tag: str, enter: Enter) -> None:
    """The page shows the witness and the ledger cosigned here; the published checkpoint carries the witness's line."""
    visit = await enter(tag)
    await visit.sign_in(of_role("auditor"))
    await visit.go("/witnesses")
    await _until_cosigned(visit)
    await visit.reads("Who cosigns this ledger", "Ledgers that are cosigned here", "Mainland China")
    assert await visit.page.locator("main .pill.ok", has_text=visit.say("Cosigned")).count() >= 2
    await visit.see("witnesses")
    assert re.search("/witness/cn$", await _signers(visit), re.MULTILINE)


async def _until_cosigned(visit: Visit) -> None:
    """Look again until both tables say cosigned: the sign-in itself was an entry a moment ago."""
    for _ in range(PATIENCE):
        if await visit.page.locator("main .pill.ok").count() >= 2:
            return
        await asyncio.sleep(0.1)
        await visit.page.reload()
    raise AssertionError(await visit.words())


async def _signers(visit: Visit) -> str:
    """Name, a line each, who signed the checkpoint once a witness has."""
    names = ""
    for _ in range(PATIENCE):
        answer = await visit.page.request.get(f"{visit.base}/ledger/checkpoint")
        names = "\n".join(one.name for one in parse_note(await answer.body()).signatures)
        if "\n" in names:
            break
        await asyncio.sleep(0.1)
    return names
