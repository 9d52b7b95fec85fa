"""From sources to catalogs, and the command line."""

import json
from pathlib import Path

import pytest

from i18n.__main__ import main
from i18n.extraction import body, read, source_catalog, update_all, updated, write
from i18n.locales import ARABIC, CHINESE
from i18n.plurals import header

PYTHON = '''"""A room."""
from i18n.messages import N_, N_n, N_p
# TRANSLATORS: on the button
BUTTON = N_("Press")
MANY = N_n("%(num)s leg", "%(num)s legs")
LAW = N_p("legal", "You agree.")
'''
TEMPLATE = """{% do [] %}{{ _("In a page") }}{{ pgettext("menu", "Open") }}
{{ ngettext("%(num)s day", "%(num)s days", n) }}"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a tiny project with the three floors."""
    for floor in ("portal/room/templates", "security", "i18n"):
        (tmp_path / floor).mkdir(parents=True)
    (tmp_path / "portal/room/rules.py").write_text(PYTHON)
    (tmp_path / "portal/room/templates/page.html").write_text(TEMPLATE)
    (tmp_path / "security/codes.py").write_text('from i18n.messages import N_\nX = N_("Below")\n')
    return tmp_path


def test_every_kind_of_mark_is_found(project: Path) -> None:
    """Sentences, plurals and contexts are found in Python and in templates, with their place."""
    catalog = source_catalog(project)
    ids = {(m.id if isinstance(m.id, str) else m.id[0], m.context) for m in catalog if m.id}
    assert ids == {
        ("Press", None),
        ("%(num)s leg", None),
        ("You agree.", "legal"),
        ("In a page", None),
        ("%(num)s day", None),
        ("Open", "menu"),
        ("Below", None),
    }
    assert catalog["Press"].auto_comments == ["on the button"]
    assert catalog["Press"].locations == [("portal/room/rules.py", 4)]


def test_updating_keeps_work_and_drops_what_is_gone(project: Path, tmp_path: Path) -> None:
    """An update keeps translations, adds what is new empty, forgets what is gone, and guesses nothing."""
    folder = tmp_path / "catalogs"
    update_all(project, folder)
    catalog = read(ARABIC, folder)
    catalog["Press"].string = "اضغط"
    catalog.add("Gone", "ذهب")
    write(ARABIC, catalog, folder)
    (project / "portal/room/rules.py").write_text(PYTHON.replace("You agree", "We agree"))
    after = updated(ARABIC, source_catalog(project), folder)
    assert after["Press"].string == "اضغط"
    assert not after.get("We agree.", context="legal").string
    assert after.get("Gone") is None
    assert not any(message.fuzzy for message in after if message.id)


def test_writing_is_repeatable(project: Path, tmp_path: Path) -> None:
    """The same sources give the same bytes: no dates, no line numbers."""
    first = [path.read_bytes() for path in update_all(project, tmp_path / "a")]
    again = [path.read_bytes() for path in update_all(project, tmp_path / "a")]
    other = [path.read_bytes() for path in update_all(project, tmp_path / "b")]
    assert first == again == other
    assert b"Date" not in first[0]
    assert header("zh_Hans").encode() in first[0]


def test_a_broken_template_is_not_passed_over(project: Path) -> None:
    """A template that cannot be read stops the extraction instead of losing its sentences."""
    (project / "portal/room/templates/page.html").write_text("{% if %}")
    with pytest.raises(Exception, match="Expected"):
        source_catalog(project)


def test_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    """`extract` prints the sentences, `check` says what it finds, also as JSON; a wrong word is refused."""
    assert main(["extract"]) == 0
    assert 'msgid "just now"' in capsys.readouterr().out
    result = main(["check", "--json", "--allow-missing"])
    findings = json.loads(capsys.readouterr().out)
    assert result == (1 if findings else 0)
    with pytest.raises(SystemExit) as refused:
        main(["translate"])
    assert refused.value.code == 2


def test_our_own_sentences_are_in_every_catalog() -> None:
    """What this floor says itself is translated in each language."""
    for locale in (ARABIC, CHINESE):
        catalog = read(locale)
        assert catalog["just now"].string
        assert "%(time)s" in str(catalog["your %(time)s"].string)


def test_the_body_is_a_pot(project: Path) -> None:
    """What `extract` prints can be read by any gettext tool."""
    assert 'msgctxt "legal"\nmsgid "You agree."\nmsgstr ""' in body(source_catalog(project))
