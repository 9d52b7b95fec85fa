"""Speaking in templates: `_("…", name=value)`; values are escaped, isolated, and numbers written out."""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

from i18n.catalogs import Translations, fill, translations
from i18n.isolates import FIRST_STRONG, POP, isolate

Say = Callable[..., str]


def install(environment: Environment, tag: str) -> None:
    """Teach an environment one language: `_`, `gettext`, `ngettext`, `pgettext`, `npgettext`, `{% trans %}`.

    Needs `jinja2.ext.i18n`. Call it instead of `install_gettext_translations`, which neither isolates values
    nor writes numbers in the reader's way. In an autoescaping environment the results are Markup.
    """
    environment.newstyle_gettext = True  # type: ignore[attr-defined]
    environment.globals.update(callables(translations(tag), html=bool(environment.autoescape)))


def callables(speech: Translations, *, html: bool) -> dict[str, Say]:
    """Make the functions for one language; with `html`, catalog text is markup and values are escaped."""

    def finish(text: str, values: Mapping[str, Any], number: int | None = None) -> str:
        if not html:
            return fill(text, speech.places(values, number))
        ready = {name: _marked(speech, value) for name, value in values.items()}
        if number is not None:
            ready.setdefault("num", Markup(speech.number(number)))  # noqa: S704 -- digits and separators
        return Markup(fill(text, ready))  # noqa: S704 -- catalogs are ours and linted; every value is escaped

    @cache
    def bare(message: str) -> str:
        return finish(speech.gettext(message), {})

    def say(message: str, /, **values: Any) -> str:
        # Most sentences of a page have no values: they are made ready once.
        return finish(speech.gettext(message), values) if values else bare(message)

    def say_n(one: str, other: str, number: int, /, **values: Any) -> str:
        return finish(speech.ngettext(one, other, number), values, number)

    def say_p(context: str, message: str, /, **values: Any) -> str:
        return finish(speech.pgettext(context, message), values)

    def say_np(context: str, one: str, other: str, number: int, /, **values: Any) -> str:
        return finish(speech.npgettext(context, one, other, number), values, number)

    return {"_": say, "gettext": say, "ngettext": say_n, "pgettext": say_p, "npgettext": say_np}


def _marked(speech: Translations, value: Any) -> Markup:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Markup(speech.number(value))  # noqa: S704 -- digits and separators
    if hasattr(value, "__html__"):
        return Markup(f"{FIRST_STRONG}{value.__html__()}{POP}")  # noqa: S704 -- markup by its own word
    return escape(isolate(value))
