"""Access reviews: opened by the worker monthly, attested by person, signed; what is removed ends at once."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.attestations.rules import (
    DECISIONS,
    REVIEWED,
    SIGNERS,
    Stands,
    Who,
    is_idle,
    may_attest,
    month_after,
    month_before,
    signing_role,
    what_forbids_attesting,
    what_forbids_signing,
)
from portal.attestations.work import bounds, digest_of, open_access_reviews
from security.actor import ROLES
from security.keeper.client import KeeperRefused
from tests.portal.house import House
from tests.security.keeper.stage import PASSWORD, request

ME, OTHER = uuid4(), uuid4()


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_month_under_review_is_the_last_that_is_over(at: datetime) -> None:
    """At any instant the month reviewed ends at the beginning of the current one."""
    month = month_before(at)
    begins, ends = bounds(month)
    assert month.day == 1
    assert month_after(month) == at.date().replace(day=1)
    assert begins < ends <= at
    assert at - ends < timedelta(days=31)


@given(role=st.sampled_from(REVIEWED), mine=st.sampled_from(ROLES), owned=st.sampled_from([None, ME, OTHER]))
def test_a_role_is_attested_by_its_owner_and_signed_by_others_than_its_holders(
    role: str, mine: str, owned: UUID | None
) -> None:
    """The owner attests, without one the role that signs; compliance never signs the review of compliance."""
    assert may_attest(Who(ME, mine), role, owned) == (
        owned == ME if owned is not None else mine == signing_role(role)
    )
    assert signing_role(role) != role or role == "administrator"
    assert signing_role(role) in SIGNERS


@given(
    lines=st.lists(st.tuples(st.booleans(), st.sampled_from([None, *DECISIONS])), max_size=6),
    signed=st.booleans(),
    mine=st.sampled_from(["compliance", "administrator", "operations"]),
)
def test_signing_needs_everybody_and_nobody_ends_the_own_access(
    lines: list[tuple[bool, str | None]],
    signed: bool,  # noqa: FBT001 -- drawn
    mine: str,
) -> None:
    """Only who signs for a role, only once, only with every line decided, and never against oneself."""
    held = [Stands(ME if own else OTHER, decision, OTHER, done=False) for own, decision in lines]
    code = what_forbids_signing(Who(ME, mine), "operations", held, signed=signed)
    whole = all(decision for _, decision in lines)
    against_oneself = any(own and decision != "keep" for own, decision in lines)
    assert (code is None) == (mine == "compliance" and not signed and whole and not against_oneself)
    for line in held:
        forbidden = what_forbids_attesting(Who(ME, mine), "operations", None, line, signed=signed)
        assert (forbidden is None) == (mine == "compliance" and not signed and line.account != ME)


def test_what_was_not_used_for_long_is_pointed_out() -> None:
    """Never used, or not for 45 days, is idle; a day less is not."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    assert is_idle(None, at)
    assert is_idle(at - timedelta(days=45, seconds=1), at)
    assert not is_idle(at - timedelta(days=45), at)


async def opened(house: House) -> int:
    """Have the worker open what is missing."""
    connection = await asyncpg.connect(house.stage.db.dsn("wx_worker"))
    try:
        async with connection.transaction():
            await connection.execute("select set_config('role', 'wx_as_worker', true)")
            return await open_access_reviews(connection, "eu", house.stage.clock())
    finally:
        await connection.close()


async def review_of(client: httpx.AsyncClient, role: str) -> dict:
    """Give the review of a role, with its people."""
    listed = (await client.get("/api/v1/access-reviews")).json()["items"]
    (found,) = [one for one in listed if one["role"] == role]
    return (await client.get(f"/api/v1/access-reviews/{found['id']}")).json()


async def test_reviews_open_once_and_commit_to_what_they_show(house: House) -> None:
    """Each role of the house has one review a month; its entry commits to the snapshot, in codes, without a name."""
    assert await opened(house) == len(REVIEWED)
    assert await opened(house) == 0
    review = await review_of(await house.api("compliance"), "operations")
    assert (review["month"], review["people"], review["attested"]) == ("2026-02-01", 1, 0)
    leaves = await leaves_of(house, "attestations:review:opened", len(REVIEWED))
    (leaf,) = [one for one in leaves if one["document"]["role"] == "operations"]
    assert digest_of(leaf["document"]) == review["snapshot"] == leaf["facts"]
    (person,) = json.loads(leaf["document"]["people"])
    assert person["code"] == review["lines"][0]["code"]
    assert "Person of" not in json.dumps(leaf)
    house.stage.clock.pass_by(days=31)
    assert await opened(house) == len(REVIEWED)


async def leaves_of(house: House, act: str, count: int) -> list[dict]:
    """Wait until so many entries of a kind are in the ledger."""
    while len(found := await house.stage.leaves(act)) < count:
        await house.stage.client.status()
    return found


