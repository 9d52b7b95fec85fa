"""`python -m portal keys`: in an administrator's name, watched to its end, with exit codes."""

import asyncio
import json
from functools import partial

from click.testing import CliRunner

from portal.commands.keys import keys
from security.vault.custody import Custody
from tests.database import CellDb
from tests.security.keeper.stage import PASSPORT, PASSWORD, Stage, staged


async def _keys(stage: Stage, *arguments: str, role: str = "administrator", password: str = PASSWORD):
    told = {"WX_KEEPER_URL": f"unix:{stage.settings.socket}", "WX_OPERATOR": f"{role}@example.test"}
    run = partial(CliRunner(env=told).invoke, keys, [*arguments, "--password-stdin"], input=f"{password}\n")
    done = await asyncio.to_thread(run)  # it has a loop of its own, as in a process of its own
    said = done.stdout.strip().splitlines()[-1:]  # before it may stand what the keeper beside it logs
    return done.exit_code, "".join(said), done.stderr


async def test_keys_are_worked_on_from_the_command_line(cell_db: CellDb) -> None:
    """Rotate, status, shred with its second person: each says what it did, and refusals exit 1 with their code."""
    async with staged(cell_db) as stage:
        await stage.on_file("passport.number", PASSPORT)
        code, said, _ = await _keys(stage, "rotate")
        assert (code, said.partition(" in ")[0]) == (0, "rewrap done: 1 of 1")
        code, said, _ = await _keys(stage, "status", "--json")
        told = json.loads(said)
        assert [(one["epoch"], one["counts"]) for one in told["epochs"]] == [(2, {"document": 1}), (1, {})]
        assert Custody.open(stage.settings.custodian, "eu").kek.hex() not in said
        code, said, _ = await _keys(stage, "shred", f"eu_{stage.mei}", "--json", role="compliance")
        job = json.loads(said)["job"]
        code, _, err = await _keys(stage, "shred", "--approve", job, role="compliance")
        assert (code, "security:own_request" in err) == (1, True)
        code, said, _ = await _keys(stage, "shred", "--approve", job)
        assert (code, said.startswith("shred done")) == (0, True)
        code, _, err = await _keys(stage, "rotate", role="operations")
        assert (code, "security:not_an_operator" in err) == (1, True)
        code, _, err = await _keys(stage, "rotate", password="wrong")
        assert (code, "security:wrong_credentials" in err) == (1, True)
