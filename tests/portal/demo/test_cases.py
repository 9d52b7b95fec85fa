"""Cases of the demo: at different stages, in several languages, each step an entry without its words."""

import json


async def test_cases_stand_at_different_stages(demo):
    """There are cases in every state, in three languages, owed now and owed no more, each of its own organisation."""
    rows = await demo.admin.fetch("select * from desk_case c join organisation o on o.id = c.org_id")
    assert {row["state"] for row in rows} == {"opened", "taken", "answered", "closed"}
    assert len({row["language"] for row in rows}) == 3
    assert {row["respond_by"] is None for row in rows} == {True, False}
    astray = await demo.admin.fetchval(
        "select count(*) from desk_case c left join passenger p on p.id = c.passenger_id"
        " left join trip t on t.id = c.trip_id where p.org_id <> c.org_id or t.org_id <> c.org_id"
    )
    assert astray == 0


async def test_each_step_is_an_entry_without_its_words(demo):
    """Every step of every case stands in the ledger with the case as its reference; none of its words does."""
    steps = await demo.admin.fetch("select case_id, kind, words from case_step")
    leaves = await demo.admin.fetch("select leaf from ledger_leaf where act like 'desk:case:%'")
    said = [json.loads(row["leaf"]) for row in leaves]
    assert len(said) >= len(steps) >= 20
    stated = {(leaf["case"], leaf["act"].rpartition(":")[2]) for leaf in said}
    assert {(f"eu_{s['case_id']}", s["kind"].replace("_", "-")) for s in steps} <= stated
    text = await demo.admin.fetchval("select string_agg(leaf, ' ') from ledger_leaf")
    assert not any(step["words"] in text for step in steps if step["words"])
