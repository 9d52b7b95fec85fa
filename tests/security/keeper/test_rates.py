"""How often: per person, per hour and per role, and a restart gives nobody a fresh start."""

from datetime import timedelta

import pytest
import uuid_utils.compat as uuids

from security.actor import ROLES
from security.keeper.client import KeeperRefused
from security.keeper.rates import OF_PERSON, OF_ROLE, Rates
from security.policy.rates import RATES, SOURCE, RoleRate, load_rates
from security.policy.rule import MatrixRefused
from security.sign_in.sessions import Session
from tests.security.keeper.stage import NOON, PASSPORT, PASSWORD, Stage, keeper, ready, request

TEXT = SOURCE.read_text(encoding="utf-8")
NUMBERS = {"operations": RoleRate(2, 3, 4)}


def person(code: str, role: str = "operations") -> Session:
    """Make a caller."""
    return Session(uuids.uuid7(), uuids.uuid7(), role, None, None, code)


def at(seconds: float):
    """Say when, in seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def test_a_person_is_held_back_by_the_minute_and_by_the_hour() -> None:
    """Two in a minute pass, then one waits; three in an hour pass, then one waits for the rest of the hour."""
    rates, mei = Rates(numbers=NUMBERS), person("st_1")
    assert [rates.held_back(mei, at(n)) for n in (0, 10)] == [None, None]
    back = rates.held_back(mei, at(20))
    assert (back.code, back.seconds) == (OF_PERSON, 40)
    assert rates.held_back(mei, at(61)) is None
    back = rates.held_back(mei, at(130))
    assert (back.code, back.seconds) == (OF_PERSON, 3470)


def test_a_role_is_held_back_as_a_whole() -> None:
    """Four questions of all people of a role pass in a minute; another person of the role waits, other roles do not."""
    rates = Rates(numbers=NUMBERS | {"finance": RoleRate(2, 3, 4)})
    for code in ("st_1", "st_2"):
        assert [rates.held_back(person(code), at(n)) for n in (0, 1)] == [None, None]
    back = rates.held_back(person("st_3"), at(2))
    assert (back.code, back.seconds) == (OF_ROLE, 58)
    assert rates.held_back(person("st_4", "finance"), at(2)) is None
    assert rates.held_back(person("st_3"), at(61)) is None


def test_every_role_has_its_numbers() -> None:
    """The file names each role once, and a gap, a stranger or numbers without sense are refused by name."""
    assert set(RATES) == set(ROLES)
    for old, new, reason in (
        ("[rates.sales]", "[rates.nobody]", "unknown_role"),
        ("person_hour = 60\n", "", "unreadable"),
        ("person_minute = 20", "person_minute = 0", "unreadable"),
        ("person_minute = 20", "person_minute = 500", "rate_without_sense"),
        ("version = 1", "version = 2", "unknown_version"),
    ):
        with pytest.raises(MatrixRefused) as refused:
            load_rates(TEXT.replace(old, new, 1))
        assert refused.value.reason == reason


async def test_a_restart_gives_nobody_a_fresh_start(stage: Stage) -> None:
    """What a person asked before the keeper ended counts in the next one: it is in the ledger."""
    await stage.on_file("passport.number", PASSPORT)
    token = await stage.sign_in("operations")
    for _ in range(RATES["operations"].person_minute):
        with pytest.raises(KeeperRefused):
            await stage.reveal(token)
    await stage.ended()
    async with keeper(stage.settings, stage.clock) as (client, _):
        await ready(client)
        stage.client = client
        with pytest.raises(KeeperRefused) as refused:
            await stage.reveal(token)
        assert (refused.value.code, refused.value.status) == (OF_PERSON, 429)
        assert 0 < refused.value.fields["retry_after"] <= 60
        stage.clock.pass_by(seconds=61)
        await client.step_up(token, request(), PASSWORD)
        assert (await stage.reveal(token)).index
