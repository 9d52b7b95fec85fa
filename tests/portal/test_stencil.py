"""Stencils: what a template drew, filled again and again."""

from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, Environment
from markupsafe import Markup, escape

from portal.web.stencil import Stencil, fill_all

ROW = '100% <a title="{{ a }}">{{ b }}</a>{% if more %} {{ a }}{% endif %}'
MADE = Environment(loader=DictLoader({"row": ROW}), autoescape=True)
PLAIN, LONG = (Stencil(MADE, "row", ("a", "b"), more=more) for more in (False, True))


@given(st.text(), st.text())
def test_a_filled_stencil_is_what_the_template_draws(a: str, b: str) -> None:
    """Whatever the values are, filling gives what drawing anew gives, escaped alike."""
    for stencil, more in ((PLAIN, False), (LONG, True)):
        drawn = MADE.get_template("row").render(a=a, b=b, more=more)
        assert str(stencil.fill(a=a, b=b)) == drawn


@given(st.lists(st.tuples(st.booleans(), st.text(), st.text())))
def test_many_filled_at_once_are_each_filled(rows: list[tuple[bool, str, str]]) -> None:
    """Escaping all values in one go mixes up nothing, with any number of rows of any form."""
    uses = [(LONG if more else PLAIN, {"a": a, "b": b}) for more, a, b in rows]
    assert fill_all(uses) == Markup("").join(stencil.fill(**values) for stencil, values in uses)


def test_markup_is_left_alone_and_text_is_not() -> None:
    """What a template has drawn goes in as it is; what a person typed is escaped."""
    filled = PLAIN.fill(a="<b>", b=Markup("<b>x</b>"))
    assert str(filled) == f'100% <a title="{escape("<b>")}"><b>x</b></a>'
