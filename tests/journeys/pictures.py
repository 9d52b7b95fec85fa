"""`python -m tests.journeys.pictures`: the README's pictures, anew, from a house of its own; run by hand."""

import asyncio
import os
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, async_playwright

from infra.options import ROOT
from tests.database import FOLDER
from tests.journeys.checks import DESK_DARK, DESK_LIGHT, Manner
from tests.journeys.conftest import ARGUMENTS
from tests.journeys.running import Site, lived_in
from tests.journeys.visit import Visit
from tests.people import BY_EMAIL, DemoAccount, of_role

PICTURES = ROOT / "infra" / "pictures"
HEAVIEST = 200_000  # bytes
OPERATIONS = of_role("operations", "en")


async def _visit(browser: Browser, site: Site, tag: str, manner: Manner, who: DemoAccount | None) -> Visit:
    context = await browser.new_context(
        viewport=manner.size,  # type: ignore[arg-type]
        color_scheme=manner.theme,  # type: ignore[arg-type]
        reduced_motion="reduce",
    )
    visit = Visit(context, await context.new_page(), site.cell, tag, manner)
    if who is not None:
        await visit.sign_in(who)
    return visit


async def _keep(visit: Visit, name: str) -> None:
    await visit.page.mouse.move(0, 0)
    await visit.page.evaluate("() => document.fonts.ready")
    path = PICTURES / name
    await visit.page.screenshot(path=path)
    _lighten(path)


def _lighten(path: Path) -> None:
    if path.stat().st_size >= HEAVIEST:  # then a palette must be enough
        Image.open(path).convert("RGB").quantize(255).save(path, optimize=True)
    assert path.stat().st_size < HEAVIEST, f"{path.name} is too heavy"


async def _passenger(visit: Visit, name: str) -> None:
    await visit.search(name)
    async with visit.page.expect_navigation():
        await visit.page.locator("main tbody a").first.click()


async def _open(visit: Visit, link: str) -> None:
    async with visit.page.expect_navigation():
        await visit.page.locator(f"main {link}").first.click()


async def _reveal(visit: Visit, name: str) -> None:
    """Open a passport; the password is asked for once in a session."""
    await _passenger(visit, name)
    row = visit.page.locator("section[aria-labelledby=documents] tr").filter(has_text=visit.say("Passport"))
    async with visit.page.expect_navigation():
        await row.locator("a.button").click()
    if await visit.input("password").count():
        await visit.fill("password", OPERATIONS.password)
    await visit.press("Reveal for 60 seconds")


async def _take(browser: Browser, site: Site) -> None:
    front = await _visit(browser, site, "en", DESK_LIGHT, None)
    await front.page.goto(f"{site.front}/en/")
    await _keep(front, "front-en.png")
    booker = await _visit(browser, site, "en", DESK_LIGHT, of_role("booker", "en"))
    await booker.go("/quotes")
    await _open(booker, "tbody tr:has(.pill.warn) a")
    await _keep(booker, "quote-en.png")
    desk = await _visit(browser, site, "en", DESK_LIGHT, OPERATIONS)
    await desk.go("/notices")
    await _keep(desk, "board-en.png")
    await desk.go("/passengers")
    await _keep(desk, "passengers-en.png")
    await _reveal(desk, "Ashcombe")
    await _keep(desk, "reveal-en.png")
    desk.tag = "zh-Hans"
    await _reveal(desk, "林若曦")
    arabic = await _visit(browser, site, "ar", DESK_DARK, of_role("operations", "ar"))
    await _passenger(arabic, "Marzouqi")
    await _keep(arabic, "passenger-ar-dark.png")
    await arabic.go("/trips")
    await _open(arabic, "tbody tr:nth-child(2) a")
    await _keep(arabic, "trip-ar-dark.png")
    reader = await _visit(browser, site, "zh-Hans", DESK_LIGHT, BY_EMAIL["lin.ruoxi@lanxi.example"])
    await reader.go("/trail")
    await _keep(reader, "trail-zh.png")
    auditor = await _visit(browser, site, "en", DESK_LIGHT, of_role("auditor"))
    await auditor.go("/ledger")
    await _keep(auditor, "ledger-en.png")


async def _main(site: Site) -> None:
    async with async_playwright() as kit:
        arguments = [*ARGUMENTS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = await kit.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        await _take(browser, site)
        await browser.close()


def main() -> int:
    """Start a house, take the pictures, stop the house."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="waxwing-pictures-") as folder:
        Path(folder).chmod(0o711)
        os.environ[FOLDER] = folder
        with lived_in() as site:
            asyncio.run(_main(site))
    return 0


if __name__ == "__main__":
    sys.exit(main())
