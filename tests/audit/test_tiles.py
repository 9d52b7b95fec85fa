"""Tiles and bundles: paths in one spelling, bytes as another log serves them."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle, tiles
from audit.tiles import ENTRIES, Tile

VECTORS = Path(__file__).parents[1] / "vectors"
PATHS = json.loads((VECTORS / "waxwing-kat-v1.json").read_text())["tile_paths"]
TESTLOG = json.loads((VECTORS / "tessera-testlog.json").read_text())


@pytest.mark.parametrize("known", PATHS, ids=lambda known: known["path"])
def test_known_paths(known):
    """Each known tile has the known path, and the path leads back to it."""
    level = ENTRIES if known["level"] == "entries" else known["level"]
    tile = Tile(level, known["index"], known["width"])
    assert "/" + tile.path == known["path"]
    assert tiles.parse_path(known["path"]) == tiles.parse_path(tile.path) == tile


@given(st.integers(-1, 7), st.integers(0, 2**55), st.integers(1, 256))
def test_a_path_leads_back_to_its_tile(level, index, width):
    """Every tile is found again from its path."""
    tile = Tile(level, index, width)
    assert tiles.parse_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/0",
        "tile/00/000",
        "tile/8/000",
        "tile/0/x000/001",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/001/002",
        "tile/data/000",
        "tile/0/../000",
        "tile/0/٠٠٠",
        "tile/0/000\n",
        "checkpoint",
    ],
)
def test_a_second_spelling_of_a_path_is_refused(path):
    """Leading zeros, widths that are none, foreign digits, detours: no tile."""
    with pytest.raises(tiles.TileRefused):
        tiles.parse_path(path)


@pytest.mark.parametrize("size", TESTLOG["entries_000_hex"])
def test_another_logs_bundles(size):
    """A bundle that another implementation made is read, hashes to its tile, and is written the same."""
    data = bytes.fromhex(TESTLOG["entries_000_hex"][size])
    leaves = tiles.decode_bundle(data)
    assert len(leaves) == int(size)
    assert b"".join(map(merkle.leaf_hash, leaves)).hex() == TESTLOG["tile_0_000_hex"][size]
    assert tiles.encode_bundle(leaves) == data


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_is_read_as_written(leaves):
    """Leaves survive a bundle."""
    assert tiles.decode_bundle(tiles.encode_bundle(leaves)) == leaves


@pytest.mark.parametrize("data", [b"\0", b"\0\5four", b"\0\1ab"])
def test_a_bundle_cut_short_is_refused(data):
    """Bytes missing or left over: refused."""
    with pytest.raises(tiles.TileRefused):
        tiles.decode_bundle(data)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_growing_names_what_changes(old, more):
    """From one size to another, the gained tiles have the new width and the outgrown ones the old."""
    new = old + more
    gained = tiles.between(old, new)
    assert len(set(gained)) == len(gained)
    assert gained[0].level == 0
    for tile in gained:
        held = new >> 8 * max(tile.level, 0)
        assert tile.width == min(256, held - tile.index * 256)
    places = {(tile.level, tile.index) for tile in gained}
    for tile in tiles.outgrown(old, new):
        held = old >> 8 * max(tile.level, 0)
        assert tile.width == held % 256
        assert tile.index == held // 256
        assert (tile.level, tile.index) in places


@given(st.integers(1, 2000), st.data())
def test_a_subtree_is_found_in_its_tile(size, data):
    """A perfect subtree of any height is read from the tile that it is said to be in."""
    row = [merkle.leaf_hash(str(n).encode()) for n in range(size)]
    level = data.draw(st.integers(0, size.bit_length() - 1))
    index = data.draw(st.integers(0, (size >> level) - 1))
    tile_level, tile_index = tiles.tile_of((level, index))
    span = 1 << 8 * tile_level
    held = [merkle.root_of(row[at : at + span]) for at in range(0, size - span + 1, span)]
    tile = b"".join(held[tile_index * 256 : tile_index * 256 + 256])
    assert tiles.node_in(tile, (level, index)) == merkle.root_of(row[index << level : (index + 1) << level])


def test_a_tile_too_narrow_for_a_subtree_is_refused():
    """A subtree that the tile does not hold yet is not made up."""
    with pytest.raises(tiles.TileRefused):
        tiles.node_in(bytes(32), (1, 0))
