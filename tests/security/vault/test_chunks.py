"""The sealed scan: exact bytes, and no piece that opens anywhere but in its own place."""

import dataclasses
import hashlib
import hmac
from itertools import pairwise
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from security.vault.chunk_sizes import CHUNK, HEAD_BYTES, MOST_CHUNKS, chunks_of
from security.vault.chunks import SEALED_CHUNK, Head, SealedScan, padded_chunk, unpadded_chunk
from security.vault.envelope import Context, EnvelopeRefused
from security.vault.primitives import KeyShape

DEK = bytes(range(32))
DEK_ID = UUID("0198c0de-0000-7000-8000-00000000d001")
PLACE = Context("eu", "document_scan", "content", UUID("0198c0de-0000-7000-8000-00000000c001"))
OTHER = dataclasses.replace(PLACE, row=UUID("0198c0de-0000-7000-8000-00000000c002"))


def sealed(content: bytes, place: Context = PLACE, **over) -> tuple[Head, list[bytes]]:
    """Seal a content as the keeper does."""
    count = chunks_of(len(content))
    scan = SealedScan.begin(count, **({"dek": DEK, "dek_id": DEK_ID, "context": place} | over))
    pieces = [content[n * CHUNK : (n + 1) * CHUNK] for n in range(count)]
    whole = [*pieces[:-1], padded_chunk(pieces[-1])]
    return scan.head, [scan.seal(n, piece) for n, piece in enumerate(whole)]


def opened(head: Head, chunks: list[bytes], place: Context = PLACE, dek: bytes = DEK) -> bytes:
    """Open a content as its reader does: as many chunks as the head says."""
    scan = SealedScan.of(head, dek=dek, context=place)
    pieces = [scan.open(n, chunks[n]) for n in range(head.chunks)]
    return b"".join([*pieces[:-1], unpadded_chunk(pieces[-1])])


def test_the_known_answer_is_sealed_to_the_byte(vectors):
    """Head and chunks of the known answer come out byte for byte, and open to its content."""
    case = vectors("scan-kat-v1")
    content = bytes.fromhex(case["content_unit"]) * case["content_repeats"]
    place = Context(case["region"], case["table"], case["column"], UUID(case["row"]))
    given_ = {"dek": bytes.fromhex(case["dek"]), "dek_id": UUID(case["dek_id"])}
    head, chunks = sealed(content, place, salt=bytes.fromhex(case["salt"]), **given_)
    assert head.raw.hex() == case["head"]
    assert [hashlib.sha256(chunk).hexdigest() for chunk in chunks] == case["chunk_sha256"]
    assert chunks[-1][-16:].hex() == case["last_tag"]
    assert opened(head, chunks, place, given_["dek"]) == content


def test_the_format_is_what_its_page_says():
    """A reader written a second time, from the description alone and on bare primitives, opens what was sealed."""
    content = b"specimen" * 9000
    head, chunks = sealed(content)
    raw = head.raw
    assert (raw[:4], len(raw), raw[84:88]) == (b"\xc6\x01\x01\x01", HEAD_BYTES, b"\0\0\0\x03")
    parts = (b"eu", b"document_scan", b"content", PLACE.row.bytes, DEK_ID.bytes)
    ctx = b"cpv1/scan\0" + b"".join(len(part).to_bytes(2, "big") + part for part in parts)
    prk = hmac.digest(raw[20:52], DEK, "sha256")
    blocks, info = [b""], ctx + raw[84:88]
    for number in (1, 2, 3):
        blocks.append(hmac.digest(prk, blocks[-1] + info + bytes((number,)), "sha256"))
    okm = b"".join(blocks)[:71]
    assert raw[52:84] == okm[39:71]
    padded = b"".join(
        AESGCM(okm[:32]).decrypt(okm[32:39] + place, chunk, raw + ctx + place)
        for n, chunk in enumerate(chunks)
        for place in (n.to_bytes(4, "big") + bytes((n == 2,)),)
    )
    assert padded == content + b"\x80" + bytes(3 * CHUNK - len(content) - 1)


