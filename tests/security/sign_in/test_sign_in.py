"""Signing in: with the right password only, not too often, always an entry, never a name in it."""

import asyncio
import base64
import hashlib
import time
from datetime import timedelta

import pytest
from argon2 import extract_parameters

from security.keeper.client import KeeperRefused, KeeperUnavailable
from security.settings import Cost
from security.sign_in.passwords import WAITING, Passwords, hash_password
from security.sign_in.refusal import Refusal
from tests.database import CellDb
from tests.security.keeper.stage import PASSWORD, QUICK, Stage, staged


async def attempt(stage: Stage, email: str, password: str = PASSWORD, address: str = "192.0.2.7") -> str:
    """Try to sign in and give the refusal's code, or `in`."""
    try:
        await stage.client.sign_in(email, password, "Firefox", address)
    except KeeperRefused as refused:
        return refused.code
    return "in"


async def test_a_session_is_kept_as_a_hash_for_twelve_hours(stage: Stage) -> None:
    """The token has 32 bytes, the database only its SHA-256, and the session ends after twelve hours."""
    signed = await stage.client.sign_in(
        "  Operations@Example.TEST ", PASSWORD, "Firefox · Linux\x1b[2J" * 9, "192.0.2.7"
    )
    assert len(base64.urlsafe_b64decode(signed.token + "=")) == 32
    row = await stage.owner.fetchrow("select * from gate.session where account_id = $1", signed.account)
    assert row["token_hash"] == hashlib.sha256(signed.token.encode()).digest()
    assert row["expires_at"] == signed.expires_at == stage.clock.at + timedelta(hours=12)
    assert row["device"].startswith("Firefox · Linux")
    assert row["device"].isprintable()
    assert len(row["device"]) == 64


async def test_web_finds_the_session_by_the_tokens_hash(stage: Stage) -> None:
    """The function that web calls knows the session until it ends, and nothing of another token."""
    token = await stage.sign_in("operations")
    ask = "select count(*) from gate.session_of($1, $2)"
    await stage.owner.execute(
        "insert into member (id, name, email, locale, time_zone)"
        " select id, '', '', 'en', 'UTC' from gate.account"
    )
    for text, found in ((token, 1), (token + "x", 0)):
        assert (
            await stage.owner.fetchval(ask, hashlib.sha256(text.encode()).digest(), stage.clock.at) == found
        )


async def test_a_wrong_password_and_an_unknown_name_are_told_the_same(stage: Stage) -> None:
    """Wrong password, unknown name, a disabled account and a NUL get one refusal with no more in it."""
    await stage.owner.execute("update gate.account set disabled_at = now() where role = 'sales'")
    refusals = []
    for email, password in (
        ("operations@example.test", "wrong"),
        ("nobody@example.test", PASSWORD),
        ("sales@example.test", PASSWORD),
        ("opera\0tions@example.test", PASSWORD),
        ("", ""),
    ):
        with pytest.raises(KeeperRefused) as refused:
            await stage.client.sign_in(email, password, "Firefox", "192.0.2.7")
        refusals.append((refused.value.code, refused.value.status, refused.value.fields))
    assert set(map(str, refusals)) == {str(("security:wrong_credentials", 401, {}))}


async def test_an_unknown_name_costs_a_password_check(cell_db: CellDb) -> None:
    """With a password that takes long to check, an unknown name takes as long as a known one."""
    async with staged(cell_db, password_cost=Cost(time=4, memory_kib=32_768, lanes=1)) as stage:
        hashed = hash_password(PASSWORD, stage.settings.password_cost)
        await stage.owner.execute("update gate.account set password_hash = $1", hashed)
        spent: dict[str, list[float]] = {"operations@example.test": [], "nobody@example.test": []}
        for _ in range(3):
            for email, times in spent.items():
                began = time.perf_counter()
                await attempt(stage, email, "wrong")
                times.append(time.perf_counter() - began)
        known, unknown = map(min, spent.values())
        assert 0.5 < unknown / known < 2


async def test_openings_and_refusals_are_entries_without_a_name(stage: Stage) -> None:
    """An entry names the account's code, or nobody, and never the sign-in name."""
    await attempt(stage, "operations@example.test")
    await attempt(stage, "operations@example.test", "wrong")
    await attempt(stage, "nobody@example.test")
    code = await stage.owner.fetchval("select code from gate.account where role = 'operations'")
    (opened,) = await stage.leaves("security:session:opened")
    known, unknown = await stage.leaves("security:session:refused")
    assert (opened["who"], opened["role"], opened["dec"]) == (code, "operations", "allow")
    assert (known["who"], known["dec"]) == (code, "deny")
    assert (unknown["who"], unknown["role"]) == ("unknown", "unknown")
    assert known["document"] == unknown["document"] == {"refusal": "security:wrong_credentials"}
    assert "example.test" not in str([opened, known, unknown])


