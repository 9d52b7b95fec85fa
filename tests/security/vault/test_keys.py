"""Data keys are wrapped in the same envelope, and belong to one row, one region and one KEK."""

from uuid import UUID, uuid4

import pytest

from security.vault.envelope import Context, EnvelopeRefused, seal
from security.vault.keys import kek_id_of, new_key, rewrap_dek, unwrap_dek, wrap_dek
from security.vault.primitives import KeyShape

KEK, KEK_ID, DEK_ID = bytes(range(32, 64)), uuid4(), uuid4()


def _wrapped(dek, dek_id=DEK_ID):
    return wrap_dek(dek, dek_id=dek_id, kek=KEK, kek_id=KEK_ID, region="eu")


def test_the_known_wrapped_key_is_made_and_opened_to_the_byte(known):
    """The wrapped key of the known answer comes out byte for byte, carries the KEK's id, and opens."""
    case = known["wrapped_dek"]
    dek, kek, salt = (bytes.fromhex(case[name]) for name in ("plaintext_hex", "kek", "salt"))
    row, kek_id = UUID(case["row"]), UUID(case["kek_id"])
    wrapped = wrap_dek(dek, dek_id=row, kek=kek, kek_id=kek_id, region=case["region"], salt=salt)
    assert wrapped.hex() == case["envelope"]
    assert kek_id_of(wrapped) == kek_id
    assert unwrap_dek(wrapped, dek_id=row, kek=kek, region=case["region"]) == dek


def test_a_key_swapped_between_subjects_does_not_open():
    """One subject's wrapped key put into another subject's row is refused there."""
    mine, other_row = _wrapped(new_key()), uuid4()
    with pytest.raises(EnvelopeRefused):
        unwrap_dek(mine, dek_id=other_row, kek=KEK, region="eu")


def test_a_key_of_another_region_or_kek_does_not_open():
    """A wrapped key opens under its own region's own KEK only."""
    wrapped = _wrapped(new_key())
    for kek, region in ((KEK, "cn"), (new_key(), "eu")):
        with pytest.raises(EnvelopeRefused):
            unwrap_dek(wrapped, dek_id=DEK_ID, kek=kek, region=region)


def test_rewrapping_changes_the_kek_and_not_the_key():
    """After rewrapping the new KEK opens the same key and the old one opens nothing."""
    dek, new, new_id = new_key(), new_key(), uuid4()
    again = rewrap_dek(_wrapped(dek), dek_id=DEK_ID, old_kek=KEK, new_kek=new, new_kek_id=new_id, region="eu")
    assert kek_id_of(again) == new_id
    assert unwrap_dek(again, dek_id=DEK_ID, kek=new, region="eu") == dek
    with pytest.raises(EnvelopeRefused):
        unwrap_dek(again, dek_id=DEK_ID, kek=KEK, region="eu")


def test_only_keys_of_32_bytes_are_wrapped_and_unwrapped():
    """A short key is refused when wrapped, and like any other envelope when it was wrapped elsewhere."""
    with pytest.raises(KeyShape):
        _wrapped(b"short")
    place = Context("eu", "subject_key", "dek", DEK_ID)
    with pytest.raises(EnvelopeRefused):
        unwrap_dek(seal(b"short", dek=KEK, dek_id=KEK_ID, context=place), dek_id=DEK_ID, kek=KEK, region="eu")


def test_new_keys_are_never_the_same():
    """A thousand new keys are a thousand different keys of 32 bytes."""
    made = {new_key() for _ in range(1000)}
    assert len(made) == 1000
    assert {len(key) for key in made} == {32}
