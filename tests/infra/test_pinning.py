"""Cells on one machine pin each other's keys once; a key that is pinned is nobody's to change but a person's."""

from pathlib import Path

from audit.note import COSIGNATURE_V1, Signer
from infra.cell import Cell
from infra.generation import main
from infra.pinning import pin_each_other
from security.keeper.pins import read_pins


def made(folder: Path, *regions: str) -> list[Cell]:
    """Make cells whose keepers have published keys."""
    cells = [Cell(folder, region) for region in regions]
    for nth, cell in enumerate(cells):
        cell.witness.mkdir(parents=True)
        publish(cell, nth)
    return cells


def publish(cell: Cell, seed: int) -> None:
    """Write a cell's public keys."""
    log = Signer.from_seed(f"x/audit/{cell.region}", bytes([seed]) * 32).verifier()
    witness = Signer.from_seed(f"x/witness/{cell.region}", bytes([seed]) * 32).verifier(COSIGNATURE_V1)
    (cell.witness / "public").write_text(f"log {log}\nwitness {witness}\n")


def test_each_pins_the_others(tmp_path: Path) -> None:
    """Three cells pin two logs and two witnesses each, in a private file that the keeper can read."""
    cells = made(tmp_path, "eu", "cn", "us")
    told: list[str] = []
    pin_each_other(cells, told.append)
    pin_each_other(cells, told.append)
    pins = read_pins(cells[0].witness)
    assert set(pins.logs) == {"x/audit/cn", "x/audit/us"}
    assert [(peer.region, peer.name) for peer in pins.peers] == [
        ("cn", "x/witness/cn"),
        ("us", "x/witness/us"),
    ]
    assert len((cells[0].witness / "pins").read_text().splitlines()) == 4
    assert told == []


def test_a_changed_key_is_told_and_not_pinned(tmp_path: Path) -> None:
    """A cell that comes back with other keys is named, and the pins stay as they are; a person's lines too."""
    eu, cn = made(tmp_path, "eu", "cn")
    told: list[str] = []
    pin_each_other([eu, cn], told.append)
    with (eu.witness / "pins").open("a") as file:
        file.write("# a remark\n")
    before = (eu.witness / "pins").read_text()
    publish(cn, 9)
    pin_each_other([eu, cn], told.append)
    assert (eu.witness / "pins").read_text() == before
    assert [line.startswith("eu: ") for line in told] == [True, True]


def test_cells_without_keys_yet_are_left_out(tmp_path: Path) -> None:
    """Where no keeper has published keys nothing is pinned."""
    cells = [Cell(tmp_path, "eu"), Cell(tmp_path, "cn")]
    pin_each_other(cells, print)
    assert not (cells[0].witness / "pins").exists()


def test_a_log_is_closed_only_for_its_own_last_checkpoint(tmp_path: Path, capsys) -> None:
    """A file that is no checkpoint, or another region's, closes nothing and says why."""
    last = tmp_path / "last"
    for text, said in (("nonsense", "no signed checkpoint"), (note_of("x/audit/cn"), "not of eu")):
        last.write_text(text)
        assert main(["--region", "eu", "--last", str(last), "--data", str(tmp_path)]) == 1
        assert said in capsys.readouterr().err


def note_of(origin: str) -> str:
    """Return a signed checkpoint."""
    text = f"{origin}\n1\n{'A' * 43}=\n"
    return f"{text}\n{Signer.from_seed(origin, bytes(32)).sign(text).line()}"
