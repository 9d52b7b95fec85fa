"""A visitor without JavaScript: every HTML answer he gets is checked, whatever the test is about."""

import re
from html.parser import HTMLParser
from typing import Any

import httpx

from i18n.locales import LOCALES

VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
SEALED = ("CANARY",)


class Checked(HTMLParser):
    """Parses a page strictly enough to find what browsers forgive: unclosed tags, double ids, labels for nothing."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[str] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.forms: list[dict[str, str]] = []
        self.inputs: list[dict[str, str]] = []
        self.attributes: dict[str, dict[str, str]] = {}
        self.problems: list[str] = []
        self.text: list[str] = []
        self.feed(text)
        self.problems += [f"<{tag}> is never closed" for tag in self.stack]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.attributes.setdefault(tag, given)
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "label" and "for" in given:
            self.labels.append(given["for"])
        if tag == "form":
            self.forms.append(given)
        if tag in {"input", "select", "textarea", "button"}:
            self.inputs.append({"tag": tag, **given, "form": str(len(self.forms))})
        if "style" in given or any(name.startswith("on") for name in given):
            self.problems.append(f"<{tag}> has an inline style or handler")
        if tag == "script" and "src" not in given:
            self.problems.append("inline script")
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.stack.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.stack or self.stack[-1] != tag:
            self.problems.append(f"</{tag}> closes {self.stack[-1] if self.stack else 'nothing'}")
        else:
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def check_page(answer: httpx.Response, tag: str) -> Checked:
    """Check an HTML answer: well-formed, titled, in the right language and direction, nothing inline, not stored."""
    page = Checked(answer.text)
    root = page.attributes["html"]
    problems = list(page.problems)
    if root.get("lang") != tag or root.get("dir") != LOCALES[tag].direction:
        problems.append(f"html is {root.get('lang')} {root.get('dir')}")
    if "<title>" not in answer.text or re.search(r"<title>\s*·", answer.text):
        problems.append("no title")
    problems += [f"id {name} twice" for name in {i for i in page.ids if page.ids.count(i) > 1}]
    problems += [f"label for {name} that is not there" for name in page.labels if name not in page.ids]
    problems += [
        "form without action"
        for form in page.forms
        if not form.get("action") and form.get("method") != "dialog"
    ]
    if "no-store" not in answer.headers.get("cache-control", ""):
        problems.append("page may be stored")
    if "script-src 'self'" not in answer.headers.get("content-security-policy", ""):
        problems.append("no policy")
    problems += [f"{value} is on the page" for value in SEALED if value in answer.text]
    assert not problems, f"{answer.url}: {problems}"
    return page


class Visitor:
    """Opens pages and submits forms as a browser without scripts does."""

    def __init__(self, client: httpx.AsyncClient, tag: str, origin: str) -> None:
        self.client = client
        self.tag = tag
        self.origin = origin
        self.answer: httpx.Response = httpx.Response(200)
        self.page: Checked | None = None

    async def open(self, path: str, *, expect: int = 200) -> httpx.Response:
        """Open a page in the visitor's language, following redirects."""
        self.answer = await self.client.get(f"/{self.tag}{path}", follow_redirects=True)
        return self._seen(expect)

    async def submit(
        self,
        action: str,
        *,
        expect: int = 200,
        origin: str | None = None,
        files: dict[str, Any] | None = None,
        **fields: Any,
    ) -> httpx.Response:
        """Submit the form of the current page that posts to `action`, with its hidden fields."""
        assert self.page is not None
        wanted = f"/{self.tag}{action}"
        number = next(
            i
            for i, form in enumerate(self.page.forms, 1)
            if form.get("action") == wanted and form.get("method") == "post"
        )
        hidden = {
            field["name"]: field.get("value", "")
            for field in self.page.inputs
            if field["form"] == str(number) and field.get("type") == "hidden" and "name" in field
        }
        self.answer = await self.client.post(
            wanted,
            data=hidden | fields,
            files=files,
            headers={"origin": origin or self.origin},
            follow_redirects=True,
        )
        return self._seen(expect)

    def _seen(self, expect: int) -> httpx.Response:
        if "html" in self.answer.headers.get("content-type", ""):
            tag = str(self.answer.url.path).split("/")[1]
            self.page = check_page(self.answer, tag if tag in LOCALES else self.tag)
        assert self.answer.status_code == expect, (
            f"{self.answer.url} {self.answer.status_code}: {self.words()[:600]}"
        )
        return self.answer

    def words(self) -> str:
        """Give what the page says, as text."""
        text = " ".join(" ".join(self.page.text).split()) if self.page else self.answer.text
        return re.sub("[\u2066-\u2069]", "", text)
