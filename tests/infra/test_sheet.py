"""`demo.json`: what each cell's demo says, put together for the whole house."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra.options import Options, read_options
from infra.sheet import client_domains, join_sheets, remove_sheets


def account(region: str, email: str, org: str | None) -> dict[str, Any]:
    """Give an account as a cell's sheet names it."""
    return {"region": region, "email": email, "org": org, "role": "booker"}


@pytest.fixture
def options(tmp_path: Path) -> Options:
    """Give the options of a house whose cells each wrote a sheet."""
    read = read_options(["--port", "9000", "--data", str(tmp_path)])
    for region in read.regions:
        people = [account(region, f"a@{region}-client.example", f"{region}_1")]
        people.append(account(region, "staff@waxwing.example", None))
        sheet = {"front": "x", "regions": {region: "x"}, "mail": None, "accounts": people}
        (tmp_path / region).mkdir()
        (tmp_path / region / "demo.json").write_text(json.dumps(sheet))
    return read


def test_all_regions_stand_in_one_sheet(options: Options) -> None:
    """The sheet names the front door, every cell in order and everybody, and is its owner's alone."""
    join_sheets(options)
    path = options.data / "demo.json"
    sheet = json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert set(sheet) == {"front", "regions", "mail", "accounts"}
    assert sheet["front"] == "http://localhost:9000"
    assert list(sheet["regions"].items()) == list(options.cells.items())
    assert [one["region"] for one in sheet["accounts"]] == ["eu", "eu", "cn", "cn"]


def test_only_clients_domains_are_told_to_the_front_door(options: Options) -> None:
    """A client's domain goes with its region; staff's is at home nowhere."""
    join_sheets(options)
    assert client_domains(options) == {"eu-client.example": "eu", "cn-client.example": "cn"}


def test_tokens_are_forgotten_at_the_end(options: Options) -> None:
    """Afterwards no sheet is left, neither the house's nor a cell's."""
    join_sheets(options)
    remove_sheets(options)
    assert list(options.data.rglob("demo.json")) == []


def test_a_cell_without_a_demo_adds_nobody(options: Options) -> None:
    """A cell that wrote no sheet is in the list of cells, and nobody of it among the accounts."""
    (options.data / "cn" / "demo.json").unlink()
    join_sheets(options)
    sheet = json.loads((options.data / "demo.json").read_text())
    assert set(sheet["regions"]) == {"eu", "cn"}
    assert {one["region"] for one in sheet["accounts"]} == {"eu"}
