"""An organisation's own key: nothing of its people opens without it, and from the moment it is closed nothing does."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio
import uuid_utils.compat as uuids

from security.keeper.client import KeeperRefused, SealItem
from security.keeper.org_keys import OrgKeys
from security.vault.custodian import UNREACHABLE, CustodyRefused
from security.vault.custody import Custody
from security.vault.envelope import EnvelopeRefused
from security.vault.keys import WRAPPED, unwrap_dek
from security.vault.kms import Kms
from tests.database import CellDb
from tests.kms_service import KmsService, kms_service
from tests.security.keeper.keys import ended, key_store, shredded
from tests.security.keeper.stage import PASSPORT, Stage, keeper, ready, request, staged


@pytest.fixture(scope="module")
def service():
    """Serve KMS on this machine for the tests of this file."""
    with kms_service() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def stage(cell_db: CellDb, service: KmsService) -> AsyncIterator[Stage]:
    """Give a keeper that finds organisations' keys at this service, and a passport on file."""
    async with staged(cell_db, kms_endpoint=service.url) as made:
        await made.on_file("passport.number", PASSPORT)
        yield made


async def _own_key(stage: Stage, service: KmsService) -> str:
    """Put the first organisation under a key of its own, and return that key's ARN."""
    arn = service.key()
    token = await stage.stepped_up("client_admin")
    job = await stage.client.set_own_key(token, request(), arn)
    assert (await ended(stage, job)).state == "done"
    return arn


async def _lengths(stage: Stage) -> set[int]:
    async with key_store(stage) as store:
        return {len(row["dek"]) for row in await store.fetch("select dek from subject_key")}


async def _code(stage: Stage, doing) -> tuple[str, int]:
    with pytest.raises(KeeperRefused) as refused:
        await doing
    return refused.value.code, refused.value.status


async def test_what_is_there_and_what_comes_lies_under_the_own_key(stage: Stage, service: KmsService) -> None:
    """Old and new data keys are enclosed; the region's KEK alone opens none, and with the service all open."""
    await _own_key(stage, service)
    await stage.on_file("iban", "NL91ABNA0417164300")
    assert min(await _lengths(stage)) > WRAPPED
    custody = Custody.open(stage.settings.custodian, "eu")
    async with key_store(stage) as store:
        for row in await store.fetch("select id, kek_id, dek from subject_key"):
            with pytest.raises(EnvelopeRefused):
                unwrap_dek(row["dek"], dek_id=row["id"], kek=custody.kek, region="eu")
    assert (await stage.reveal(await stage.stepped_up("operations"))).value
    (leaf,) = await stage.leaves("security:org-key:set")
    assert (leaf["role"], leaf["document"]["org"]) == ("client_admin", str(stage.org))


async def test_a_withdrawn_key_closes_everything_at_once(stage: Stage, service: KmsService) -> None:
    """The next reveal and the next seal are refused by a code, each an entry; given back, all opens again."""
    arn = await _own_key(stage, service)
    token = await stage.stepped_up("operations")
    assert (await stage.reveal(token)).value
    service.disable(arn)
    assert await _code(stage, stage.reveal(token)) == ("security:org_key_closed", 403)
    assert await _code(stage, stage.seal("iban", "NL91ABNA0417164300")) == ("security:org_key_closed", 403)
    denied = [leaf for leaf in await stage.leaves("passengers:passport:revealed") if leaf["dec"] == "deny"]
    assert [leaf["document"] for leaf in denied] == [{"refusal": "security:org_key_closed"}]
    assert (await stage.client.own_key(await stage.sign_in("client_admin"), request())).key.closed
    service.enable(arn)
    assert (await stage.reveal(token)).value


