"""Speaking in templates."""

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from i18n.jinja import install


def render(tag: str, text: str, *, html: bool = True, **values: object) -> str:
    """Render a template in one language."""
    environment = Environment(
        autoescape=html,  # noqa: S701 -- plain text (mail) is one of the two cases meant
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    install(environment, tag)
    return environment.from_string(text).render(**values)


def test_values_are_escaped_and_isolated() -> None:
    """A name with markup in it is shown, not obeyed, and stands by itself."""
    said = render("en", '{{ _("Go to: %(page)s", page=name) }}', name="<b>A&B</b>")
    assert said == "Go to: \u2068&lt;b&gt;A&amp;B&lt;/b&gt;\u2069"


def test_markup_stays_markup() -> None:
    """A component put into a sentence is not escaped a second time."""
    said = render("en", '{{ _("Go to: %(page)s", page=name) }}', name=Markup("<bdi>x</bdi>"))
    assert said == "Go to: \u2068<bdi>x</bdi>\u2069"


def test_plurals() -> None:
    """A number chooses its form and is written as the language does."""
    text = '{{ ngettext("%(num)s passenger", "%(num)s passengers", n) }}'
    assert render("en", text, n=1234) == "1,234 passengers"
    assert render("ar", text, n=2) == "راكبان"
    assert render("zh-Hans", text, n=3) == "3 位乘客"


def test_trans_blocks_and_marks() -> None:
    """Jinja's own blocks speak through the same functions."""
    assert render("ar", "{% trans %}Trips{% endtrans %}") == "الرحلات"
    assert (
        render("en", "{% trans who=name %}By {{ who }}{% endtrans %}", name="<x>")
        == "By \u2068&lt;x&gt;\u2069"
    )


def test_outside_pages_nothing_is_escaped() -> None:
    """In plain text (mail, messages) values stay as they are."""
    said = render("en", '{{ _("Go to: %(page)s", page=name) }}', html=False, name="A&B")
    assert said == "Go to: \u2068A&B\u2069"


def test_percent_signs_and_contexts() -> None:
    """A doubled percent sign is one; contexts reach the catalog."""
    assert render("en", '{{ _("100%%") }}') == "100%"
    assert (
        render("en", '{{ pgettext("menu", "Open") }} {{ npgettext("m", "%(num)s a", "%(num)s b", 2) }}')
        == "Open 2 b"
    )
