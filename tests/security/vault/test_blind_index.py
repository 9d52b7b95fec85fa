"""Blind indexes: exact tags over one spelling per value, and no index where it would give a value away."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.vault.blind_index import BlindIndex, IndexRefused, declare, index_key, leftmost, tag
from security.vault.normalise import NothingLeft, normalise_document, normalise_iban, normalise_pan
from security.vault.primitives import KeyShape

BIK = b"b" * 32
INDEX = BlindIndex("travel_document", "number", "doc_exact", 1, 14)


def test_the_known_tag_is_made_to_the_byte(known):
    """The tag of the known answer comes out byte for byte from the value as a person types it."""
    case = known["blind_index"]
    index = BlindIndex(case["table"], case["column"], case["name"], case["version"], case["bits"])
    key = index_key(bytes.fromhex(case["root"]), index, region=case["region"])
    assert tag(key, case["normalised"], bits=index.bits).hex() == case["value"]
    assert normalise_document(" l898902-c3", "uto") == case["normalised"]


@pytest.mark.parametrize(
    "other", [{"table": "payment_card"}, {"column": "iban"}, {"name": "other"}, {"version": 2}, {"bits": 15}]
)
def test_every_part_of_an_index_makes_another_key(other):
    """No two indexes share a key, so equal values in two of them cannot be matched."""
    changed = dataclasses.replace(INDEX, **other)
    assert index_key(BIK, changed, region="eu") != index_key(BIK, INDEX, region="eu")


def test_two_regions_never_share_a_key():
    """The same value has unrelated tags in two regions, even under one root."""
    assert index_key(BIK, INDEX, region="eu") != index_key(BIK, INDEX, region="cn")


@given(st.binary(min_size=32, max_size=32), st.integers(1, 256))
def test_a_tag_has_exactly_its_bits(digest, bits):
    """The leftmost bits stay, the unused low bits are zero, and the length is the fewest whole bytes."""
    cut = leftmost(digest, bits)
    whole = "".join(f"{byte:08b}" for byte in digest)
    assert len(cut) == (bits + 7) // 8
    assert "".join(f"{byte:08b}" for byte in cut) == whole[:bits].ljust(len(cut) * 8, "0")


@pytest.mark.parametrize(
    "column", [("passenger", "birth_date"), ("payment_card", "expiry"), ("payment_card", "holder")]
)
def test_weak_columns_take_no_index(column):
    """A date or a name could be guessed from its tag: such a column is refused when the index is declared."""
    table, name = column
    with pytest.raises(IndexRefused) as caught:
        declare(dataclasses.replace(INDEX, table=table, column=name), expected_rows=1_000_000)
    assert caught.value.code == "security:index_weak_column"


@pytest.mark.parametrize(("bits", "allowed"), [(9, False), (10, True), (18, True), (19, False), (256, False)])
def test_tags_are_short_enough_to_collide(bits, allowed):
    """For a million rows 10 to 18 bits are allowed: a tag that names one row would be an existence oracle."""
    index = dataclasses.replace(INDEX, bits=bits)
    if allowed:
        assert declare(index, expected_rows=1_000_000) is index
    else:
        with pytest.raises(IndexRefused) as caught:
            declare(index, expected_rows=1_000_000)
        assert caught.value.code == "security:index_bits"


@pytest.mark.parametrize(
    ("typed", "state"),
    [("ab 12-34", "D"), ("AB1234", "d<<"), ("ＡＢ１２３４", " D "), ("a.b/1234\u200e", "D")],
)
def test_one_document_has_one_spelling(typed, state):
    """Case, spaces, punctuation, full-width forms and invisible marks do not make another number."""
    assert normalise_document(typed, state) == "D|AB1234"


def test_the_issuing_state_is_part_of_a_document_number():
    """Two states may issue the same number, and the two do not match."""
    assert normalise_document("X1", "UTO") != normalise_document("X1", "DEU")


def test_card_and_account_numbers_have_one_spelling():
    """Separators, and digits of other scripts, do not make another card; spaces and case no other account."""
    assert (
        normalise_pan("4111-1111 1111\u00a01111") == normalise_pan("٤١١١١١١١١١١١١١١١") == "4111111111111111"
    )
    assert normalise_iban("gb82 west 1234 5698 7654 32") == "GB82WEST12345698765432"


def test_nothing_is_not_indexed():
    """An empty value, or one of which nothing is left, has no tag: all such rows would match each other."""
    for nothing in (
        lambda: normalise_document("—", "UTO"),
        lambda: normalise_document("X1", ""),
        lambda: normalise_pan("none"),
        lambda: normalise_iban("  "),
        lambda: tag(index_key(BIK, INDEX, region="eu"), "", bits=14),
    ):
        with pytest.raises(NothingLeft):
            nothing()


def test_an_index_key_needs_a_whole_root_and_sane_numbers():
    """A short root, no bits, or a version that does not fit its field is refused."""
    for root, index in (
        (b"short", INDEX),
        (BIK, dataclasses.replace(INDEX, bits=0)),
        (BIK, dataclasses.replace(INDEX, bits=257)),
        (BIK, dataclasses.replace(INDEX, version=70_000)),
    ):
        with pytest.raises(KeyShape):
            index_key(root, index, region="eu")
