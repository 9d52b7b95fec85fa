"""The base page and the components, rendered in every language without the rest of the house."""

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace as Given
from typing import Any

import pytest
from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader, StrictUndefined

from i18n.formats import formats_for
from i18n.jinja import install
from i18n.locales import LOCALES, locale_for
from portal.web.icons import icon, symbol
from portal.web.shell import SEAM, Reader, frame

FOLDER = Path(__file__).parents[2] / "portal" / "web" / "templates"
HEAD = """{% extends "base.html" %}{% import "parts.html" as ui with context %}
{% import "chart.html" as chart with context %}{% block title %}T{% endblock %}{% block main %}"""
TAGS = ("en", "zh-Hans", "ar", "en-XA")
EVERYTHING = """
{{ ui.field("number", "Number", "1", error="Wrong", hint="Hint", dir="ltr") }}
{{ ui.select("s", "S", [("a", "A")], "a") }}{{ ui.textarea("t", "T", "x") }}{{ ui.checkbox("c", "C") }}
{{ ui.error_summary([("number", "Wrong"), ("", "All")]) }}
{% call ui.page_head("Head", "Lead") %}{{ ui.link_button("L", "/l") }}{% endcall %}
{{ ui.crumbs([("A", "/a"), ("B", None)]) }}{{ ui.pill("P", "ok") }}{{ ui.stat("S", "1") }}
{{ ui.empty("E", "T", "/x", "Go") }}{{ ui.icon("arrow", flip=True) }}{{ ui.code("C") }}
{{ ui.copyable("V", "id") }}{{ ui.when("L", "O") }}{{ ui.definition([("T", "V")]) }}
{{ ui.pagination("/n", "/f") }}{{ ui.button("B") }}{{ ui.post_button("/p", "P", {"k": "v"}) }}
{% call ui.notice("warn", "N") %}n{% endcall %}{% call ui.section("S", "s") %}s{% endcall %}
{% call ui.table_box("T") %}<table></table>{% endcall %}
{{ ui.reveal_panel("Label", "SECRET", "2026-01-01T00:00:00Z", 60, [("P", "p")], "proof", "/back") }}
{% call ui.timeline("T") %}{% call ui.moment("now", "did") %}{% endcall %}{% endcall %}
{{ chart.bars(points, "Chart") }}"""


def render(tag: str, body: str, *, signed_in: bool = True, **more: Any) -> str:
    """Render a page made of `body` in one language, with the context that the portal gives."""
    loader = ChoiceLoader(
        [DictLoader({"page.html": HEAD + body + "{% endblock %}"}), FileSystemLoader(FOLDER)]
    )
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "draw_icon": icon,
        "draw_symbol": symbol,
        "seam": SEAM,
        "locale": locale_for(tag),
        "locales": list(LOCALES.values()),
        "asset": lambda name: f"/static/{name}",
    }
    install(environment, tag)
    given: dict[str, Any] = {
        "url": lambda path: f"/{tag}{path}",
        "csrf": "token",
        "formats": formats_for(tag),
        "points": [
            Given(label=f"Day {n}", short=str(n), allowed=n, denied=n % 2, href="") for n in range(12)
        ],
    }
    drawn = environment.get_template("page.html").render(**{**given, **more})
    reader = Reader(tag, here="/passengers", region="eu", csrf="token")
    if signed_in:
        reader = replace(reader, role="operations", theme="dark", name="Amira")
    said = environment.get_template("toasts.html").render(toasts=[Given(tone="ok", text="Saved")])
    return frame(environment, drawn, reader, said)


@pytest.mark.parametrize("tag", TAGS)
def test_every_component_renders_in_every_language(tag: str) -> None:
    """All components render, the page says its language and direction, and offers the others."""
    page = render(tag, EVERYTHING)
    assert f'<html lang="{tag}" dir="{locale_for(tag).direction}" data-theme="dark">' in page
    for other in LOCALES:
        assert f'hreflang="{other}" href="/{other}/passengers"' in page


def test_nothing_is_inline() -> None:
    """No style, script or handler is in the page: the content security policy would stop it."""
    page = render("en", EVERYTHING)
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_ids_are_unique_and_references_lead_somewhere() -> None:
    """Each id is there once; labels, descriptions and error links point at ids that exist."""
    page = render("en", EVERYTHING)
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    pointed = re.findall(r'\s(?:for|aria-labelledby|aria-controls)="([^"]+)"|href="#([^"]+)"', page)
    assert {a or b for a, b in pointed} <= set(ids)
    assert set(" ".join(re.findall(r'aria-describedby="([^"]+)"', page)).split()) <= set(ids)


def test_a_sealed_field_shows_its_state_only() -> None:
    """A masked field shows its mask, one without a mask three dots, a hidden or absent one says so."""
    body = "{{ ui.sealed(field) }}"
    said = {
        state: render("en", body, field={"state": state, "mask": mask, "reveal": []})
        for state, mask in (("masked", "•••1234"), ("hidden", None), ("absent", None))
    }
    assert '<bdi dir="ltr" class="code">•••1234</bdi>' in said["masked"]
    assert "Hidden for your role" in said["hidden"]
    assert "Not on file" in said["absent"]
    assert ">•••</bdi>" in render("en", body, field={"state": "masked", "mask": None, "reveal": []})


def test_the_chart_follows_the_line_of_reading() -> None:
    """The first day stands at the beginning of the line: at 0 % in English, at the far end in Arabic."""
    body = '{{ chart.bars(points, "Chart") }}'
    first = {tag: re.findall(r'class="hit" x="([\d.]+)%"', render(tag, body))[0] for tag in ("en", "ar")}
    assert float(first["en"]) == 0
    assert float(first["ar"]) > 90


def test_a_visitor_has_no_menu_of_his_own() -> None:
    """Signed out there is neither navigation nor account, and the theme follows the device."""
    page = render("en", "", signed_in=False)
    assert 'data-theme="auto"' in page
    assert "/sign-out" not in page
    assert "side-nav" not in page


def test_a_password_is_never_written_back() -> None:
    """A password field comes back empty whatever was submitted."""
    body = '{{ ui.field("p", "P", "hunter2", type="password") }}'
    assert "hunter2" not in render("en", body)
