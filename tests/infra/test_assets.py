"""Fonts and htmx as pages get them: locked, hashed, named in a manifest."""

import hashlib
import json
import re

import pytest

from infra import assets


@pytest.fixture(scope="module")
def rows() -> dict[str, dict[str, str]]:
    """Build the assets if they are not there, and give the manifest's rows by name."""
    assets.build(develop=True)
    return {row["name"]: row for row in json.loads(assets.MANIFEST.read_text("utf-8"))["files"]}


def test_every_file_is_what_the_manifest_says(rows: dict[str, dict[str, str]]) -> None:
    """Each named file exists with the stated hash, and has a package, a version and a licence; no other lies there."""
    for row in rows.values():
        assert hashlib.sha256((assets.BUILT / row["file"]).read_bytes()).hexdigest() == row["sha256"]
        assert row["sha256"][:12] in row["file"]
        assert row["package"]
        assert re.match(r"\d+\.\d+", row["version"])
        assert row["licence"]
    assert {path.name for path in assets.BUILT.iterdir()} == {row["file"] for row in rows.values()} | {
        "manifest.json"
    }


@pytest.mark.parametrize(("sheet", "family"), [("fonts.css", "Inter"), ("fonts-zh-Hans.css", "Noto Sans SC")])
def test_style_sheets_name_files_that_are_there(
    rows: dict[str, dict[str, str]], sheet: str, family: str
) -> None:
    """Every font a style sheet names lies beside it under its hashed name, and nothing is fetched from elsewhere."""
    text = (assets.BUILT / rows[sheet]["file"]).read_text("utf-8")
    named = re.findall(r"url\(([^)]*)\)", text)
    assert named
    assert set(named) <= {row["file"] for row in rows.values()}
    assert family in text
    assert "://" not in text


def test_pages_in_other_languages_do_not_carry_chinese(rows: dict[str, dict[str, str]]) -> None:
    """The Chinese face's hundred slices are in a style sheet of their own; the usual one stays small."""
    assert (assets.BUILT / rows["fonts.css"]["file"]).stat().st_size < 10_000
    assert "Noto Sans SC" not in (assets.BUILT / rows["fonts.css"]["file"]).read_text("utf-8")


def test_a_missing_file_is_noticed(rows: dict[str, dict[str, str]]) -> None:
    """What is whole is not built again; what lost a file is."""
    assert assets._is_built()
    lost = assets.BUILT / rows["htmx.js"]["file"]
    kept = lost.read_bytes()
    lost.unlink()
    try:
        assert not assets._is_built()
    finally:
        lost.write_bytes(kept)
    assert assets._is_built()
