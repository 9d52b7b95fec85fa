"""What must hold on every page: contrast and structure (axe), width, language, console."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from babel.messages.pofile import read_po
from playwright.async_api import Page

from i18n.catalogs import po_path
from i18n.locales import LOCALES
from infra.assets import CHECKER

TAGS = ("en", "zh-Hans", "ar")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
ISOLATES = re.compile("[\u2066-\u2069]")
PLACE = re.compile(r"%\(\w+\)[sd]|%%")
# Little words in small letters, which no name, code or brand consists of: where one stands, somebody speaks English.
# (Capitals may be a state's code, such as CAN, or a person's name.)
LITTLE = re.compile(r"\b(the|is|are|was|were|your|you|this|that|with|not|has|have|and|for|please|can|it)\b")
WORD = re.compile(r"[A-Za-z’'-]+")

AXE = """async (tags) => {
  const done = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]});
  return done.violations.map(({id, nodes}) =>
    `${id}: ${nodes.slice(0, 4).map((node) => node.target.join(" ") + " " + node.failureSummary).join(" | ")}`);
}"""
WIDE = """() => {
  const root = document.scrollingElement;
  if (root.scrollWidth <= innerWidth) return [];
  const inside = (node) => node.closest(".table-box, pre, .unseen, .skip, dialog:not([open])");
  const rtl = document.documentElement.dir === "rtl";
  const out = (box) => rtl ? box.left < -0.5 : box.right > innerWidth + 0.5;
  const guilty = [...document.body.querySelectorAll("*")].filter(
    (node) => !inside(node) && out(node.getBoundingClientRect()));
  return [`${root.scrollWidth} px wide`, ...guilty.slice(-4).map((node) => node.outerHTML.slice(0, 160))];
}"""
WORDS = """(without) => {
  const said = [document.title];
  const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
  while (walker.nextNode())
    if (!walker.currentNode.parentElement.closest("script, style, noscript" + (without && ", " + without)))
      said.push(walker.currentNode.data.replaceAll("\\n", " "));
  for (const name of ["aria-label", "title", "placeholder", "alt", "data-label", "data-copied"])
    for (const node of document.querySelectorAll(`[${name}]`)) said.push(node.getAttribute(name));
  return said.join("\\n");
}"""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a page is looked at: colour scheme and width in CSS pixels."""

    theme: str
    width: int

    @property
    def size(self) -> dict[str, int]:
        """The viewport."""
        return {"width": self.width, "height": 800 if self.width > 600 else 690}


PHONE_DARK, PHONE_LIGHT = Manner("dark", 320), Manner("light", 320)
DESK_DARK, DESK_LIGHT = Manner("dark", 1280), Manner("light", 1280)
EVERY = (DESK_LIGHT, DESK_DARK, PHONE_LIGHT, PHONE_DARK)
# Every pair of language, theme and width is among these six; a journey is lived in the first of its two.
PAIRWISE = {
    "en": (DESK_LIGHT, PHONE_DARK),
    "zh-Hans": (DESK_DARK, PHONE_LIGHT),
    "ar": (PHONE_DARK, DESK_LIGHT),
}


def plain(text: str) -> str:
    """Take isolates out and fold white space: what a person reads."""
    return " ".join(ISOLATES.sub("", text).split())


@cache
def _axe() -> str:
    return CHECKER.read_text("utf-8")


async def load_axe(page: Page) -> None:
    """Bring axe-core into the page; through the debugger, since the page's policy lets no script in."""
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(_axe())


async def axe_violations(page: Page) -> list[str]:
    """List what breaks WCAG 2.2 A or AA on the page as it is drawn now."""
    found: list[str] = await page.evaluate(AXE, WCAG)
    return found


async def too_wide(page: Page) -> list[str]:
    """Say what leaves the viewport sideways."""
    found: list[str] = await page.evaluate(WIDE)
    return found


@cache
def english_of(tag: str) -> tuple[str, ...]:
    """Give each English sentence (or part between places) of over two words that a language says otherwise."""
    with po_path(LOCALES[tag]).open("rb") as file:
        messages = [message for message in read_po(file) if message.id and message.id != message.string]
    whole = [
        one for message in messages for one in ([message.id] if isinstance(message.id, str) else message.id)
    ]
    parts = {plain(part) for one in whole for part in PLACE.split(one)}
    return tuple(sorted(part for part in parts if len(WORD.findall(part)) > 2))


async def left_in_english(page: Page, tag: str) -> list[str]:
    """List sentences of the catalog that stand in English on a page in another language, and other English prose."""
    if LOCALES[tag].is_source:
        return []
    said = plain(await page.evaluate(WORDS, ""))
    prose = await page.evaluate(
        WORDS, "bdi, pre, code, kbd, [lang=en]"
    )  # without names, codes and quotations
    lines = [plain(line) for line in prose.splitlines()]
    return [part for part in english_of(tag) if part in said] + [
        line for line in lines if LITTLE.search(line)
    ]


async def head_problems(page: Page, tag: str) -> list[str]:
    """Check language, direction and title of the document."""
    root: dict[str, Any] = await page.evaluate(
        "() => ({lang: document.documentElement.lang, dir: document.documentElement.dir, title: document.title})"
    )
    good = root["lang"] == tag and root["dir"] == LOCALES[tag].direction
    named = bool(plain(root["title"]).partition("·")[0].strip())
    return ([] if good else [f"html is {root['lang']} {root['dir']}"]) + ([] if named else ["no title"])
