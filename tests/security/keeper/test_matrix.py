"""A change of the matrix needs two people, is an entry first, and binds the next reveal."""

import contextlib
from dataclasses import replace
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from security.keeper.client import KeeperClient, KeeperRefused, KeeperUnavailable
from security.policy.matrix import MATRIX
from security.policy.rule import Rule
from security.policy.versions import digest_of, matrix_text, rule_text
from security.vault.door import DOOR
from tests.security.keeper.stage import PASSPORT, Stage, keeper, ready, request

FLIGHT = MATRIX.rule("operations", "passport.number")
NARROW = replace(FLIGHT, purposes=("border_filing",))
APPLIED = "security:matrix:applied"


async def proposed(
    stage: Stage, rule: Rule = NARROW, role: str = "operations", by: str = "compliance"
) -> UUID:
    """Propose a rule for a role's cell of documents."""
    token = await stage.sign_in(by)
    return await stage.client.propose_rule(
        token, request(), "documents", role, rule_text(rule), "less is enough"
    )


async def decided(stage: Stage, proposal: UUID, by: str, decision: Any = "approve") -> Any:
    """Decide it after a step-up."""
    return await stage.client.decide_rule(await stage.stepped_up(by), request(), proposal, decision)


async def refusal(awaited: Any) -> tuple[str, int]:
    """Name how something was refused."""
    with pytest.raises(KeeperRefused) as refused:
        await awaited
    return refused.value.code, refused.value.status


async def test_the_file_is_the_first_version_and_an_entry(stage: Stage) -> None:
    """A new cell states once which matrix is in force: number, hash and the whole text."""
    (leaf,) = await stage.leaves(APPLIED)
    assert (leaf["who"], leaf["document"]["version"]) == ("keeper", "1")
    assert (
        leaf["document"]["digest"] == digest_of(matrix_text(MATRIX)) == digest_of(leaf["document"]["matrix"])
    )


async def test_two_people_change_what_the_next_reveal_may(stage: Stage) -> None:
    """What compliance proposed and the administrator approved binds the next reveal, and is an entry with its diff."""
    await stage.on_file("passport.number", PASSPORT)
    operations = await stage.stepped_up("operations")
    asked = {"purpose": "visa_application"}
    assert (await stage.reveal(operations, **asked)).value.reveal_to(DOOR) == PASSPORT
    proposal = await proposed(stage)
    assert (await stage.reveal(operations, **asked)).index
    done = await decided(stage, proposal, "administrator")
    assert (done.state, done.version) == ("applied", 2)
    assert await refusal(stage.reveal(operations, **asked)) == ("passengers:purpose_not_allowed", 403)
    assert (await stage.reveal(operations)).value.reveal_to(DOOR) == PASSPORT
    leaf = (await stage.leaves(APPLIED))[-1]
    assert leaf["role"] == "administrator"
    assert '["documents","operations","purpose","visa_application",""]' in leaf["document"]["differences"]
    assert leaf["document"]["proposal"] == str(proposal)


async def test_one_person_changes_nothing(stage: Stage) -> None:
    """The proposer cannot approve, nobody without the right can, and nothing goes without a step-up."""
    proposal = await proposed(stage)
    assert await refusal(decided(stage, proposal, "compliance")) == ("policy:same_person", 403)
    assert await refusal(decided(stage, proposal, "operations")) == ("policy:not_your_change", 403)
    unproven = await stage.sign_in("administrator")
    late = stage.client.decide_rule(unproven, request(), proposal, "approve")
    assert await refusal(late) == ("passengers:step_up_required", 403)
    assert await refusal(proposed(stage, by="sales")) == ("policy:not_your_change", 403)
    assert len(await stage.leaves(APPLIED)) == 1
    refused = await stage.leaves("security:matrix:refused")
    assert {leaf["dec"] for leaf in refused} == {"deny"}
    assert len(refused) == 4


@pytest.mark.parametrize(
    ("role", "rule", "fault"),
    [
        ("operations", replace(FLIGHT, window=False), "document_unheld"),
        ("traveller", FLIGHT, "traveller_of_others"),
        ("auditor", Rule("masked"), "role_without_passengers"),
        ("booker", FLIGHT, "client_opens"),
        ("compliance", Rule("masked", ("legal_hold",)), "inquiry_alone"),
        ("sales", Rule("clear"), "tier_of_field"),
    ],
)
async def test_what_no_matrix_may_say_is_refused_at_once(
    stage: Stage, role: str, rule: Rule, fault: str
) -> None:
    """An unsafe cell is refused when it is proposed, by the rule that it would break, and that is an entry."""
    with pytest.raises(KeeperRefused) as refused:
        await proposed(stage, rule, role)
    assert (refused.value.code, refused.value.fields) == ("policy:unsafe", {"fault": fault})
    (leaf,) = await stage.leaves("security:matrix:refused")
    assert leaf["document"] == {"refusal": "policy:unsafe", "fault": fault}


