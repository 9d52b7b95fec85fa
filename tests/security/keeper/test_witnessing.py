"""Two keepers that witness each other: cosigned checkpoints, forks, changed keys, lost memories."""

import pytest

from audit.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from audit.note import Signer, parse_note, parse_vkey, verified_by
from audit.witness import format_submission
from security.keeper.client import KeeperUnavailable
from security.vault.custody import Custody
from security.vault.private_files import write_private
from tests.security.keeper.pair import Cell, again, carry, grow, settle, until_entry
from tests.security.keeper.stage import Stage


async def test_two_keepers_cosign_each_other(pair) -> None:
    """Each cell's checkpoint carries the other's line; the two stand still when nothing else happens."""
    eu, cn = pair
    for here, there in ((eu, cn), (cn, eu), (eu, cn)):
        await settle(here, there)
        note = parse_note((await here.checkpoint()).encode())
        keys = [parse_vkey(here.public("log")), parse_vkey(there.public("witness"))]
        assert len(verified_by(note, keys)) == 2
        assert (await here.standing("witness")).state == "cosigned"
        assert (await there.standing("log")).size == parse_checkpoint(note.text).size
    sizes = [(await one.client.witnesses()).size for one in pair]
    for here, there in ((eu, cn), (cn, eu)) * 3:
        await settle(here, there)
    assert sizes == [(await one.client.witnesses()).size for one in pair]
    assert (await eu.client.status()).figures["witnesses_behind"] == 0
    assert await eu.entries("audit:witness:pinned") == 3
    assert await eu.entries("audit:witness:made") == 2


async def test_a_false_answer_is_no_cosignature(pair) -> None:
    """A line that is not the witness's is refused and alarmed; an answer to nothing is dropped."""
    eu, cn = pair
    await settle(eu, cn)
    await eu.client.witness_answered(eu.public("witness"), 200, "— x AAAA\n")
    cn_key = parse_vkey(cn.public("witness"))
    await grow(eu)
    eu.clock.pass_by(seconds=6)
    (ask,) = await eu.client.witness_asks()
    forged = Signer.from_seed(cn_key.name, bytes(32)).cosign(
        parse_note(ask.body.partition(b"\n\n")[2]).text, 1
    )
    await eu.client.witness_answered(ask.witness, 200, forged.line())
    standing = await eu.standing("witness")
    assert (standing.state, standing.reason) == ("refused", "signature")
    await until_entry(eu, "audit:cosignature:refused")
    assert (await eu.client.status()).figures["witness_alarms"] == 1


async def test_a_forked_log_is_refused_and_alarmed(pair) -> None:
    """A tree of the same size and another root, signed by the true key, is 409 and alarms; a flood is one entry."""
    eu, cn = pair
    await settle(eu, cn)
    seed = await _seed_of(eu)
    size = (await cn.standing("log")).size
    for nth in range(3):
        tree = Checkpoint(parse_vkey(eu.public("log")).name, size, bytes([nth]) * 32)
        note = sign_checkpoint(tree, Signer.from_seed(tree.origin, seed))
        answer = await cn.client.add_checkpoint(format_submission(size, [], str(note)))
        assert (answer.status, answer.body) == (409, f"{size}\n")
    await until_entry(cn, "audit:witness:refused")
    assert await cn.entries("audit:witness:refused") == 1
    standing = await cn.standing("log")
    assert (standing.state, standing.reason, standing.size) == ("refused", "fork", size)
    assert (await cn.client.status()).figures["witness_alarms"] == 3


async def test_a_shrunken_log_is_refused_and_alarmed(pair) -> None:
    """A checkpoint of fewer leaves than were cosigned, under the true key, is 409 and an entry of the witness."""
    eu, cn = pair
    for _ in range(2):
        await settle(eu, cn)
    size = (await cn.standing("log")).size
    tree = Checkpoint(parse_vkey(eu.public("log")).name, size - 1, bytes(32))
    note = sign_checkpoint(tree, Signer.from_seed(tree.origin, await _seed_of(eu)))
    answer = await cn.client.add_checkpoint(format_submission(size - 1, [], str(note)))
    assert (answer.status, answer.body) == (409, f"{size}\n")
    await until_entry(cn, "audit:witness:refused")
    standing = await cn.standing("log")
    assert (standing.state, standing.reason, standing.size) == ("refused", "shrunken", size)


async def _seed_of(here: Cell) -> bytes:
    return Custody.open(here.settings.custodian, here.region).log_signing_seed


async def test_a_changed_key_needs_two_people(pair) -> None:
    """Another key for a known name is refused and alarmed; with the old key and two people named it is taken."""
    eu, cn = pair
    await settle(eu, cn)
    origin = parse_vkey(cn.public("log")).name
    other = Signer.from_seed(origin, bytes(range(32))).verifier()
    old = parse_vkey(cn.public("log")).key_id.hex()
    for more, taken in (
        ("", False),
        (f" replaces {old}", False),
        (f" replaces {old} by one one", False),
        (" replaces 00000000 by one two", False),
        (f" replaces {old} by one two", True),
    ):
        write_private(eu.witness / "pins", f"log {other}{more}\n".encode())
        await eu.client.witnesses()
        await eu.client.witness_asks()
        assert (str(other) in (eu.witness / "accepted").read_text()) == taken, more
    await until_entry(eu, "audit:key:refused")
    await until_entry(eu, "audit:witness:pinned", 4)


async def test_a_witness_that_forgot_cosigns_nothing(pair) -> None:
    """With its state gone it refuses with 503 until a person gives it the latest known checkpoints."""
    eu, cn = pair
    await settle(eu, cn)
    known = (cn.witness / "state").read_text()
    (cn.witness / "state").unlink()
    await grow(eu)
    eu.clock.pass_by(seconds=6)
    assert await carry(eu, cn) == [503]
    assert (await eu.standing("witness")).state == "unreachable"
    assert (await cn.client.witnesses()).missing
    assert "waxwing.example/audit/eu" in known
    async with again(cn) as back:
        assert (await back.client.witnesses()).missing
        eu.clock.pass_by(seconds=60)
        assert await carry(eu, back) == [503]
    (cn.witness / "known").mkdir()
    (cn.witness / "known" / "eu").write_text(
        (await eu.checkpoint()).partition("— waxwing.example/witness")[0]
    )
    async with again(cn) as back:
        assert not (await back.client.witnesses()).missing
        assert (await back.standing("log")).at is None  # it did not cosign what it was given
        await settle(eu, back)


@pytest.mark.parametrize("line", ["log x", "witness eu", "nonsense", "log", "witness"])
async def test_a_line_that_cannot_be_read_pins_nothing(pair, line) -> None:
    """Beside a broken line the others count, and nothing ends."""
    eu, cn = pair
    write_private(eu.witness / "pins", f"{line}\nlog {cn.public('log')}\n# a remark\n".encode())
    items = (await eu.client.witnesses()).items
    await eu.client.witness_asks()
    items = (await eu.client.witnesses()).items
    assert [one.role for one in items] == ["log"]


async def test_a_keeper_without_a_witness_folder_is_none(stage: Stage) -> None:
    """Where no folder is configured nothing is asked or cosigned, and the rest works."""
    assert await stage.client.witness_asks() == []
    assert (await stage.client.witnesses()).items == []
    with pytest.raises(KeeperUnavailable):
        await stage.client.add_checkpoint(b"old 0\n")
