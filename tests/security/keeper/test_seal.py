"""Sealing: who may, into which rows, and what comes back."""

import asyncio
import re

import asyncpg
import pytest
import uuid_utils.compat as uuids

from security.keeper.client import KeeperRefused, SealItem
from security.vault.custody import Custody
from security.vault.envelope import dek_id_of
from tests.security.keeper.stage import PASSPORT, Stage, request


async def refused(stage: Stage, token: str, subject, org, items: list[SealItem]) -> tuple[str, int]:
    """Ask to seal what must be refused."""
    with pytest.raises(KeeperRefused) as refusal:
        await stage.client.seal(token, request(), subject, org, items)
    return refusal.value.code, refusal.value.status


async def test_each_field_comes_back_with_its_mask(stage: Stage) -> None:
    """Documents keep three characters, cards brand and four, IBANs country and four, the rest none."""
    items = [
        SealItem("passport.number", uuids.uuid7(), PASSPORT, "NLD"),
        SealItem("card.number", uuids.uuid7(), "4111111111111111"),
        SealItem("iban", uuids.uuid7(), "NL91ABNA0417164300"),
        SealItem("birth_date", stage.mei, "1990-02-28"),
    ]
    sealed = await stage.client.seal(await stage.sign_in("booker"), request(), stage.mei, stage.org, items)
    shown = [(one.field, one.row, one.mask and re.sub("•", "*", one.mask), one.label) for one in sealed]
    assert shown == [
        ("passport.number", items[0].row, "******FW4", None),
        ("card.number", items[1].row, "****1111", "visa"),
        ("iban", items[2].row, "****4300", "NL"),
        ("birth_date", stage.mei, None, None),
    ]
    assert all(item.value.encode() not in one.envelope for item, one in zip(items, sealed, strict=True))


async def test_every_sealed_value_is_an_entry(stage: Stage) -> None:
    """Three values are three leaves before the answer, each with its field and key, none with the value."""
    items = [
        SealItem(field, uuids.uuid7(), "12345678") for field in ("visa.number", "card.expiry", "card.holder")
    ]
    await stage.client.seal(await stage.sign_in("booker"), request(), stage.mei, stage.org, items)
    leaves = await stage.leaves("passengers:visa:sealed") + await stage.leaves("passengers:card:sealed")
    assert [leaf["res"] for leaf in leaves] == ["visa.number", "card.expiry", "card.holder"]
    assert leaves[0]["dek"] != leaves[1]["dek"] == leaves[2]["dek"]
    assert not any("12345678" in str(leaf) for leaf in leaves)


async def test_a_subject_has_one_key_per_class_however_many_ask_at_once(stage: Stage) -> None:
    """Sixteen seals at once for a subject without keys leave one key per class, used by all."""
    token = await stage.sign_in("booker")
    subject = uuids.uuid7()
    rows = [uuids.uuid7() for _ in range(16)]
    sealed = await asyncio.gather(
        *(
            stage.client.seal(token, request(), subject, stage.org, [SealItem("visa.number", row, "V1")])
            for row in rows
        )
    )
    assert len({dek_id_of(one.envelope) for (one,) in sealed}) == 1
    keys = await asyncpg.connect(stage.db.keys_dsn("wx_admin"))
    try:
        assert await keys.fetchval("select count(*) from subject_key where subject_id = $1", subject) == 1
        assert await keys.fetchval("select org_id from subject where id = $1", subject) == stage.org
    finally:
        await keys.close()


async def test_a_key_is_stored_wrapped(stage: Stage) -> None:
    """The key store holds the data key only under the region's key, which is not there."""
    await stage.seal("passport.number", PASSPORT)
    custody = Custody.open(stage.settings.custodian, "eu")
    keys = await asyncpg.connect(stage.db.keys_dsn("wx_admin"))
    try:
        row = await keys.fetchrow("select kek_id, dek from subject_key")
    finally:
        await keys.close()
    assert row["kek_id"] == custody.kek_id
    assert len(row["dek"]) == 164
    assert custody.kek not in row["dek"]


