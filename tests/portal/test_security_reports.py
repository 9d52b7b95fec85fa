"""Monthly security reports: counted from the ledger, printed in three languages, and committed to in the ledger."""

import contextlib
import hashlib
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, date
from typing import Any

import asyncpg
import pypdf
import pypdfium2
import pytest

from audit.jcs import canonical
from portal.attestations.work import open_access_reviews
from portal.reports.printing import report_html
from portal.reports.work import ask_monthly, begin_again, make_reports
from portal.trips import paper
from tests.portal.house import House
from tests.portal.test_access_reviews import leaves_of
from tests.security.keeper.test_alarms import refused

BASE = "/api/v1/security-reports"
TITLES = {"en": "Security report", "zh-Hans": "安全报告", "ar": "تقرير الأمان"}


def working(house: House) -> Any:
    """Give what opens the worker's transactions."""

    @contextlib.asynccontextmanager
    async def work() -> AsyncIterator[Any]:
        connection = await asyncpg.connect(house.stage.db.dsn("wx_worker"))
        try:
            async with connection.transaction():
                await connection.execute("select set_config('role', 'wx_as_worker', true)")
                yield connection
        finally:
            await connection.close()

    return work


async def month_of_work(house: House) -> None:
    """Let something happen in the month, then let it be over."""
    token = await house.stage.sign_in("sales")
    for _ in range(3):
        await refused(house.stage.reveal(token))
    async with working(house)() as connection:
        await open_access_reviews(connection, "eu", house.stage.clock())
    house.stage.clock.pass_by(days=31)
    await house.stage.sign_in("compliance")


@pytest.mark.needs("libpangoft2-1.0-0")
async def test_a_report_is_made_in_three_languages_and_committed_to(house: House) -> None:
    """Figures are the ledger's; each PDF says its words as text; the entry holds the hash of figures and papers."""
    await month_of_work(house)
    compliance = await house.api("compliance")
    asked = await compliance.post(BASE, json={"month": "2026-03-01"})
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    where = asked.headers["location"]
    early = await compliance.get(f"{where}/papers/en")
    assert early.json()["code"] == "reports:not_ready"
    assert await make_reports(working(house), "eu", house.stage.clock()) == 1
    assert await make_reports(working(house), "eu", house.stage.clock()) == 0
    report = (await compliance.get(where)).json()
    figures = (await compliance.get(f"{where}/figures")).content
    assert hashlib.sha256(figures).hexdigest() == report["figures_sha256"]
    assert canonical(json.loads(figures)) == figures
    totals = json.loads(figures)["totals"]
    counted = await house.stage.owner.fetchrow(
        "select count(*) as entries, count(*) filter (where dec = 'deny') as refused from ledger_leaf"
        " where ts < '2026-04-01T00:00:00Z'"
    )
    assert (totals["entries"], totals["refused"]) == (str(counted["entries"]), "3")
    (made,) = await leaves_of(house, "reports:report:made", 1)
    assert made["document"]["figures"] == report["figures_sha256"]
    assert made["document"]["log_root"] == report["log_root"]
    for tag, title in TITLES.items():
        content = (await compliance.get(f"{where}/papers/{tag}")).content
        assert hashlib.sha256(content).hexdigest() == made["document"][f"pdf_{tag}"]
        _looks_right(content, title, report)
    assert (await compliance.get(f"{where}/papers/fr")).json()["code"] == "reports:not_found"
    taken = [leaf["document"]["what"] for leaf in await leaves_of(house, "reports:report:downloaded", 4)]
    assert sorted(taken) == ["ar", "en", "figures", "zh-Hans"]


def _looks_right(content: bytes, title: str, report: dict[str, Any]) -> None:
    text = "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)
    assert title in text
    assert report["figures_sha256"][:30] in text.replace("\n", "")
    picture = pypdfium2.PdfDocument(content)[0].render(scale=0.6).to_pil().convert("L")
    dark = sum(picture.histogram()[:128]) / (picture.width * picture.height)
    assert 0.002 < dark < 0.1, dark


async def test_months_reports_are_asked_for_once_and_taken_up_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last month's report is asked for by itself once; one left half-made is begun again; no PDF is said so."""

    def missing(html: str) -> bytes:
        raise paper.PaperUnavailable(missing="libpango")

    work = working(house)
    async with work() as connection:
        await ask_monthly(connection, house.stage.clock())
        assert await connection.fetchval("select count(*) from security_report") == 0
    await month_of_work(house)
    async with work() as connection:
        for _ in range(2):
            await ask_monthly(connection, house.stage.clock())
        assert await connection.fetchval(
            "select count(*) from security_report where month = $1", date(2026, 3, 1)
        )
        await connection.execute("update security_report set state = 'making'")
        await begin_again(connection)
    monkeypatch.setattr("portal.reports.printing.print_page", missing)
    assert await make_reports(work, "eu", house.stage.clock()) == 0
    page = await house.browser("compliance")
    await page.open("/reports")
    assert "libpango or the fonts are missing" in page.words()
    assert page.words().count("By itself") == 1
    report = (await (await house.api("auditor")).get(BASE)).json()["items"][0]
    gone = await (await house.api("auditor")).get(f"{BASE}/{report['id']}/papers/en")
    assert (gone.status_code, gone.json()["code"]) == (410, "reports:failed")


async def test_only_compliance_asks_and_only_for_months_that_are_over(house: House) -> None:
    """The month under way, one before the ledger, and nonsense are refused; auditors read, all others do neither."""
    await month_of_work(house)
    page = await house.browser("compliance")
    await page.open("/reports")
    for month in ("2026-04-01", "2026-02-01", "2026-03-02", "never", ""):
        await page.submit("/reports", expect=422, month=month)
    await page.submit("/reports", month="2026-03-01")
    assert "The report is being made." in page.words()
    auditor = await house.api("auditor")
    assert len((await auditor.get(BASE)).json()["items"]) == 1
    assert (await auditor.post(BASE, json={"month": "2026-03-01"})).status_code == 403
    for role in ("operations", "administrator", "booker", "traveller"):
        client = await house.api(role)
        assert (await client.get(BASE)).status_code == 403, role
        assert (await client.get("/en/reports")).status_code == 403, role
    assert house.stage.clock().tzinfo is UTC


def test_the_page_names_nobody_and_says_each_figure() -> None:
    """A month without anything prints too, and every code that it knows is said in words."""
    empty = {"opened": 0, "closed": 0, "unjustified": 0, "late": 0}
    figures = {
        "region": "eu",
        "month": "2026-03-01",
        "made_at": "2026-04-01T00:00:00+00:00",
        "totals": {"entries": 0, "first": None, "last": None, "opened": 0, "refused": 0},
        "before": {"entries": 0, "first": None, "last": None, "opened": 0, "refused": 0},
        "roles": [],
        "kinds": [{"name": "security:session:opened", "entries": 2}],
        "openings": [{"field": "passport.number", "purpose": "border_filing", "entries": 1234}],
        "refusals": [{"name": "passengers:outside_window", "entries": 1}],
        "alarms": dict.fromkeys(("raised", "muted", "confirmed", "false_positive", "closed", "open"), 0),
        "glass": empty,
        "reviews": [],
        "keys": {},
        "residency": {"index": None, "rows": {}, "foreign_rows": None, "epochs": []},
        "log": {"origin": "", "size": 0, "root": "", "witnesses": []},
    }
    text = report_html("en", figures, "ab" * 32)
    for said in ("March 2026", "Signed in", "Passport number", "Border filing", "1,234", "ab" * 32):
        assert said in text, said
    assert "passengers:outside_window" not in text
    assert "passport.number" not in text
