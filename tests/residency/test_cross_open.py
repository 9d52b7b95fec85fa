"""Every cell tries every cell's envelopes: its own open, all others are refused."""

from dataclasses import dataclass
from itertools import permutations, product
from uuid import UUID

import asyncpg
import pytest

from security.fields import FIELDS
from security.keeper.subject_keys import SubjectKey
from security.vault.custody import Custody, CustodyRefused
from security.vault.envelope import Context, EnvelopeRefused, dek_id_of, open_envelope
from security.vault.keys import unwrap_dek
from tests.journeys.running import REGIONS
from tests.residency.conftest import TwoCells


@dataclass(frozen=True, slots=True)
class Held:
    """What lies sealed in one cell, and the keys it was sealed with."""

    custody: Custody
    keys: dict[UUID, SubjectKey]
    envelopes: list[tuple[bytes, Context]]


@pytest.fixture(scope="module")
async def held(house: TwoCells) -> dict[str, Held]:
    """Read the envelopes and wrapped keys of each cell."""
    return {region: await _held(house, region) for region in REGIONS}


async def _held(house: TwoCells, region: str) -> Held:
    cell = house.cell(region)
    keys = await asyncpg.connect(cell.keys_dsn("wx_admin"))
    main = await asyncpg.connect(cell.dsn("wx_admin"))
    try:
        wrapped = await keys.fetch("select id, kek_id, dek from subject_key")
        sealed = await main.fetch(
            "select * from gate_sealed where envelope is not null and field <> 'document.scan'"
        )
    finally:
        await keys.close()
        await main.close()
    envelopes = [
        (row["envelope"], Context(region, field.table, field.column, row["row_id"]))
        for row in sealed
        for field in (FIELDS[row["field"]],)
    ]
    known = {row["id"]: SubjectKey(row["id"], row["kek_id"], row["dek"]) for row in wrapped}
    return Held(Custody.open(f"file:{cell.custody}", region), known, envelopes)


@pytest.mark.parametrize("region", REGIONS)
async def test_each_opens_its_own(held: dict[str, Held], region: str) -> None:
    """With its own custody a cell opens every one of its envelopes, so that a refusal elsewhere means something."""
    own = held[region]
    assert len(own.envelopes) > 300
    for envelope, place in own.envelopes:
        dek = own.keys[dek_id_of(envelope)].unwrap(own.custody)
        assert open_envelope(envelope, dek=dek, context=place)


@pytest.mark.parametrize(("mine", "theirs"), list(permutations(REGIONS, 2)))
async def test_no_custody_unwraps_anothers_key(held: dict[str, Held], mine: str, theirs: str) -> None:
    """A cell's custody knows no key-encryption key of another, and its own opens no data key of another."""
    custody = held[mine].custody
    assert held[theirs].keys
    for key in held[theirs].keys.values():
        with pytest.raises(CustodyRefused):
            key.unwrap(custody)
        for region in (mine, theirs):  # even when it is told the other's region
            with pytest.raises(EnvelopeRefused):
                unwrap_dek(key.dek, dek_id=key.id, kek=custody.kek, region=region)


@pytest.mark.parametrize(("mine", "theirs"), list(permutations(REGIONS, 2)))
async def test_no_key_opens_anothers_envelope(held: dict[str, Held], mine: str, theirs: str) -> None:
    """Every envelope of another cell is refused with a data key of one's own, in its own place or in ours."""
    dek = next(iter(held[mine].keys.values())).unwrap(held[mine].custody)
    for envelope, place in held[theirs].envelopes:
        ours = Context(mine, place.table, place.column, place.row)
        for context in (place, ours):
            with pytest.raises(EnvelopeRefused):
                open_envelope(envelope, dek=dek, context=context)


@pytest.mark.parametrize(("custodian", "region"), list(product(REGIONS, REGIONS)))
def test_a_custody_is_of_one_region(house: TwoCells, custodian: str, region: str) -> None:
    """A custody opens for its own region and for no other (N × N)."""
    url = f"file:{house.cell(custodian).custody}"
    if custodian == region:
        assert Custody.open(url, region).region == region
        return
    with pytest.raises(CustodyRefused):
        Custody.open(url, region)
