"""The ceremony of the log's signing key: two people, each step an entry, and a log that goes on all the while."""

import pytest

from audit.ledger import export
from audit.note import NoteRefused, parse_note, parse_vkey, verified_by
from audit.verify import Trust, verify_bundle
from security.keeper.client import KeeperRefused, LogKeySeen
from security.vault.custody import Custody
from tests.security.keeper.stage import Stage, keeper, ready, request


async def step(stage: Stage, role: str, name: str) -> LogKeySeen:
    """Do one step in the name of a role."""
    token = await stage.stepped_up(role)
    return await stage.client.turn_log_key(token, request(), name)


async def refused(stage: Stage, role: str, name: str) -> str:
    """Try one, and give the code of its refusal."""
    with pytest.raises(KeeperRefused) as caught:
        await step(stage, role, name)
    return caught.value.code


async def signed_by(stage: Stage, *vkeys: str) -> list[bool]:
    """Say which of these keys signed the newest checkpoint, after one more entry."""
    await stage.sign_in("auditor")
    note = parse_note((await stage.owner.fetchval("select note from ledger_head")).encode())
    found = []
    for vkey in vkeys:
        try:
            found.append(bool(verified_by(note, [parse_vkey(vkey)])))
        except NoteRefused:
            found.append(False)
    return found


async def kinds(stage: Stage) -> list[tuple[str, str, str]]:
    """Give kind, decision and role of each entry of a ceremony."""
    rows = await stage.owner.fetch(
        "select act, dec, role from ledger_leaf where act like 'audit:log-key:%' order by index"
    )
    return [(row[0].rpartition(":")[2], row[1], row[2]) for row in rows]


async def test_a_key_is_changed_by_two_people(stage: Stage, tmp_path) -> None:
    """Made, announced by another, retired by somebody else again; the first key follows, and the old seed is gone."""
    before = Custody.open(stage.settings.custodian, "eu")
    made = await step(stage, "administrator", "make")
    old, new = made.vkey, made.following
    assert (made.state, await signed_by(stage, old, new)) == ("made", [True, False])
    assert await refused(stage, "administrator", "announce") == "security:own_request"
    announced = await step(stage, "compliance", "announce")
    assert (announced.state, announced.handover > 0) == ("announced", True)
    assert await signed_by(stage, old, new) == [True, True]
    assert await refused(stage, "compliance", "retire") == "security:own_request"
    retired = await step(stage, "administrator", "retire")
    assert retired == LogKeySeen("steady", new)
    assert await signed_by(stage, old, new) == [False, True]
    after = Custody.open(stage.settings.custodian, "eu")
    assert after.log_signing_seed != before.log_signing_seed
    assert after.log_next_seed is None
    bundle = tmp_path / "bundle.zip"
    async with stage.owner.transaction(isolation="repeatable_read"):
        await export(stage.owner, bundle)
    for key in (old, new):
        assert not verify_bundle(bundle, Trust((parse_vkey(key),))).findings
    assert await kinds(stage) == [
        ("made", "allow", "administrator"),
        ("announced", "deny", "administrator"),
        ("announced", "allow", "compliance"),
        ("retired", "deny", "compliance"),
        ("retired", "allow", "administrator"),
    ]


async def test_steps_come_in_their_order(stage: Stage) -> None:
    """What does not follow is refused; a key that was only made can be thrown away, and then nothing was."""
    assert await refused(stage, "administrator", "announce") == "security:log_key_state"
    assert await refused(stage, "administrator", "retire") == "security:log_key_state"
    await step(stage, "administrator", "make")
    assert await refused(stage, "administrator", "make") == "security:log_key_state"
    assert (await step(stage, "compliance", "withdraw")).state == "steady"
    assert Custody.open(stage.settings.custodian, "eu").log_next_seed is None
    assert await refused(stage, "auditor", "make") == "security:not_an_operator"
    token = await stage.sign_in("administrator")
    with pytest.raises(KeeperRefused) as caught:
        await stage.client.turn_log_key(token, request(), "make")
    assert caught.value.code == "passengers:step_up_required"


async def test_a_keeper_started_anew_amid_a_ceremony_goes_on(stage: Stage) -> None:
    """Both keys sign after a restart as before it, and the ceremony can be ended."""
    await step(stage, "administrator", "make")
    seen = await step(stage, "compliance", "announce")
    await stage.ended()
    async with keeper(stage.settings, stage.clock) as (client, _):
        await ready(client)
        stage.client = client
        assert await signed_by(stage, seen.vkey, seen.following) == [True, True]
        assert (await step(stage, "administrator", "retire")).vkey == seen.following
