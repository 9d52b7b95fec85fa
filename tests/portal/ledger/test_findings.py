"""Findings on the real database: opened, answered, remediated, closed, signed off by a second auditor."""

from typing import Any

import httpx

from audit.entry import reason_commitment
from security.sign_in.accounts import open_account
from security.sign_in.passwords import hash_password
from tests.portal.house import House
from tests.portal.ledger.test_extracts import settled
from tests.security.keeper.stage import PASSWORD, QUICK

BASE = "/api/v1/findings"
WORDS = "Two people read the same number at night."


def body(**changes: Any) -> dict[str, Any]:
    """Give a finding about the first entries."""
    usual = {
        "title": "Night reads",
        "severity": "high",
        "words": WORDS,
        "entries": [0, 1],
        "due_on": "2026-03-20",
    }
    return usual | changes


async def second_auditor(house: House) -> httpx.AsyncClient:
    """Open another auditor's account, and give its client."""
    opened = await open_account(
        house.stage.owner,
        email="second@example.test",
        password_hash=hash_password(PASSWORD, QUICK),
        role="auditor",
    )
    await house.stage.owner.execute(
        "insert into member (id, name, email, locale, time_zone)"
        " values ($1, 'Second', 'second@example.test', 'en', 'UTC')",
        opened.id,
    )
    token = (await house.stage.client.sign_in("second@example.test", PASSWORD, "x", "192.0.2.8")).token
    return house.client(headers={"authorization": f"Bearer {token}"})


async def step(client: httpx.AsyncClient, where: str, name: str) -> httpx.Response:
    """Take a step."""
    return await client.post(f"{where}/steps", json={"step": name, "words": f"About {name}."})


async def test_a_finding_goes_its_way(house: House) -> None:
    """Each step is an entry with a commitment to words that stay out of it; only a second auditor signs off."""
    auditor, compliance = await house.api("auditor"), await house.api("compliance")
    await settled(house, "security:session:opened", 2)
    made = await auditor.post(BASE, json=body())
    assert made.status_code == 201, made.text
    where = made.headers["location"]
    assert made.json()["next"] == []
    assert (await step(auditor, where, "close")).json()["code"] == "findings:not_now"
    assert (await step(auditor, where, "answer")).json()["code"] == "findings:not_your_step"
    for name in ("answer", "remediate"):
        assert (await step(compliance, where, name)).status_code == 201
    assert (await step(auditor, where, "return")).json()["state"] == "open"
    for name in ("answer", "remediate"):
        assert (await step(compliance, where, name)).status_code == 201
    assert (await step(auditor, where, "close")).json()["state"] == "closed"
    assert (await step(auditor, where, "sign_off")).json()["code"] == "findings:second_auditor_required"
    signed = await step(await second_auditor(house), where, "sign_off")
    assert signed.json()["state"] == "signed_off", signed.text
    shown = (await compliance.get(where)).json()
    kinds = ["open", "answer", "remediate", "return", "answer", "remediate", "close", "sign_off"]
    assert [one["step"] for one in shown["history"]] == kinds
    await settled(house, "findings:finding:signed-off")
    (opened,) = await house.stage.leaves("findings:finding:opened")
    assert opened["rc"] == reason_commitment(bytes.fromhex(shown["history"][0]["salt"]), WORDS)
    assert opened["document"] == {"due_on": "2026-03-20", "entries": "0 1", "severity": "high"}
    rows = "select leaf, document from ledger_leaf left join ledger_fact using (index)"
    leaves = str(await house.stage.owner.fetch(rows))
    assert "at night" not in leaves
    assert "Night" not in leaves


async def test_a_finding_is_open_work_of_compliance(house: House) -> None:
    """Until something was done about it it stands among open work, due at the end of its day, for no other role."""
    auditor, compliance = await house.api("auditor"), await house.api("compliance")
    await settled(house, "security:session:opened", 2)
    where = (await auditor.post(BASE, json=body())).headers["location"]

    async def open_work(client: httpx.AsyncClient) -> list[tuple[str, str, str]]:
        items = (await client.get("/api/v1/work")).json()["items"]
        return [(one["state"], one["due_at"], one["id"]) for one in items if one["source"] == "finding"]

    known = where.rpartition("/")[2]
    assert await open_work(compliance) == [("opened", "2026-03-21T00:00:00Z", known)]
    assert await open_work(await house.api("operations")) == []
    await step(compliance, where, "answer")
    assert [state for state, _, _ in await open_work(compliance)] == ["taken"]
    await step(compliance, where, "remediate")
    assert await open_work(compliance) == []


async def test_findings_are_for_auditors_and_compliance(house: House) -> None:
    """Other roles get nothing, compliance opens none; an entry that is not there is named, a key counts once."""
    auditor = await house.api("auditor")
    await settled(house, "security:session:opened")
    for role in ("administrator", "operations", "booker"):
        assert (await (await house.api(role)).get(BASE)).status_code == 403
    assert (await (await house.api("compliance")).post(BASE, json=body())).status_code == 403
    unseen = await auditor.post(BASE, json=body(entries=[99999]))
    assert unseen.json()["errors"][0]["code"] == "findings:entries_unseen"
    for _ in range(2):
        assert (
            await auditor.post(BASE, json=body(entries=[0]), headers={"Idempotency-Key": "k"})
        ).status_code == 201
    assert len((await auditor.get(BASE)).json()["items"]) == 1
    assert (await auditor.get(f"{BASE}/eu_{house.stage.org}")).status_code == 404
    assert (await auditor.get(f"{BASE}/cn_{house.stage.org}")).status_code == 421


async def test_notes_are_working_papers(house: House) -> None:
    """An auditor notes something on entries and finds it by entry; compliance reads no note."""
    auditor = await house.api("auditor")
    await settled(house, "security:session:opened")
    note = await auditor.post("/api/v1/ledger/notes", json={"words": "Ask about this.", "entries": [0]})
    assert note.status_code == 201, note.text
    assert [n["words"] for n in (await auditor.get("/api/v1/ledger/notes?entry=0")).json()["items"]] == [
        "Ask about this."
    ]
    assert (await auditor.get("/api/v1/ledger/notes?entry=1")).json()["items"] == []
    compliance = await house.api("compliance")
    assert (await compliance.get("/api/v1/ledger/notes")).status_code == 403
    async with house.stage.owner.transaction():
        await house.stage.owner.execute("select set_config('role', 'wx_as_compliance', true)")
        may = await house.stage.owner.fetchval("select has_table_privilege('ledger_note', 'select')")
    assert may is False


async def test_pages_of_findings(house: House) -> None:
    """Pages open a finding, show what compliance may do, and take its answer, in three languages."""
    visitor = await house.browser("auditor", "ar")
    await settled(house, "security:session:opened")
    await visitor.open("/findings?entries=0")
    await visitor.submit("/findings", expect=422, **(body(entries="0") | {"due_on": ""}))
    await visitor.submit("/findings", **body(entries="0 1"))
    where = str(visitor.answer.url.path).removeprefix("/ar")
    await visitor.open("/notes")
    await visitor.submit("/notes", expect=422, words="", entries="0")
    await visitor.submit("/notes", words="x", entries="0")
    clerk = await house.browser("compliance", "zh-Hans")
    await clerk.open("/findings?state=open")
    await clerk.open(where)
    await clerk.submit(f"{where}/steps", expect=422, step="answer", words="")
    await clerk.submit(f"{where}/steps", step="answer", words="We looked.")
    await clerk.submit(f"{where}/steps", expect=409, step="answer", words="Again.")
    await visitor.open(where)
    assert "We looked." in visitor.words()