async def test_five_failures_hold_a_name_back(stage: Stage) -> None:
    """After five failures even the right password must wait, from any address, until 900 seconds are over."""
    for n in range(5):
        assert (
            await attempt(stage, "operations@example.test", "wrong", f"192.0.2.{n}")
            == "security:wrong_credentials"
        )
    stage.clock.pass_by(seconds=300)
    with pytest.raises(KeeperRefused) as refused:
        await stage.client.sign_in("Operations@example.test", PASSWORD, "Firefox", "192.0.2.99")
    assert (refused.value.code, refused.value.status) == ("security:too_many_attempts", 429)
    assert refused.value.fields == {"retry_after": 600}
    assert await attempt(stage, "finance@example.test") == "in"
    stage.clock.pass_by(seconds=599)
    assert await attempt(stage, "operations@example.test") == "security:too_many_attempts"
    stage.clock.pass_by(seconds=1)
    assert await attempt(stage, "operations@example.test") == "in"


async def test_guesses_at_once_do_not_slip_past_the_count(stage: Stage) -> None:
    """Of forty guesses at one name at once only five are checked, and being held back is one entry."""
    guesses = (attempt(stage, "operations@example.test", f"guess {n}") for n in range(40))
    answers = await asyncio.gather(*guesses)
    assert answers.count("security:wrong_credentials") == 5
    assert answers.count("security:too_many_attempts") == 35
    assert len(await stage.leaves("security:session:refused")) == 6


async def test_fifty_failures_hold_an_address_back(stage: Stage) -> None:
    """Fifty names tried from one address hold that address back, for every name, and no other address."""
    for n in range(50):
        assert await attempt(stage, f"name{n}@example.test") == "security:wrong_credentials"
    assert await attempt(stage, "operations@example.test") == "security:too_many_attempts"
    assert await attempt(stage, "operations@example.test", address="192.0.2.8") == "in"


async def test_a_success_begins_the_count_anew(stage: Stage) -> None:
    """Four failures, a success, and four more failures do not hold a name back."""
    for password in ["wrong"] * 4 + [PASSWORD] + ["wrong"] * 4:
        await attempt(stage, "operations@example.test", password)
    assert await attempt(stage, "operations@example.test") == "in"


async def test_the_throttle_holds_no_name(stage: Stage) -> None:
    """What is counted stands under keys of 32 bytes that are no plain hash of name or address."""
    await attempt(stage, "operations@example.test", "wrong")
    keys = [row["key"] for row in await stage.owner.fetch("select key from gate.throttle")]
    plain = [hashlib.sha256(text).digest() for text in (b"operations@example.test", b"192.0.2.7")]
    assert [len(key) for key in keys] == [32, 32]
    assert not set(keys) & set(plain)


async def test_an_old_hash_is_renewed_at_sign_in(stage: Stage) -> None:
    """A password hashed with other parameters still opens, and is then kept with the present ones."""
    old = hash_password(PASSWORD, Cost(time=2, memory_kib=16, lanes=1))
    await stage.owner.execute("update gate.account set password_hash = $1 where role = 'operations'", old)
    assert await attempt(stage, "operations@example.test") == "in"
    new = await stage.owner.fetchval("select password_hash from gate.account where role = 'operations'")
    assert extract_parameters(new).time_cost == QUICK.time
    assert await attempt(stage, "operations@example.test") == "in"


async def test_a_damaged_hash_opens_nothing(stage: Stage) -> None:
    """An account whose stored hash is no argon2 hash is refused like any other, not a failure."""
    await stage.owner.execute("update gate.account set password_hash = 'x' where role = 'operations'")
    assert await attempt(stage, "operations@example.test") == "security:wrong_credentials"


async def test_a_session_without_its_entry_is_not_told(stage: Stage) -> None:
    """When the ledger cannot cover the sign-in, no token is given."""
    await stage.owner.execute("revoke insert on ledger_leaf from wx_keeper")
    with pytest.raises(KeeperUnavailable):
        await stage.client.sign_in("operations@example.test", PASSWORD, "Firefox", "192.0.2.7")


async def test_the_queue_of_passwords_is_bounded() -> None:
    """When as many wait as may, the next is refused at once instead of waiting."""
    passwords = Passwords(Cost(time=1, memory_kib=1024, lanes=1), 1)
    waiting = [asyncio.ensure_future(passwords.check(None, "x")) for _ in range(WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(Refusal) as refused:
        await passwords.check(None, "x")
    assert refused.value.code == "security:too_many_attempts"
    assert not any(checked.right for checked in await asyncio.gather(*waiting))
    passwords.close()


def test_the_usual_cost_is_that_of_rfc_9106() -> None:
    """By default a password costs 3 passes over 64 MiB in 4 lanes, and two hashes of one password differ."""
    first, second = hash_password(PASSWORD), hash_password(PASSWORD)
    used = extract_parameters(first)
    assert (used.time_cost, used.memory_cost, used.parallelism, used.type.name) == (3, 65_536, 4, "ID")
    assert first != second
