"""The primitives of the vault against the Wycheproof vectors, in the one way in which the vault uses them."""

import pytest

from security.vault.blind_index import leftmost
from security.vault.primitives import KeyShape, gcm_open, gcm_seal, hkdf, lp, mac

raw = bytes.fromhex


def _cases(file):
    return [(group, case) for group in file["testGroups"] for case in group["tests"]]


def test_aes_gcm_seals_and_opens_every_valid_vector_and_opens_no_other(vectors):
    """Each 256-bit vector with a 96-bit nonce opens to its plaintext if valid and to nothing if not."""
    seen = {"valid": 0, "invalid": 0}
    for group, case in _cases(vectors("wycheproof-aes_gcm_test")):
        if (group["keySize"], group["ivSize"], group["tagSize"]) != (256, 96, 128):
            continue
        key, nonce, aad, message = (raw(case[name]) for name in ("key", "iv", "aad", "msg"))
        sealed = raw(case["ct"] + case["tag"])
        opened = gcm_open(key, nonce, sealed, aad)
        assert opened == (message if case["result"] == "valid" else None), case["tcId"]
        assert (gcm_seal(key, nonce, message, aad) == sealed) is (case["result"] == "valid"), case["tcId"]
        seen[case["result"]] += 1
    assert min(seen.values()) > 10


def test_aes_gcm_takes_no_other_key_or_nonce_length(vectors):
    """Vectors of other key or nonce sizes are refused before any cipher runs, whatever they would open to."""
    refused = 0
    for group, case in _cases(vectors("wycheproof-aes_gcm_test")):
        if (group["keySize"], group["ivSize"]) == (256, 96):
            continue
        with pytest.raises(KeyShape):
            gcm_open(raw(case["key"]), raw(case["iv"]), raw(case["ct"] + case["tag"]), raw(case["aad"]))
        refused += 1
    assert refused > 100


def test_hkdf_agrees_with_every_vector(vectors):
    """HKDF-SHA-256 gives the vector's key material, and refuses sizes that RFC 5869 refuses."""
    for _, case in _cases(vectors("wycheproof-hkdf_sha256_test")):
        ikm, salt, info = (raw(case[name]) for name in ("ikm", "salt", "info"))
        if case["result"] == "valid":
            assert hkdf(ikm, salt=salt, info=info, length=case["size"]).hex() == case["okm"], case["tcId"]
        else:
            with pytest.raises(ValueError, match=r"derive"):
                hkdf(ikm, salt=salt, info=info, length=case["size"])


def test_hmac_agrees_with_every_vector(vectors):
    """HMAC-SHA-256, cut to the leftmost bits as tags are, equals valid tags and differs from others."""
    seen = {"valid": 0, "invalid": 0}
    for group, case in _cases(vectors("wycheproof-hmac_sha256_test")):
        tag = leftmost(mac(raw(case["key"]), raw(case["msg"])), group["tagSize"])
        assert (tag.hex() == case["tag"]) is (case["result"] == "valid"), case["tcId"]
        seen[case["result"]] += 1
    assert min(seen.values()) > 10


def test_length_prefixes_keep_parts_apart():
    """Two lists of parts that run together to the same bytes stay apart, and no part is too long."""
    assert lp("ab") + lp("c") != lp("a") + lp("bc")
    assert lp(b"\x00" * 0xFFFF)[:2] == b"\xff\xff"
    with pytest.raises(KeyShape):
        lp(b"\x00" * 0x10000)
