"""Backups: whole, read-only, without keys; restored with the shredded gone; and the drill that proves it."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest

from infra import backup
from infra.backup import back_up, forget_old
from infra.cell import Cell
from infra.refusal import Refused
from infra.restore import check, drilled, make_room, restore_cell, told
from security.keeper import restored
from security.vault.custody import Custody
from tests.database import LoneCell
from tests.security.keeper.keys import shredded
from tests.security.keeper.stage import PASSPORT, staged

AT = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def _places(cell: Cell) -> dict[str, object]:
    return {"erasures": cell.erasures, "custodian": f"file:{cell.custody}", "log_name": "waxwing.example"}


async def test_nothing_shredded_comes_back_by_a_backup(lone_cell: LoneCell) -> None:
    """A backup holds no key; from before a shredding it passes the drill, and is restored without the shredded."""
    cell = lone_cell.db.cell
    async with staged(lone_cell.db, **_places(cell)) as stage:
        await stage.on_file("passport.number", PASSPORT)
        await stage.on_file("iban", "NL91ABNA0417164300")
        made = await asyncio.to_thread(back_up, cell, AT)
        await _no_key_in(cell, made)
        await shredded(stage, stage.mei)
        later = await asyncio.to_thread(back_up, cell, AT + timedelta(hours=1))
        found = await drilled(cell, made, is_live=True)
        assert found.passed, told(found)
        assert (found.shredded, found.came_back, found.still_wrapped) == (1, 1, 2)
        assert (found.opened, found.closed, found.ledger) == (0, 0, "whole")
        after = await drilled(cell, later, is_live=True)
        assert (after.passed, after.came_back, after.still_wrapped) == (True, 0, 0)
    elsewhere = Cell(cell.data / "other", "eu", home=cell.data / "other" / "postgres")
    elsewhere.erasures.parent.mkdir(parents=True)
    cell.erasures.rename(elsewhere.erasures)
    make_room(elsewhere, made)
    assert await restore_cell(elsewhere, made) == 1
    with pytest.raises(Refused) as refused:
        make_room(elsewhere, made)
    assert refused.value.code == "infra:database_there"


async def test_the_drill_fails_when_somebody_opens(
    lone_cell: LoneCell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the list were not replayed, or the ledger changed, the drill would say so: it can fail."""
    cell = lone_cell.db.cell
    async with staged(lone_cell.db, **_places(cell)) as stage:
        await stage.on_file("passport.number", PASSPORT)
        made = await asyncio.to_thread(back_up, cell, AT)
        await shredded(stage, stage.mei)

        async def nothing(*_: object) -> int:
            return 0

        with monkeypatch.context() as patch:
            patch.setattr(restored, "replay_erasures", nothing)
            found = await drilled(cell, made, is_live=True)
        assert (found.passed, found.shredded_opened) == (False, 2)
        await stage.owner.execute("alter table ledger_leaf disable trigger all")
        await stage.owner.execute(
            "update ledger_leaf set leaf = replace(leaf, 'allow', 'deny') where index = 1"
        )
        spoiled = await asyncio.to_thread(back_up, cell, AT + timedelta(hours=1))
        found = await drilled(cell, spoiled, is_live=False)
        assert (found.passed, found.ledger) == (False, "audit:leaf_edited")


def _check_files(cell: Cell, made: Path) -> None:
    """Check that the files are 0600 and hold no key of the region."""
    custody = Custody.open(f"file:{cell.custody}", "eu")
    for file in made.iterdir():
        assert file.stat().st_mode & 0o077 == 0
        data = file.read_bytes()
        for key in (custody.kek, custody.link_key, custody.log_signing_seed):
            assert key not in data
            assert key.hex().encode() not in data


async def _no_key_in(cell: Cell, made: Path) -> None:
    """Check so, and that the role which reads everything can write nothing."""
    _check_files(cell, made)
    connection = await asyncpg.connect(cell.dsn("wx_backup"))
    try:
        assert await connection.fetchval("select count(*) from passenger") == 2
        for statement in ("delete from passenger", "update ledger_leaf set leaf = ''"):
            with pytest.raises((asyncpg.ReadOnlySQLTransactionError, asyncpg.InsufficientPrivilegeError)):
                await connection.execute(statement)
        await connection.execute("set default_transaction_read_only = off")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("delete from passenger")
    finally:
        await connection.close()


def test_a_backup_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    """A file changed, missing, or of another region restores nothing."""
    for file in (backup.MAIN_FILE, backup.KEYS_FILE):
        (tmp_path / file).write_bytes(file.encode())
    digests = {file: backup.digest_of(tmp_path / file) for file in (backup.MAIN_FILE, backup.KEYS_FILE)}
    manifest = backup.json.dumps({"region": "eu", "sha256": digests})
    (tmp_path / backup.MANIFEST).write_text(manifest)
    check(tmp_path, "eu")
    for region, spoil in (("cn", b""), ("eu", b"more")):
        with (tmp_path / backup.KEYS_FILE).open("ab") as file:
            file.write(spoil)
        with pytest.raises(Refused) as refused:
            check(tmp_path, region)
        assert refused.value.code == "infra:backup_unusable"


def test_old_backups_are_deleted_in_time(tmp_path: Path) -> None:
    """The key store's file goes after fourteen days, the main database's after twenty-one, others stay."""
    for days in (1, 15, 22):
        folder = tmp_path / (AT - timedelta(days=days)).strftime(backup.STAMP)
        folder.mkdir()
        for file in (backup.MAIN_FILE, backup.KEYS_FILE):
            (folder / file).touch()
    (tmp_path / "notes").mkdir()
    gone = forget_old(tmp_path, AT)
    assert [name.partition("/")[2] for name in gone] == ["main.dump", "keys.dump", "keys.dump"]
    assert len(list(tmp_path.glob("*/*.dump"))) == 3
