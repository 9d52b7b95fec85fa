"""Starting in the ledger from a person: compliance alone, with a purpose and a reason, and an entry of its own."""

import json

import pytest

from tests.portal.house import House
from tests.portal.test_oversight import settled

WHY = {"purpose": "rights_request", "reason": "Request 12 of the client"}


async def test_compliance_opens_a_pseudonym_and_an_auditor_filters_by_it(house: House) -> None:
    """The pseudonym that compliance opens finds the same entries for an auditor, who never meets the person's id."""
    await (await house.api("operations")).get(f"/api/v1/passengers/{house.mei}")
    await settled(house, "passengers:profile:viewed")
    compliance = await house.api("compliance")
    opened = await compliance.post(f"/api/v1/passengers/{house.mei}/entries", json=WHY)
    assert opened.status_code == 200, opened.text
    sub, items = opened.json()["pseudonym"], opened.json()["items"]
    kinds = [json.loads(item["leaf"])["act"] for item in items]
    assert kinds[0] == "oversight:subject:opened"
    assert "passengers:profile:viewed" in kinds
    auditor = await house.api("auditor")
    found = await auditor.get(f"/api/v1/ledger/entries?subject={sub}")
    assert [item["index"] for item in found.json()["items"]] == [item["index"] for item in items]
    assert str(house.stage.mei) not in found.text
    (entry,) = await house.stage.leaves("oversight:subject:opened")
    parts = entry if isinstance(entry, dict) else json.loads(entry)
    assert (parts["dec"], parts["why"], parts["role"]) == ("allow", "rights_request", "compliance")
    assert WHY["reason"] not in str(entry)


@pytest.mark.parametrize("role", ["auditor", "administrator", "operations", "traveller"])
async def test_nobody_else_starts_from_a_person(house: House, role: str) -> None:
    """Any other role is refused before anybody is looked for, and told nothing."""
    client = await house.api(role)
    refused = await client.post(f"/api/v1/passengers/{house.mei}/entries", json=WHY)
    assert refused.status_code == 403
    assert "pseudonym" not in refused.json()
    token = await house.stage.sign_in(role)
    with pytest.raises(Exception, match="oversight:compliance_only"):  # the keeper decides for itself
        await house.app.state.keeper.open_subject(
            token, house.stage.mei, house.stage.mei, "legal_hold", "curious"
        )
    (entry,) = await house.stage.leaves("oversight:subject:opened")
    assert "sub" not in (entry if isinstance(entry, dict) else json.loads(entry))


async def test_purpose_and_reason_are_needed(house: House) -> None:
    """Without a purpose of compliance, or without a reason, nothing is opened; a person who is not there is 404."""
    compliance = await house.api("compliance")
    where = f"/api/v1/passengers/{house.mei}/entries"
    for body, field in ((WHY | {"purpose": "refund"}, "purpose"), (WHY | {"reason": " "}, "reason")):
        refused = await compliance.post(where, json=body)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    unknown = "/api/v1/passengers/eu_00000000-0000-7000-8000-000000000000/entries"
    assert (await compliance.post(unknown, json=WHY)).status_code == 404
    assert await house.stage.leaves("oversight:subject:opened") == []


async def test_page_of_a_subject(house: House) -> None:
    """On the page nothing is shown before purpose and reason are given; then pseudonym and entries."""
    visitor = await house.browser("compliance")
    await visitor.open(f"/passengers/{house.mei}")
    await visitor.open(f"/passengers/{house.mei}/entries")
    assert "Ledger searched from a person" not in visitor.words()
    await visitor.submit(f"/passengers/{house.mei}/entries", purpose="", reason="", expect=422)
    await visitor.submit(f"/passengers/{house.mei}/entries", **WHY)
    assert "Ledger searched from a person" in visitor.words()
    stranger = await house.browser("auditor", "ar")
    await stranger.open(f"/passengers/{house.mei}/entries", expect=403)