async def test_a_proposal_is_withdrawn_rejected_or_expires(stage: Stage) -> None:
    """Its maker withdraws, another rejects, a week ends it; each is an entry, and none can be approved any more."""
    first, second, third = [
        await proposed(stage, replace(FLIGHT, purposes=FLIGHT.purposes[:n])) for n in (1, 2, 3)
    ]
    assert await refusal(decided(stage, first, "administrator", "withdraw")) == (
        "policy:not_your_change",
        403,
    )
    assert (await decided(stage, first, "compliance", "withdraw")).state == "withdrawn"
    assert (await decided(stage, second, "administrator", "reject")).state == "rejected"
    stage.clock.pass_by(days=7, hours=1)
    assert await refusal(decided(stage, third, "administrator")) == ("policy:expired", 409)
    assert await refusal(decided(stage, first, "administrator")) == ("policy:not_waiting", 409)
    for deed in ("withdrawn", "rejected", "expired"):
        assert len(await stage.leaves(f"security:matrix:{deed}")) == 1
    assert len(await stage.leaves(APPLIED)) == 1


async def test_an_overtaken_proposal_does_not_undo_another(stage: Stage) -> None:
    """Of two proposals for one cell the second no longer fits once the first is in force."""
    first, second = await proposed(stage), await proposed(stage, Rule("hidden"))
    await decided(stage, first, "administrator")
    assert await refusal(decided(stage, second, "administrator")) == ("policy:overtaken", 409)


async def test_masks_follow_in_the_database(stage: Stage) -> None:
    """A role whose cell was hidden can no longer read that table of masks, and can again when the cell is put back."""
    held = "select has_table_privilege('wx_as_operations', 'document_mask', 'select')"
    assert await stage.owner.fetchval(held)
    await decided(stage, await proposed(stage, Rule("hidden")), "administrator")
    assert not await stage.owner.fetchval(held)
    await decided(stage, await proposed(stage, FLIGHT), "administrator")
    assert await stage.owner.fetchval(held)
    assert not await stage.owner.fetchval(held.replace("operations", "sales"))


async def test_the_change_outlives_the_keeper(stage: Stage) -> None:
    """A new keeper takes up the version in force, and states nothing anew."""
    await decided(stage, await proposed(stage), "administrator")
    await stage.ended()
    async with keeper(stage.settings, stage.clock) as (client, _):
        await ready(client)
        token = (
            await client.sign_in("operations@example.test", "a long enough invented sentence", "d", "a")
        ).token
        assert await _asked(client, token, stage) == "passengers:purpose_not_allowed"
    assert len(await stage.leaves(APPLIED)) == 2


@pytest.mark.parametrize(
    "forged",
    [
        "update gate.matrix_version set text = replace(text, '\"window\":true', '\"window\":false') where number = 2",
        "update gate.matrix_head set number = 1, digest = (select digest from gate.matrix_version where number = 1)",
        "update gate.matrix_version set mac = sha256(mac) where number = 2",
        "update gate.matrix_version set edits = '[]' where number = 2",
    ],
)
async def test_a_matrix_of_another_hand_is_not_taken(stage: Stage, forged: str) -> None:
    """Whoever can write the whole database still cannot make a matrix, nor bring an older one back: nothing opens."""
    await stage.on_file("passport.number", PASSPORT)
    await decided(stage, await proposed(stage), "administrator")
    await stage.ended()
    await stage.owner.execute(forged)
    async with keeper(stage.settings, stage.clock) as (client, _):
        for _ in range(20):
            with contextlib.suppress(KeeperUnavailable):
                assert not (await client.status()).ready
        with pytest.raises(KeeperUnavailable):
            await client.sign_in("operations@example.test", "x", "d", "a")


async def _asked(client: KeeperClient, token: str, stage: Stage) -> str:
    with pytest.raises(KeeperRefused) as refused:
        await client.reveal(
            token, request(), stage.mei, "passport.number", None, "visa_application", f"eu_{stage.trip}", ""
        )
    return refused.value.code


@pytest.mark.parametrize("role", ["wx_web", "wx_worker"])
async def test_web_and_worker_write_no_matrix(stage: Stage, role: str) -> None:
    """Neither web's nor worker's credentials can write a version, a proposal or a grant of masks."""
    connection = await asyncpg.connect(stage.db.dsn(role))
    try:
        for sql in (
            "insert into gate.matrix_version (number) values (9)",
            "update gate.matrix_head set digest = ''",
            "insert into gate.matrix_proposal (id) values (gen_random_uuid())",
            "update gate.matrix_proposal set state = 'applied'",
            "select gate.show_masks('document_mask', 'sales', true)",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(sql)
    finally:
        await connection.close()


async def test_a_crash_between_entry_and_commit_is_finished(stage: Stage) -> None:
    """If the ledger names a version that the database lacks, the next keeper puts it into force from the entry."""
    proposal = await proposed(stage)
    await decided(stage, proposal, "administrator")
    await stage.ended()
    await stage.owner.execute(
        "update gate.matrix_head set number = 1, digest = (select digest from gate.matrix_version where number = 1)"
    )
    await stage.owner.execute("delete from gate.matrix_version where number = 2")
    await stage.owner.execute(
        "update gate.matrix_proposal set state = 'waiting', decider_id = null, decided_at = null"
    )
    async with keeper(stage.settings, stage.clock) as (client, _):
        await ready(client)
    rows = await stage.owner.fetchrow("select number from gate.matrix_head")
    state = await stage.owner.fetchval("select state from gate.matrix_proposal where id = $1", proposal)
    assert (rows["number"], state) == (2, "applied")
