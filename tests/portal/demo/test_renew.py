"""A later start: everybody signs in anew, nothing is loaded twice, a cell of others is left alone."""

import asyncio
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from portal.commands.demo import demo as command
from portal.demo import renew as renewing
from portal.demo.renew import KeeperSilent, is_empty, renew
from portal.demo.settings import NEEDED, read_demo_settings
from security.keeper.client import KeeperUnavailable
from security.sign_in.tokens import token_hash
from tests.people import ACCOUNTS, of_role
from tests.portal.demo.conftest import AT, environment_of


async def test_a_later_start_writes_new_tokens(demo, served, tmp_path):
    """On a cell that is not empty everybody signs in through the keeper, and the sheet has new tokens."""
    before = {account["token"] for account in demo.sheet["accounts"]}
    passengers = await demo.admin.fetchval("select count(*) from passenger")
    assert not await is_empty(demo.settings)
    assert await renew(demo.settings, tmp_path) == len(ACCOUNTS)
    sheet = json.loads((tmp_path / "demo.json").read_text("utf-8"))
    tokens = [account["token"] for account in sheet["accounts"]]
    assert not before & set(tokens)
    for token in tokens:
        assert await demo.admin.fetchrow("select * from gate.session_of($1, $2)", token_hash(token), AT)
    assert [a["org"] for a in sheet["accounts"]] == [a["org"] for a in demo.sheet["accounts"]]
    assert await demo.admin.fetchval("select count(*) from passenger") == passengers


async def test_a_cell_begun_without_the_demo_is_left_alone(demo, served, cell_db, tmp_path):
    """Where none of the demo's accounts is, nobody is guessed at and the sheet has no account."""
    settings = replace(demo.settings, database_url=cell_db.dsn("wx_admin"))
    assert await is_empty(settings)
    before = await demo.admin.fetchval("select count(*) from ledger_leaf")
    assert await renew(settings, tmp_path) == 0
    assert json.loads((tmp_path / "demo.json").read_text("utf-8"))["accounts"] == []
    assert await demo.admin.fetchval("select count(*) from ledger_leaf") == before


async def test_a_silent_keeper_is_said(demo, tmp_path, monkeypatch):
    """Without a keeper a later start gives up after its patience, and no sheet is written."""
    monkeypatch.setattr(renewing, "PATIENCE", renewing.PATIENCE / 100)
    settings = replace(demo.settings, keeper_url=f"unix:{tmp_path / 'nobody.sock'}")
    with pytest.raises(KeeperSilent):
        await renew(settings, tmp_path)
    assert not (tmp_path / "demo.json").exists()


def test_the_command_names_what_is_missing(monkeypatch):
    """Without its environment the command ends with status 1 and names every missing variable."""
    for name in NEEDED:
        monkeypatch.delenv(name, raising=False)
    outcome = CliRunner().invoke(command, [])
    assert outcome.exit_code == 1
    assert all(name in outcome.output for name in NEEDED)


async def test_addresses_with_credentials_do_not_print(cell_db, tmp_path):
    """The settings' repr holds no password."""
    settings = read_demo_settings(environment_of(cell_db, tmp_path))
    assert cell_db.cell.secrets["wx_admin"] not in repr(settings)


class Busy:
    """A keeper's client whose first answers come too late."""

    def __init__(self, late):
        self.late = late

    async def sign_in(self, *_given):
        self.late -= 1
        if self.late >= 0:
            raise KeeperUnavailable
        return SimpleNamespace(token="a token")


@pytest.mark.parametrize("late", [0, 1, renewing.TRIES - 1])
async def test_a_busy_keeper_is_asked_again(late, monkeypatch):
    """A password that takes longer than the deadline, as on a busy machine, does not end the start."""
    monkeypatch.setattr(renewing, "PAUSE", 0)
    one = SimpleNamespace(demo=of_role("booker"))
    assert await renewing._sign_in(Busy(late), one, asyncio.Semaphore(1)) == "a token"


async def test_a_keeper_that_never_answers_is_given_up(monkeypatch):
    """After some tries the keeper is called silent."""
    monkeypatch.setattr(renewing, "PAUSE", 0)
    with pytest.raises(KeeperSilent):
        await renewing._sign_in(Busy(99), SimpleNamespace(demo=of_role("booker")), asyncio.Semaphore(1))
