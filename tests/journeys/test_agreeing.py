"""What needs more than one person, in the house: one decides, the worker makes the file, another fetches it."""

import asyncio

from tests.journeys.conftest import Enter
from tests.people import BY_EMAIL

OLE = b"\xd0\xcf\x11\xe0"  # what an encrypted workbook begins with


async def test_a_file_of_documents_needs_two(enter: Enter) -> None:
    """What operations asked for waits for a colleague; after his word the file is made, closed and fetched."""
    agrees, asks = await enter("ar"), await enter("en")
    colleague, asker = (BY_EMAIL[f"{name}@waxwing.example"] for name in ("youssef.haddad", "marek.dvorak"))
    await agrees.sign_in(colleague)
    await agrees.go("/approvals")
    await agrees.see("approvals")
    waiting = agrees.page.locator("main tbody tr", has_text="XLSX").or_(
        agrees.page.locator("main tbody tr", has_text=agrees.say("Export of documents"))
    )
    await waiting.first.locator("a").first.click()
    await agrees.see("approval")
    await agrees.fill("password", colleague.password)
    await agrees.press("Approve")
    await agrees.reads("Approved. Your approval is in the ledger.")

    await asks.sign_in(asker)
    for _ in range(40):
        await asks.go("/exports")
        links = asks.page.locator("main a[href$='/file']")
        if await links.count():
            break
        await asyncio.sleep(0.5)
    await asks.see("files")
    href = await links.first.get_attribute("href")
    answer = await asks.context.request.get(f"{asks.base}{href}")
    assert answer.status == 200
    assert (await answer.body()).startswith(OLE)
    await asks.go("/approvals?which=mine")
    await asks.see("asked-by-me")