async def test_a_row_of_another_subject_is_refused(stage: Stage) -> None:
    """A row sealed or stored for one subject takes no value of another, and nothing is claimed."""
    own = await stage.seal("passport.number", PASSPORT)
    stored = uuids.uuid7()
    await stage.owner.execute(
        "insert into bank_account (id, passenger_id, org_id) values ($1, $2, $3)",
        stored,
        stage.stranger,
        stage.other_org,
    )
    token = await stage.sign_in("booker")
    fresh = uuids.uuid7()
    for row in (own.row, stored):
        items = [SealItem("visa.number", fresh, "V1"), SealItem("visa.number", row, "V2")]
        assert await refused(stage, token, uuids.uuid7(), stage.org, items) == ("passengers:not_yours", 403)
    keys = await asyncpg.connect(stage.db.keys_dsn("wx_admin"))
    try:
        assert await keys.fetchval("select count(*) from sealed_row where id = $1", fresh) == 0
    finally:
        await keys.close()
    denied = [leaf for leaf in await stage.leaves("passengers:visa:sealed") if leaf["dec"] == "deny"]
    assert [leaf["document"] for leaf in denied] == [{"refusal": "passengers:not_yours"}] * 2


async def test_nobody_seals_for_whom_they_may_not_edit(stage: Stage) -> None:
    """Another organisation, another traveller, and every desk are refused."""
    item = [SealItem("passport.number", uuids.uuid7(), PASSPORT)]
    cases = [
        ("booker", stage.stranger, stage.org),
        ("booker", stage.stranger, stage.other_org),
        ("booker", uuids.uuid7(), stage.other_org),
        ("traveller", stage.stranger, stage.org),
        ("traveller", uuids.uuid7(), stage.org),
        ("operations", stage.mei, stage.org),
        ("administrator", stage.mei, stage.org),
    ]
    for role, subject, org in cases:
        assert await refused(stage, await stage.sign_in(role), subject, org, item) == (
            "passengers:not_yours",
            403,
        )


async def test_a_subject_stays_with_its_first_organisation(stage: Stage) -> None:
    """A subject sealed for one organisation, not yet stored by web, cannot be taken over by another."""
    subject = uuids.uuid7()
    await stage.seal("passport.number", PASSPORT, subject)
    await stage.owner.execute("update gate.account set org_id = $1 where role = 'booker'", stage.other_org)
    items = [SealItem("visa.number", uuids.uuid7(), "V1")]
    token = await stage.sign_in("booker")
    assert await refused(stage, token, subject, stage.other_org, items) == ("passengers:not_yours", 403)


async def test_a_traveller_seals_the_own_passport(stage: Stage) -> None:
    """A traveller may seal for the own passenger."""
    item = SealItem("passport.number", uuids.uuid7(), PASSPORT)
    (sealed,) = await stage.client.seal(
        await stage.sign_in("traveller"), request(), stage.mei, stage.org, [item]
    )
    assert sealed.row == item.row


async def test_a_birth_date_stands_in_the_subjects_own_row(stage: Stage) -> None:
    """A birth date for another row than the subject's, or a passport in the subject's own, is refused."""
    token = await stage.sign_in("booker")
    for item in (
        SealItem("birth_date", uuids.uuid7(), "1990-02-28"),
        SealItem("visa.number", stage.mei, "V1"),
    ):
        assert await refused(stage, token, stage.mei, stage.org, [item]) == ("passengers:not_yours", 403)


@pytest.mark.parametrize(
    ("field", "value", "answer"),
    [
        ("shoe.size", "42", ("passengers:unknown_field", 422)),
        ("card.holder", "字" * 171, ("passengers:value_too_long", 422)),
        ("card.holder", "a" * 513, ("security:malformed_request", 422)),
        ("card.holder", "", ("security:malformed_request", 422)),
    ],
)
async def test_odd_values_are_refused(stage: Stage, field: str, value: str, answer: tuple[str, int]) -> None:
    """An unknown field and values of no byte or more than 512 bytes are refused."""
    items = [SealItem(field, uuids.uuid7(), value)]
    assert await refused(stage, await stage.sign_in("booker"), stage.mei, stage.org, items) == answer


async def test_a_value_of_512_bytes_fits(stage: Stage) -> None:
    """The longest value allowed is sealed."""
    sealed = await stage.seal("card.holder", "字" * 170 + "aa")
    assert len(sealed.envelope) == 100 + 544
