"""The envelope: exact bytes, one refusal for everything, nothing told by length."""

import dataclasses
import traceback
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.vault import envelope as module
from security.vault.envelope import Context, EnvelopeRefused, dek_id_of, open_envelope, seal
from security.vault.primitives import KeyShape, gcm_seal

DEK = bytes(range(32))
DEK_ID = UUID("0198c0de-0000-7000-8000-00000000d001")
PLACE = Context("eu", "travel_document", "number", UUID("0198c0de-0000-7000-8000-00000000c001"))


def _sealed(plaintext=b"L898902C3", **over):
    return seal(plaintext, **({"dek": DEK, "dek_id": DEK_ID, "context": PLACE} | over))


def _refusal(envelope, dek=DEK, context=PLACE):
    with pytest.raises(EnvelopeRefused) as caught:
        open_envelope(envelope, dek=dek, context=context)
    return caught.value


def _closed_over(padded):
    """Seal bytes that were not padded by the rules, with a right commitment and tag."""
    ctx = module._context_bytes(PLACE, DEK_ID.bytes)
    key, nonce, commitment = module._derive(DEK, b"s" * 32, ctx)
    head = module.HEADER + DEK_ID.bytes + b"s" * 32 + commitment
    return head + gcm_seal(key, nonce, padded, head + ctx)


def test_the_known_answer_is_sealed_and_opened_to_the_byte(known):
    """The envelope of the known answer comes out byte for byte, and opens to its plaintext."""
    case = known["envelope"]
    place = Context(case["region"], case["table"], case["column"], UUID(case["row"]))
    dek, dek_id = bytes.fromhex(case["dek"]), UUID(case["dek_id"])
    made = seal(
        case["plaintext"].encode(), dek=dek, dek_id=dek_id, context=place, salt=bytes.fromhex(case["salt"])
    )
    assert made.hex() == case["envelope"]
    assert len(made) == case["len"]
    assert dek_id_of(made) == dek_id
    assert open_envelope(made, dek=dek, context=place) == case["plaintext"].encode()


@given(st.binary(max_size=300))
def test_whatever_is_sealed_opens_to_itself(plaintext):
    """Any bytes, also those that look like padding, come back as they went in."""
    assert open_envelope(_sealed(plaintext), dek=DEK, context=PLACE) == plaintext


@given(st.integers(0, 131), st.integers(1, 255))
def test_one_changed_byte_anywhere_does_not_open(place, change):
    """Header, key id, salt, commitment, ciphertext and tag are all authenticated."""
    changed = bytearray(_sealed(salt=b"s" * 32))
    changed[place] ^= change
    _refusal(bytes(changed))


@pytest.mark.parametrize(
    "other",
    [{"region": "cn"}, {"table": "payment_card"}, {"column": "iban"}, {"row": UUID(int=7)}],
    ids=["region", "table", "column", "row"],
)
def test_a_value_moved_elsewhere_does_not_open(other):
    """An envelope copied to another region, table, column or row is refused there."""
    _refusal(_sealed(), context=dataclasses.replace(PLACE, **other))


def test_parts_of_a_context_do_not_run_together():
    """Moving a letter from the table's name to the column's makes another context."""
    joined = Context("eu", "travel_documentn", "umber", PLACE.row)
    _refusal(_sealed(), context=joined)


def test_a_context_with_an_empty_part_is_refused():
    """A value cannot be bound to nothing: an unknown row id or an empty name is refused before sealing."""
    for empty in ({"region": ""}, {"table": ""}, {"column": ""}, {"row": UUID(int=0)}):
        with pytest.raises(KeyShape):
            dataclasses.replace(PLACE, **empty)


def test_the_key_is_committed():
    """Another key is refused by the commitment, before the cipher is asked."""
    envelope = _sealed()
    assert (
        module._derive(b"k" * 32, envelope[20:52], module._context_bytes(PLACE, DEK_ID.bytes))[2]
        != envelope[52:84]
    )
    _refusal(envelope, dek=b"k" * 32)


def test_the_same_envelope_under_another_key_id_does_not_open():
    """The key's id is authenticated: an envelope cannot be relabelled for another subject's key."""
    envelope = _sealed()
    _refusal(envelope[:4] + uuid4().bytes + envelope[20:])


def test_every_refusal_is_the_same():
    """Header, length, key, context, commitment, tag and padding fail with one type, no text and no cause."""
    good = _sealed()
    refusals = [
        _refusal(b""),
        _refusal(good[:-1]),
        _refusal(b"\xc5\x02" + good[2:]),
        _refusal(good, dek=b"short"),
        _refusal(good, dek=b"k" * 32),
        _refusal(good[:60] + bytes([good[60] ^ 1]) + good[61:]),
        _refusal(good[:-1] + bytes([good[-1] ^ 1])),
        _refusal(_closed_over(b"A" * 32)),
    ]
    said = {(type(r), str(r), r.args, r.code, r.__cause__, r.__context__) for r in refusals}
    assert said == {(EnvelopeRefused, "", (), "security:envelope_refused", None, None)}


@pytest.mark.parametrize(
    "padded", [b"\0" * 32, b"A" * 32, b"A" * 31 + b"\x80" + b"\0" * 32, b"A" * 31 + b"\x81"]
)
def test_padding_has_one_spelling(padded):
    """Padding that is missing, all zeros or a block too long is refused although the tag is right."""
    _refusal(_closed_over(padded))


def test_headers_other_than_version_one_are_refused():
    """Another magic, version or suite, an unset padding flag or a set reserved flag is refused."""
    good = _sealed()
    for place, value in ((0, 0xC4), (1, 0x02), (2, 0x02), (3, 0x00), (3, 0x03)):
        changed = bytearray(good)
        changed[place] = value
        _refusal(bytes(changed))
        with pytest.raises(EnvelopeRefused):
            dek_id_of(bytes(changed))


def test_length_tells_only_the_block():
    """All values of up to 31 bytes have envelopes of the same length."""
    assert {len(_sealed(b"7" * size)) for size in range(32)} == {132}
    assert len(_sealed(b"7" * 32)) == 164


def test_two_envelopes_of_one_value_have_nothing_in_common_but_the_header():
    """Sealing twice gives another salt, commitment and ciphertext, so equality cannot be seen."""
    one, two = _sealed(), _sealed()
    assert one[:20] == two[:20]
    assert not {one[20:52], one[52:84], one[84:]} & {two[20:52], two[52:84], two[84:]}


def test_commitments_are_compared_in_constant_time(monkeypatch):
    """The commitment goes through the constant-time comparison, whose answer decides."""
    asked = []
    monkeypatch.setattr(module.hmac, "compare_digest", lambda a, b: asked.append((a, b)) or False)
    envelope = _sealed()
    _refusal(envelope)
    assert asked == [(envelope[52:84], envelope[52:84])]


def test_keys_and_salts_of_another_length_are_refused():
    """A key or salt that is not 32 bytes seals nothing."""
    for over in ({"dek": b"k" * 16}, {"salt": b"s" * 16}):
        with pytest.raises(KeyShape):
            _sealed(**over)


def test_a_traceback_of_a_refusal_holds_no_value():
    """What a log would print of a refusal has neither key nor plaintext in it."""
    refusal = _refusal(_closed_over(b"CANARY99" * 4))
    printed = "".join(traceback.format_exception(refusal))
    assert "EnvelopeRefused" in printed
    assert "CANARY99" not in printed
    assert DEK.hex() not in printed
