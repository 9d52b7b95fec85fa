"""What `security/README.md` promises a reviewer is there: each test it names, each file, each setting."""

import ast
import re
from pathlib import Path

from security import settings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "security" / "README.md"
ATTACKERS = (
    "Thief of a backup",
    "Whoever takes over web",
    "Rogue database administrator",
    "Rogue desk",
    "Rogue operator",
    "Curious booker",
    "Thief of a laptop",
    "Somebody on the network",
)


def test_every_test_that_the_document_names_is_there() -> None:
    """A sentence of the threat model that is proved by a test loses its proof only together with this one."""
    named = set(re.findall(r"`(test_\w+)`", DOCUMENT.read_text()))
    there = {
        node.name
        for path in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert sorted(named - there) == []
    assert len(named) > 40


def test_every_attacker_has_his_paragraph() -> None:
    """For each attacker the document says what he has, what he gets, what he does not get, and which test shows it."""
    text = DOCUMENT.read_text().partition("## Against whom")[2].partition("\n## ")[0]
    paragraphs = [" ".join(one.split()) for one in text.split("\n\n")]
    for attacker in ATTACKERS:
        (about,) = [one for one in paragraphs if one.startswith(f"**{attacker}")]
        assert all(word in about for word in ("*Has*", "*Gets*", "`test_")), attacker


def test_every_setting_that_the_document_names_is_read() -> None:
    """A variable of the environment that is named is one that the keeper reads."""
    source = Path(settings.__file__).read_text()
    named = set(re.findall(r"`(WX_\w+)", DOCUMENT.read_text()))
    assert sorted(name for name in named if f'"{name}"' not in source) == []