@given(st.integers(0, 3 * CHUNK + 2), st.binary(min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_any_content_comes_back(length, unit):
    """Whatever its length, also at the edges of chunks, a content opens to itself."""
    content = (unit * (length // len(unit) + 1))[:length]
    head, chunks = sealed(content)
    assert len(chunks) == head.chunks == length // CHUNK + 1
    assert {len(chunk) for chunk in chunks} == {SEALED_CHUNK}
    assert opened(head, chunks) == content


@pytest.mark.parametrize("length", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_the_edges_of_chunks(length):
    """A content that just fills its chunks takes one more for the padding."""
    head, chunks = sealed(bytes(length))
    assert opened(head, chunks) == bytes(length)


def test_nothing_is_told_by_length():
    """Contents of different lengths within a chunk are sealed to the same length."""
    assert len({sum(map(len, sealed(bytes(n))[1])) for n in (0, 1, 1000, CHUNK - 1)}) == 1


SCAN = sealed(b"".join(bytes((n,)) * CHUNK for n in range(4)))


@given(st.permutations(range(5)))
@settings(max_examples=30, deadline=None)
def test_no_other_order_opens(order):
    """Chunks in any other order than their own are refused."""
    head, chunks = SCAN
    mixed = [chunks[n] for n in order]
    if mixed == chunks:
        assert opened(head, mixed)
        return
    with pytest.raises(EnvelopeRefused):
        opened(head, mixed)


@given(st.integers(0, 4), st.integers(0, SEALED_CHUNK - 1), st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_no_changed_byte_opens(index, at, change):
    """One changed byte of any chunk keeps that chunk closed, and only that one."""
    head, chunks = SCAN
    changed = bytearray(chunks[index])
    changed[at] ^= change
    scan = SealedScan.of(head, dek=DEK, context=PLACE)
    with pytest.raises(EnvelopeRefused):
        scan.open(index, bytes(changed))
    for other in set(range(5)) - {index}:
        assert scan.open(other, chunks[other])


@given(st.integers(0, HEAD_BYTES - 1), st.integers(1, 255))
@settings(max_examples=120, deadline=None)
def test_no_changed_head_opens(at, change):
    """One changed byte anywhere in the head, its number of chunks too, keeps everything closed."""
    head, chunks = SCAN
    changed = bytearray(head.raw)
    changed[at] ^= change
    with pytest.raises(EnvelopeRefused):
        SealedScan.of(Head.read(bytes(changed)), dek=DEK, context=PLACE).open(0, chunks[0])


def test_a_shorter_scan_is_not_this_one():
    """Cut short, with a last chunk in the middle, or one chunk longer: refused, whatever the head claims."""
    head, chunks = SCAN
    for count in range(1, 8):
        if count != head.chunks:
            claimed = Head(head.raw[:84] + count.to_bytes(4, "big"))
            with pytest.raises(EnvelopeRefused):
                SealedScan.of(claimed, dek=DEK, context=PLACE)
    scan = SealedScan.of(head, dek=DEK, context=PLACE)
    for bad in (b"", chunks[4][:-1], chunks[4] + b"\0"):
        with pytest.raises(EnvelopeRefused):
            scan.open(4, bad)
    for index in (-1, 5, MOST_CHUNKS):
        with pytest.raises(EnvelopeRefused):
            scan.open(index, chunks[0])


def test_chunks_of_two_scans_do_not_mix():
    """A chunk of another scan of the same subject, of the same content and length, does not open here."""
    content = bytes(3 * CHUNK)
    (head, chunks), (other_head, other_chunks) = sealed(content), sealed(content)
    assert head.raw != other_head.raw
    scan = SealedScan.of(head, dek=DEK, context=PLACE)
    for index, chunk in enumerate(other_chunks):
        assert chunk != chunks[index]
        with pytest.raises(EnvelopeRefused):
            scan.open(index, chunk)


@pytest.mark.parametrize(
    "place",
    [
        OTHER,
        dataclasses.replace(PLACE, region="cn"),
        dataclasses.replace(PLACE, table="travel_document"),
        dataclasses.replace(PLACE, column="number"),
    ],
)
def test_no_other_place_opens(place):
    """Under another row, region, table or column a scan stays closed, and so it does under another key."""
    head, _ = SCAN
    with pytest.raises(EnvelopeRefused):
        SealedScan.of(head, dek=DEK, context=place)
    for dek in (bytes(32), DEK[:-1], b""):
        with pytest.raises(EnvelopeRefused):
            SealedScan.of(head, dek=dek, context=PLACE)


def test_no_nonce_comes_twice():
    """Each chunk of a scan has a nonce of its own, and each scan a key of its own."""
    scan = SealedScan.begin(MOST_CHUNKS, dek=DEK, dek_id=DEK_ID, context=PLACE)
    places = [scan._place(index) for index in range(MOST_CHUNKS)]
    assert len(set(places)) == MOST_CHUNKS
    assert all(a < b for a, b in pairwise(places))
    assert [place[-1] for place in places] == [0] * (MOST_CHUNKS - 1) + [1]


def test_only_the_right_shapes_are_sealed():
    """No chunk of another length, no index beyond the last, no scan without chunks or beyond the limit."""
    scan = SealedScan.begin(2, dek=DEK, dek_id=DEK_ID, context=PLACE)
    for index, chunk in ((0, b""), (0, bytes(CHUNK + 1)), (2, bytes(CHUNK)), (-1, bytes(CHUNK))):
        with pytest.raises(KeyShape):
            scan.seal(index, chunk)
    for count in (0, -1, MOST_CHUNKS + 1):
        with pytest.raises(KeyShape):
            SealedScan.begin(count, dek=DEK, dek_id=DEK_ID, context=PLACE)
    for salt in (b"", bytes(31)):
        with pytest.raises(KeyShape):
            SealedScan.begin(1, dek=DEK, dek_id=DEK_ID, context=PLACE, salt=salt)


@pytest.mark.parametrize("raw", [b"", bytes(HEAD_BYTES), b"\xc5\x01\x01\x01" + bytes(84), b"\xc6" * 500])
def test_what_is_no_head_is_refused(raw):
    """Anything that is not a head of this version is refused like everything else, an envelope too."""
    with pytest.raises(EnvelopeRefused):
        Head.read(raw)


def test_bad_padding_is_refused():
    """A last chunk without its mark, or of zeros only, is refused."""
    for chunk in (bytes(CHUNK), b"\x81" + bytes(CHUNK - 1), b"", b"\x80"):
        with pytest.raises(EnvelopeRefused):
            unpadded_chunk(chunk)
    with pytest.raises(KeyShape):
        padded_chunk(bytes(CHUNK))


def test_nothing_of_it_prints():
    """Neither a head nor a scan says anything of its bytes in a print."""
    head, _ = SCAN
    scan = SealedScan.of(head, dek=DEK, context=PLACE)
    for text in (repr(head), repr(scan)):
        assert head.raw.hex()[8:40] not in text
        assert "\\x" not in text
