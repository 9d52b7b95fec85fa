"""The demo's alarms and access reviews: open and closed ones with reasons, and entries that bear them out."""

import json

from portal.attestations.work import digest_of
from portal.reports.figures import count_month
from tests.portal.demo.conftest import AT
from tests.security.keeper.stage import request


async def test_alarms_stand_open_and_closed_with_their_entries(demo, served):
    """Compliance sees open and closed alarms whose entries are there, a false-positive rate, and well-known people."""
    token = demo.account("compliance")["token"]
    alarms = await served.alarms(token, request())
    assert {bool(alarm.closed_at) for alarm in alarms} == {True, False}
    assert {alarm.verdict for alarm in alarms} == {"", "confirmed", "false_positive"}
    for alarm in alarms:
        assert alarm.count == len(alarm.entries) >= alarm.threshold
        one = await served.alarm(token, request(), alarm.id)
        assert len(one.lines) == len(alarm.entries)
        assert len(one.steps) == bool(alarm.taken_at) + bool(alarm.closed_at)
    rules = {rule.code: rule for rule in await served.alarm_rules(token, request())}
    assert rules["off_shift"].muted == 1
    assert rules["vip"].confirmed == 1
    assert len(await served.vips(token, request())) == 6
    raised = await demo.admin.fetchval("select count(*) from ledger_leaf where act = 'security:alarm:raised'")
    assert raised >= len(alarms)


async def test_reviews_are_signed_and_open_and_the_month_can_be_counted(demo):
    """One month is signed, two reviews of the last are open, entries commit to their snapshots; a report counts."""
    rows = await demo.admin.fetch("select month, role, signed_at, document, digest from access_review")
    months = sorted({row["month"] for row in rows})
    assert [sum(row["signed_at"] is None for row in rows if row["month"] == month) for month in months][
        -1
    ] == 2
    opened = await demo.admin.fetch(
        "select f.document from ledger_leaf l join ledger_fact f on f.index = l.index"
        " where l.act = 'attestations:review:opened'"
    )
    assert {digest_of(json.loads(row["document"])) for row in opened} == {row["digest"] for row in rows}
    figures = await count_month(demo.admin, "eu", months[-1], AT)
    assert figures["totals"]["entries"] > 100
    assert figures["reviews"]
    assert figures["residency"]["foreign_rows"] == 0