async def test_a_removed_access_ends_with_the_signature(house: House) -> None:
    """Attested as to be removed and signed with the password, a person's sessions end and no new one opens."""
    await opened(house)
    finance = await house.api("finance")
    compliance = await house.browser("compliance")
    review = await review_of(await house.api("compliance"), "finance")
    here, line = f"/access-reviews/{review['id']}", review["lines"][0]["id"]
    await compliance.open(here)
    assert "Sign the review" not in compliance.words()
    where = f"{here}/lines/{line}"
    await compliance.submit(where, expect=422, decision="remove", to_role="", words="")
    assert "Say in a few words why." in compliance.words()
    await compliance.submit(where, expect=422, decision="change", to_role="finance", words="x")
    await compliance.submit(where, decision="remove", to_role="", words="has left")
    assert (await finance.get("/api/v1/me")).status_code == 200
    await compliance.submit(f"{here}/signing", expect=403, password="wrong")
    await compliance.submit(f"{here}/signing", password=PASSWORD)
    assert "The review is signed." in compliance.words()
    assert (await finance.get("/api/v1/me")).status_code == 401
    with pytest.raises(KeeperRefused):
        await house.stage.sign_in("finance")
    (ended,) = await house.stage.leaves("security:access:withdrawn")
    assert (ended["case"], ended["document"]["role"]) == (review["id"], "finance")
    (signed,) = await leaves_of(house, "attestations:review:signed", 1)
    assert signed["document"]["snapshot"] == review["snapshot"]
    assert json.loads(signed["document"]["decisions"]) == {review["lines"][0]["code"]: "remove"}


async def test_nobody_decides_about_oneself_and_a_change_goes_to_the_administrator(house: House) -> None:
    """Compliance's own review is the administrator's; a role to be changed is his to change, and noted."""
    await opened(house)
    compliance, administrator = await house.api("compliance"), await house.api("administrator")
    own = await review_of(compliance, "compliance")
    where = f"/api/v1/access-reviews/{own['id']}/lines/{own['lines'][0]['id']}"
    keep = {"decision": "keep"}
    assert (await compliance.post(where, json=keep)).json()["code"] == "attestations:not_yours"
    early = await administrator.post(f"/api/v1/access-reviews/{own['id']}/signature")
    assert early.json()["code"] == "attestations:not_all_attested"
    assert (await administrator.post(where, json=keep)).status_code == 200
    assert (await administrator.post(f"/api/v1/access-reviews/{own['id']}/signature")).status_code == 201
    assert (await administrator.post(where, json=keep)).json()["code"] == "attestations:signed_already"
    sales = await review_of(compliance, "sales")
    base = f"/api/v1/access-reviews/{sales['id']}"
    change = {"decision": "change", "to_role": "service_agent", "words": "moves to the desk"}
    attested = await compliance.post(f"{base}/lines/{sales['lines'][0]['id']}", json=change)
    assert attested.json()["lines"][0]["to_role"] == "service_agent"
    assert (await compliance.post(f"{base}/signature")).status_code == 201
    page = await house.browser("administrator")
    await page.open("/access-reviews")
    assert "moves to the desk" in page.words()
    await page.submit(f"/access-reviews/changes/{sales['lines'][0]['id']}")
    assert "Roles to be changed" not in page.words()
    (made,) = await leaves_of(house, "attestations:change:made", 1)
    assert made["document"]["to"] == "service_agent"


async def test_an_owner_attests_the_own_role_and_sees_no_other(house: House) -> None:
    """Whoever compliance names the owner of a role attests it, sees that review alone, and signs nothing."""
    await opened(house)
    page = await house.browser("compliance")
    await page.open("/access-reviews")
    account = await house.stage.owner.fetchval("select id from gate.account where role = 'operations'")
    await page.submit("/access-reviews/owners", role="sales", account=f"eu_{account}")
    owner = await house.api("operations")
    review = await review_of(owner, "sales")
    assert len((await owner.get("/api/v1/access-reviews")).json()["items"]) == 1
    where = f"/api/v1/access-reviews/{review['id']}"
    attested = await owner.post(f"{where}/lines/{review['lines'][0]['id']}", json={"decision": "keep"})
    assert attested.json()["attested"] == 1
    assert (await owner.post(f"{where}/signature")).status_code == 403
    assert (await (await house.api("finance")).get(where)).json()["code"] == "attestations:not_found"
    assert (await (await house.api("auditor")).get(where)).status_code == 403
    assert (await (await house.api("compliance")).post(f"{where}/signature")).status_code == 201


async def test_the_keeper_ends_no_access_for_the_wrong_person(house: House) -> None:
    """Others than compliance and administration, without a step-up, against oneself, or against the last: refused."""
    stage = house.stage
    codes = {row["role"]: row["id"] for row in await stage.owner.fetch("select role, id from gate.account")}

    async def refused(role: str, of: str, *, stepped: bool = True) -> str:
        token = await (stage.stepped_up(role) if stepped else stage.sign_in(role))
        with pytest.raises(KeeperRefused) as caught:
            await stage.client.withdraw_access(token, request(), codes[of], "eu_x")
        return caught.value.code

    assert await refused("operations", "sales") == "attestations:not_yours"
    assert await refused("compliance", "sales", stepped=False) == "passengers:step_up_required"
    assert await refused("compliance", "compliance") == "attestations:own_access"
    assert await refused("compliance", "administrator") == "attestations:last_of_role"
    assert await refused("compliance", "booker") == "attestations:no_such_person"
    assert await stage.leaves("security:access:withdrawn") == []
