"""The drill: every way of tampering that we know is found, and named at its place."""

import pytest

from audit import __main__ as command
from audit import drill
from audit.tampers import Bundle, Ground, Proof, Tamper

ASKED = [
    "edited",
    "deleted",
    "inserted",
    "exchanged",
    "doubled",
    "cut",
    "fork",
    "backup",
    "clock",
    "version",
    "region",
    "key",
    "origin",
    "proof",
    "document",
    "person",
    "missing",
    "cosigned",
    "witness",
    "checkpoint",
    "handover",
]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """Return what became of every attempt, by what was done."""
    found = drill.rehearse(Ground(), tmp_path_factory.mktemp("drill"))
    return {outcome.tamper.done: outcome for outcome in found}


@pytest.mark.parametrize("tamper", drill.ALL, ids=lambda tamper: tamper.done)
def test_every_tamper_is_found_and_named(outcomes, tamper):
    """What was done is found under its own name, at the leaf, file or checkpoint where it was done."""
    outcome = outcomes[tamper.done]
    assert outcome.named, outcome.found


def test_the_drill_knows_all_that_it_must(outcomes):
    """The drill holds at least twenty ways, no two of one name, and every one that was asked for."""
    told = " ".join(outcomes)
    assert len(drill.ALL) == len(outcomes) >= 20
    assert [word for word in ASKED if word not in told] == []


def test_the_command_tells_all_and_keeps_what_it_made(tmp_path, capsys):
    """The command exits 0, prints a line for each way, and leaves the attempts to be verified again."""
    folder = tmp_path / "drill"
    assert command.main(["drill", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].endswith("untouched: whole")
    assert lines[1].endswith("handed over to another key: whole")
    assert len(lines) == len(drill.ALL) + 3
    assert "MISSED" not in "".join(lines)
    key = (folder / "key.txt").read_text().strip()
    older = str(folder / "older.txt")
    assert command.main(["verify", str(folder / "whole.zip"), "--key", key, "--checkpoint", older]) == 0
    assert command.main(["verify", str(folder / "01.zip"), "--key", key]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "leaf 400: edited"


def test_a_drill_that_misses_something_says_so(tmp_path, capsys, monkeypatch):
    """An attempt that is not found, or found elsewhere, is told as missed, and the command exits 1."""
    harmless = Tamper("nothing done", lambda ground: Bundle(ground.files), "audit:leaf_edited", {"leaf": 1})
    proof = Tamper("a proof torn", lambda _: Proof("nothing"), "audit:proof_refused", {"reason": "root"})
    monkeypatch.setattr(drill, "ALL", (harmless, proof))
    assert command.main(["drill", str(tmp_path / "drill")]) == 1
    out = capsys.readouterr().out
    assert "MISSED; found instead: nothing" in out
    assert "MISSED; found instead: audit:proof_file_refused" in out
    assert out.splitlines()[-1] == "2 ways of tampering, 0 found and named, 2 missed"


def test_a_drill_touches_no_folder_that_is_there(tmp_path, capsys):
    """A folder that exists is refused, and nothing is written into it."""
    assert command.main(["drill", str(tmp_path)]) == 2
    assert capsys.readouterr().err.startswith("unusable: ")
    assert list(tmp_path.iterdir()) == []
