"""One person's visit in a real browser, in one language; what he sees is checked and kept as a picture."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, ConsoleMessage, Locator, Page, Response
from playwright.async_api import TimeoutError as NotDrawn

from i18n.catalogs import translations
from tests.journeys.checks import (
    EVERY,
    PAIRWISE,
    Manner,
    axe_violations,
    head_problems,
    left_in_english,
    load_axe,
    plain,
    too_wide,
)
from tests.people import DemoAccount

SHOTS = Path(__file__).resolve().parent.parent / "shots"
FULL = os.environ.get("WX_FULL") == "1"
DRAWN_WITHIN = 10_000  # milliseconds
TALLEST = 2400  # pixels of a page that a picture keeps
TO_TOP = """() => {
  scrollTo(0, 0);
  for (const box of document.querySelectorAll(".table-box")) box.scrollTo(0, 0);
  return Math.max(document.documentElement.scrollHeight, innerHeight);
}"""
NETWORK = "Failed to load resource"


@dataclass
class Visit:
    """A browser of its own (cookies, console) and what the person does with it."""

    context: BrowserContext
    page: Page
    base: str
    tag: str
    manner: Manner
    refused: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)
    drawn: Manner = field(init=False)  # how the page is drawn now

    def __post_init__(self) -> None:
        """Listen to the console and to the answers of pages."""
        self.drawn = self.manner
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("response", self._answered)

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.request.is_navigation_request():
            self.refused.add(response.url)

    def _hear(self, message: ConsoleMessage) -> None:
        # A page that is itself a refusal is said to have failed to load; anything else must load.
        known = message.text.startswith(NETWORK) and message.location["url"] in self.refused
        if message.type in {"error", "warning"} and not known:
            self.problems.append(f"{message.text} {message.location['url']}")

    def say(self, message: Any, number: int | None = None, /, **values: Any) -> str:
        """Say a sentence in the visitor's language, as it is read."""
        return plain(translations(self.tag).say(message, number, **values))

    async def go(self, path: str, *, status: int = 200) -> None:
        """Open a page of the cell in the visitor's language."""
        answer = await self.page.goto(f"{self.base}/{self.tag}{path}")
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"

    async def search(self, words: str) -> None:
        """Look for passengers by a part of the name, on the list's own form; no address may show the words."""
        await self.go("/passengers")
        await self.page.locator("#f-q").fill(words)
        async with self.page.expect_navigation():
            await self.page.locator("#f-q").press("Enter")
        assert words.casefold() not in self.page.url.casefold()

    @property
    def path(self) -> str:
        """Where the visitor is, without the language."""
        return self.page.url.removeprefix(self.base).removeprefix(f"/{self.tag}")

    async def sign_in(self, who: DemoAccount, password: str = "") -> None:
        """Sign in on the page that is open, or on the sign-in page."""
        if "/sign-in" not in self.page.url:
            await self.go("/sign-in")
        await self.fill("email", who.email)
        await self.fill("password", password or who.password)
        await self.press("Sign in")

    def input(self, name: str) -> Locator:
        """Find a form field by its name."""
        return self.page.locator(f"#f-{name}")

    async def fill(self, name: str, value: str) -> None:
        """Type into a field."""
        await self.input(name).fill(value)

    async def choose(self, name: str, value: str) -> None:
        """Choose from a select."""
        await self.input(name).select_option(value)

    def button(self, label: str) -> Locator:
        """Find buttons of the page itself by their English name."""
        name = re.compile(f"^{re.escape(self.say(label))}$")
        return self.page.locator("main").get_by_role("button", name=name)

    def link(self, label: str) -> Locator:
        """Find links of the page itself by their English name."""
        name = re.compile(f"^{re.escape(self.say(label))}$")
        return self.page.locator("main").get_by_role("link", name=name)

    async def press(self, label: str) -> None:
        """Press a button and wait for the page that answers."""
        async with self.page.expect_navigation():
            await self._click(self.button(label).first)

    async def follow(self, label: str) -> None:
        """Follow a link and wait for its page."""
        async with self.page.expect_navigation():
            await self._click(self.link(label).first)

    async def _click(self, found: Locator) -> None:
        """Click; where the browser draws no frame, as now and then after a picture on a busy machine, wake it.

        Until two frames are drawn a click is not made at all; a form that was sent all the same takes effect once.
        """
        try:
            await found.click(timeout=DRAWN_WITHIN)
        except NotDrawn:
            await self.page.bring_to_front()
            await self.page.screenshot()
            await found.click()

    async def words(self) -> str:
        """Give what the page visibly says."""
        return plain(await self.page.locator("body").inner_text())

    async def reads(self, *sentences: str) -> None:
        """Check that the page visibly says these English sentences in the visitor's language."""
        await self.shows(*(self.say(one) for one in sentences))

    async def shows(self, *texts: str) -> None:
        """Check that the page visibly has these very texts."""
        said = await self.words()
        for text in texts:
            assert text in said, f"{self.page.url} lacks {text!r}: {said[:900]}"

    async def lacks(self, *texts: str) -> None:
        """Check that these texts are nowhere in the page, seen or not."""
        source = await self.page.content()
        for text in texts:
            assert text not in source, f"{self.page.url} has {text!r}"

    async def see(self, name: str) -> None:
        """Check the page as it stands in each manner of this run, and keep pictures of it."""
        found = await head_problems(self.page, self.tag) + await left_in_english(self.page, self.tag)
        manners = EVERY if FULL else PAIRWISE[self.tag]
        await load_axe(self.page)
        for manner in manners:
            found += [f"{manner}: {line}" for line in await self._looked_at(manner)]
            if FULL or manner == manners[0]:
                await self._keep(name, manner)
        await self._as(self.manner)
        found += self.problems
        assert not found, f"{self.page.url} in {self.tag}:\n" + "\n".join(found)

    async def _as(self, manner: Manner) -> None:
        if manner == self.drawn:
            return
        self.drawn = manner
        await self.page.set_viewport_size(manner.size)  # type: ignore[arg-type]
        await self.page.emulate_media(color_scheme=manner.theme, reduced_motion="reduce")  # type: ignore[arg-type]

    async def _looked_at(self, manner: Manner) -> list[str]:
        await self._as(manner)
        return await axe_violations(self.page) + await too_wide(self.page)

    async def _keep(self, name: str, manner: Manner) -> None:
        SHOTS.mkdir(exist_ok=True)
        path = SHOTS / f"{name}.{self.tag}.{manner.theme}.{manner.width}.jpeg"
        height = min(await self.page.evaluate(TO_TOP), TALLEST)
        clip = {"x": 0, "y": 0, "width": manner.width, "height": height}
        await self.page.screenshot(clip=clip, path=path, full_page=True, type="jpeg", quality=85)
