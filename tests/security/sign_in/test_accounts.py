"""Accounts: opened once per name and passenger, with a code that is nobody's name."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
import uuid_utils.compat as uuids

from security.settings import KeeperSettings, SettingsRefused
from security.sign_in.accounts import open_account, sign_in_name
from security.sign_in.passwords import hash_password
from security.sign_in.refusal import Refusal
from tests.database import CellDb


@pytest_asyncio.fixture(loop_scope="session")
async def keeper(cell_db: CellDb) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """Connect as the keeper does."""
    connection = await asyncpg.connect(cell_db.dsn("wx_keeper"))
    yield connection
    await connection.close()


async def test_codes_tell_staff_from_members(keeper) -> None:
    """Staff are `st_…`, members `m_…`; a given id and code are kept."""
    org, wanted = uuids.uuid7(), uuids.uuid7()
    staff = await open_account(keeper, email="a@example.test", password_hash="x", role="sales")
    member = await open_account(keeper, email="b@example.test", password_hash="x", role="booker", org=org)
    named = await open_account(
        keeper, email="c@example.test", password_hash="x", role="sales", account=wanted, code="st_1"
    )
    assert staff.code.startswith("st_")
    assert member.code.startswith("m_")
    assert (named.id, named.code) == (wanted, "st_1")


async def test_a_name_a_passenger_and_a_code_have_one_account(keeper) -> None:
    """A second account for the same name in other letters, the same passenger or the same code is refused."""
    org, passenger = uuids.uuid7(), uuids.uuid7()
    usual = {"password_hash": "x", "role": "traveller", "org": org, "passenger": passenger, "code": "m_1"}
    await open_account(keeper, email="Mei@Example.test", **usual)
    for change in (
        {"email": " mei@EXAMPLE.test", "passenger": uuids.uuid7(), "code": "m_2"},
        {"email": "other@example.test", "code": "m_3"},
        {"email": "third@example.test", "passenger": uuids.uuid7()},
    ):
        with pytest.raises(Refusal, match="security:account_exists"):
            await open_account(keeper, **(usual | change))
    assert await keeper.fetchval("select count(*) from gate.account") == 1


async def test_a_role_and_its_organisation_must_fit(keeper) -> None:
    """An unknown role, a booker without and a sales agent with an organisation are refused."""
    for role, org in (("owner", None), ("booker", None), ("sales", uuids.uuid7())):
        with pytest.raises(Refusal, match="security:role_unknown"):
            await open_account(keeper, email="a@example.test", password_hash="x", role=role, org=org)


def test_a_name_has_one_spelling() -> None:
    """Letters of either case, composed or not, with spaces around, are one name."""
    assert (
        sign_in_name(" Jose\u0301@Example.test ") == sign_in_name("JOSÉ@example.test") == "josé@example.test"
    )


async def test_each_hash_has_its_own_salt() -> None:
    """The same password hashed again, at the usual cost, is another hash."""
    hashes = await asyncio.gather(*(asyncio.to_thread(hash_password, "demo") for _ in range(4)))
    assert len(set(hashes)) == 4


def test_settings_name_every_missing_variable_and_print_no_password() -> None:
    """What is missing or wrong is refused by its name; what is there does not print its addresses."""
    complete = {
        "WX_REGION": "eu",
        "WX_DATABASE_URL": "postgresql://wx_keeper:sesame@/wx",
        "WX_KEYSTORE_URL": "postgresql://wx_keeper:sesame@/wx_keys",
        "WX_KEEPER_URL": "unix:/run/wx%20eu/k.sock",
        "WX_CUSTODIAN": "file:/custody",
        "WX_BLOB_URL": "file:/blobs",
        "WX_STEP_UP_USES": "99",
    }
    settings = KeeperSettings.from_environment(complete)
    assert (str(settings.socket), settings.limits.step_up_uses) == ("/run/wx eu/k.sock", 99)
    assert "sesame" not in repr(settings)
    with pytest.raises(SettingsRefused) as refused:
        KeeperSettings.from_environment({"WX_REGION": "eu", "WX_BLOB_URL": "file:/b", "WX_CUSTODIAN": ""})
    assert refused.value.names == ("WX_DATABASE_URL", "WX_KEYSTORE_URL", "WX_KEEPER_URL", "WX_CUSTODIAN")
    for change in ({"WX_STEP_UP_USES": "many"}, {"WX_STEP_UP_USES": "0"}, {"WX_BLOB_URL": "s3://bucket/x"}):
        with pytest.raises(SettingsRefused) as refused:
            KeeperSettings.from_environment(complete | change)
        assert refused.value.names == tuple(change)