async def test_calls_share_a_question_and_no_old_answer(
    stage: Stage, service: KmsService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight who come together ask the service once; one that comes after it was closed gets no earlier answer."""
    arn = await _own_key(stage, service)
    real, asked = OrgKeys._by_service, []

    async def counted(self, *parts):
        asked.append(parts)
        return await real(self, *parts)

    monkeypatch.setattr(OrgKeys, "_by_service", counted)
    pool = await asyncpg.create_pool(stage.db.keys_dsn("wx_keeper"), min_size=1, max_size=2)
    try:
        keys = OrgKeys(pool, "eu", service.url)
        key_id = await pool.fetchval("select id from org_key")
        found = await asyncio.gather(*(keys.kek_of(key_id) for _ in range(8)))
        assert (len(asked), len({one.kek for one in found})) == (1, 1)
        service.disable(arn)
        closed = await asyncio.gather(*(keys.kek_of(key_id) for _ in range(4)), return_exceptions=True)
        assert {one.code for one in closed} == {"security:org_key_closed"}
    finally:
        await pool.close()


async def test_another_organisation_is_not_touched(stage: Stage, service: KmsService) -> None:
    """Only the own organisation's data keys are enclosed, and a closed key closes nobody else's data."""
    arn = await _own_key(stage, service)
    service.disable(arn)
    async with key_store(stage) as store:
        await store.execute(
            "insert into subject (id, org_id) values ($1, $2)", stage.stranger, stage.other_org
        )
    await stage.owner.execute("update gate.account set org_id = $1 where role = 'booker'", stage.other_org)
    item = SealItem("passport.number", uuids.uuid7(), PASSPORT)
    token = await stage.sign_in("booker")
    assert await stage.client.seal(token, request(), stage.stranger, stage.other_org, [item])
    assert len(await _lengths(stage)) == 2


async def test_epochs_turn_while_the_own_key_is_closed(stage: Stage, service: KmsService) -> None:
    """Rewrapping needs no organisation's agreement; what was closed before is closed after, and opens after that."""
    arn = await _own_key(stage, service)
    service.disable(arn)
    job = await stage.client.rotate_keys(await stage.stepped_up("administrator"), request())
    assert (await ended(stage, job)).state == "done"
    token = await stage.stepped_up("operations")
    assert await _code(stage, stage.reveal(token)) == ("security:org_key_closed", 403)
    service.enable(arn)
    assert (await stage.reveal(token)).value


async def test_the_own_key_is_removed_only_while_it_agrees(stage: Stage, service: KmsService) -> None:
    """A closed key cannot be removed; an open one is, and then the region's KEK alone is enough again."""
    arn = await _own_key(stage, service)
    token = await stage.stepped_up("client_admin")
    service.disable(arn)
    assert await _code(stage, stage.client.remove_own_key(token, request())) == (
        "security:org_key_closed",
        403,
    )
    service.enable(arn)
    assert (await ended(stage, await stage.client.remove_own_key(token, request()))).state == "done"
    assert await _lengths(stage) == {WRAPPED}
    service.disable(arn)
    assert (await stage.reveal(await stage.stepped_up("operations"))).value
    assert (await stage.client.own_key(token, request())).key is None


async def test_sealing_anew_and_shredding_work_under_an_own_key(stage: Stage, service: KmsService) -> None:
    """New data keys lie under it too; a shredding needs no agreement."""
    arn = await _own_key(stage, service)
    job = await stage.client.reseal_subject(await stage.stepped_up("administrator"), request(), stage.mei)
    assert (await ended(stage, job)).state == "done"
    assert min(await _lengths(stage)) > WRAPPED
    assert (await stage.reveal(await stage.stepped_up("operations"))).value
    service.disable(arn)
    await shredded(stage, stage.mei)
    async with key_store(stage) as store:
        assert await store.fetchval("select count(*) from subject_key") == 0


async def test_who_may_set_it_and_to_what(stage: Stage, service: KmsService) -> None:
    """Only a client administrator with a step-up, for an ARN that answers, and once; refusals change nothing."""
    for role in ("administrator", "booker", "compliance"):
        doing = stage.client.set_own_key(await stage.stepped_up(role), request(), service.key())
        assert await _code(stage, doing) == ("security:not_an_operator", 403)
    bare = await stage.sign_in("client_admin")
    doing = stage.client.set_own_key(bare, request(), service.key())
    assert await _code(stage, doing) == ("passengers:step_up_required", 403)
    token = await stage.stepped_up("client_admin")
    for address in ("", "alias/x", "http://127.0.0.1/", "arn:aws:s3:eu-central-1:123456789012:key/x"):
        doing = stage.client.set_own_key(token, request(), address)
        assert await _code(stage, doing) == ("security:org_key_address", 422)
    nowhere = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    doing = stage.client.set_own_key(token, request(), nowhere)
    assert await _code(stage, doing) == ("security:org_key_unusable", 422)
    assert await _lengths(stage) == {WRAPPED}
    await _own_key(stage, service)
    doing = stage.client.set_own_key(token, request(), service.key())
    assert await _code(stage, doing) == ("security:org_key_there", 409)


async def test_a_service_out_of_reach_closes_too(stage: Stage, service: KmsService, monkeypatch) -> None:
    """If the service does not answer, nothing opens, and the code says that it is away, not withdrawn."""
    await _own_key(stage, service)

    def away(*_):
        raise CustodyRefused(UNREACHABLE, "awskms")

    monkeypatch.setattr(Kms, "unwrap", away)
    token = await stage.stepped_up("operations")
    assert await _code(stage, stage.reveal(token)) == ("security:custodian_unreachable", 503)


async def test_another_custodian_is_an_entry_once(cell_db: CellDb, service: KmsService, tmp_path) -> None:
    """A keeper whose root lies in a KMS says so in the ledger, serves, and does not say it again at its next start."""
    custodian = service.custodian(tmp_path / "kms", service.key())
    async with staged(cell_db, custodian=custodian) as made:
        await made.on_file("passport.number", PASSPORT)
        assert (await made.reveal(await made.stepped_up("operations"))).value
        made.stop.set()
        while made.settings.socket.exists():
            await asyncio.sleep(0.01)
        async with keeper(made.settings, made.clock) as (client, _):
            await ready(client)
            (leaf,) = await made.leaves("security:custodian:used")
    assert leaf["document"] == {"custodian": "awskms"}


async def test_a_job_that_cannot_be_done_ends_and_the_keeper_goes_on(
    stage: Stage, service: KmsService
) -> None:
    """A data key that does not open fails the job by a code; the keeper serves, and takes up the next one."""
    async with key_store(stage) as store:
        await store.execute("update subject_key set dek = set_byte(dek, 120, get_byte(dek, 120) # 1)")
    token = await stage.stepped_up("client_admin")
    job = await ended(stage, await stage.client.set_own_key(token, request(), service.key()))
    assert (job.state, job.failure) == ("failed", "security:envelope_refused")
    again = await stage.client.rewrap_keys(await stage.stepped_up("administrator"), request())
    assert (await ended(stage, again)).state == "done"
