"""What happens to a planted passenger: scans, approvals, files, links, cases, notices, an export of the ledger."""

import re

from PIL.PngImagePlugin import PngInfo

from portal.extracts.work import ExtractMaker
from portal.links.work import links_kept
from portal.outbox.work import Workplace, keep_due
from portal.worker import Worker
from tests.house.leakage.canaries import Canaries
from tests.house.leakage.grounds import Grounds
from tests.portal.approvals import people
from tests.portal.approvals.test_files import made_file
from tests.portal.scans.specimens import png


async def everything(ground: Grounds, canaries: Canaries) -> None:
    """Let all of it happen."""
    await scanned(ground, canaries)
    await asked_for(ground)
    await linked(ground)
    await worked(ground)
    await audited(ground)


async def scanned(ground: Grounds, canaries: Canaries) -> None:
    """Hand in a scan of her passport with the values in its bytes: as comments, which no copy may keep."""
    about = PngInfo()
    for code, value in canaries.values.items():
        about.add_text(code, value)
    document = f"{ground.ids['passengers.wanted']}/documents/{ground.ids['passengers.document']}"
    where = f"/api/v1/passengers/{document}/scans"
    handed = await (await ground.caller("booker")).post(where, content=png(pnginfo=about))
    assert handed.status_code == 201, handed.text
    ground.ids["passengers.scan"] = handed.json()["id"]


async def asked_for(ground: Grounds) -> None:
    """Ask for a colleague's approval, and have a file of the documents aboard made, closed with a password."""
    compliance = await people.stepped_up(ground.house, "compliance")
    asked = await people.asked(ground.house, compliance, passenger=ground.ids["passengers.wanted"])
    _, made = await made_file(ground.house)
    ground.ids |= {"approvals.wanted": asked["id"], "exports.wanted": made["id"]}


async def linked(ground: Grounds) -> None:
    """Order a one-time link for her, and take it out of the mail."""
    booker, made = await ground.caller("booker"), ground.scene
    where = f"/api/v1/passengers/{ground.ids['passengers.wanted']}/links"
    ordered = await booker.post(where, json={"leg": ground.ids["trips.leg"], "locale": "en"})
    assert ordered.status_code == 201, ordered.text
    kept = links_kept(ground.house.app.state.keeper)
    await keep_due(Workplace(made.settings, made.pool, made.now), kept)
    body = made.mail.caught[-1].get_body(("plain",))
    found = re.search(r"/d/([\w-]{43})\s", body.get_content()) if body else None
    assert found is not None
    ground.ids["d.token"] = found[1]


async def worked(ground: Grounds) -> None:
    """Open a case about her, change the leg so that mails go, and order an export of the ledger."""
    booker, operations = await ground.caller("booker"), await ground.caller("operations")
    about = {"kind": "question", "passenger": ground.ids["passengers.wanted"], "words": "Please call."}
    case = await booker.post("/api/v1/cases", json=about)
    assert case.status_code == 201, case.text
    ground.ids["cases.wanted"] = case.json()["id"]
    await disputed(ground)
    minute = len(ground.scene.mail.caught) % 50 + 5
    await ground.scene.change(operations, departs_at=f"2026-03-04T11:{minute:02d}:00Z")
    await ground.scene.sent()
    await _exported(ground)
    owner = ground.house.stage.owner
    notice = await owner.fetchval("select id from notice order by created_at desc limit 1")
    item = await owner.fetchval("select id from desk_case order by opened_at desc limit 1")
    export = await owner.fetchval("select id from ledger_export order by requested_at desc limit 1")
    checkpoint = await (await ground.caller("nobody")).get("/ledger/checkpoint")
    ground.ids |= {
        "notices.wanted": f"eu_{notice}",
        "desk.wanted": f"eu_{item}",
        "ledger.wanted": f"eu_{export}",
        "ledger.path": f"entries/000.p/{checkpoint.text.splitlines()[1]}",
    }


async def disputed(ground: Grounds) -> None:
    """Have her dispute the newest entry of her trail."""
    traveller = await ground.caller("traveller")
    newest = (await traveller.get("/api/v1/trail")).json()["items"][0]["index"]
    said = await traveller.post(f"/api/v1/trail/entries/{newest}/disputes", json={"words": "Who was that?"})
    assert said.status_code == 201, said.text
    ground.ids["trail.index"] = str(newest)


async def _exported(ground: Grounds) -> None:
    """Have the auditor order the ledger, and the worker build it."""
    asked_for = await (await ground.caller("auditor")).post("/api/v1/ledger/exports")
    assert asked_for.status_code == 202, asked_for.text
    worker = Worker(ground.scene.settings)
    worker.pool = ground.scene.pool
    await worker._exports(ground.scene.now())


async def audited(ground: Grounds) -> None:
    """Have the whole ledger extracted as a table, a finding opened, and somebody from outside invited."""
    auditor = await ground.caller("auditor")
    asked = await auditor.post("/api/v1/extracts", json={"layout": "jsonl"})
    assert asked.status_code == 202, asked.text
    worker = Worker(ground.scene.settings)
    worker.pool = ground.scene.pool
    while await ExtractMaker(ground.scene.settings, ground.scene.now).once(worker._work):
        pass
    body = {"title": "T", "severity": "low", "words": "W", "entries": [0], "due_on": "2026-03-20"}
    found = await auditor.post("/api/v1/findings", json=body)
    assert found.status_code == 201, found.text
    compliance = await people.stepped_up(ground.house, "compliance")
    person = {
        "email": f"{found.json()['id']}@outside.example",
        "name": "I",
        "firm": "O",
        "ends_on": "2026-03-31",
    }
    invited = await compliance.post("/api/v1/auditors", json=person)
    assert invited.status_code == 201, invited.text
    ground.ids |= {
        "extracts.wanted": asked.json()["id"],
        "findings.wanted": found.json()["id"],
        "auditors.wanted": invited.json()["id"],
    }
