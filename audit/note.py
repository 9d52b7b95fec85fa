"""Signed notes, C2SP signed-note: Ed25519 signatures (0x01), cosignatures of witnesses (0x04 Ed25519, 0x06 ML-DSA-44).

A key is told as a vkey, `name+<4-byte id in hex>+base64(algorithm ‖ public key)`, where the id is the head of
SHA-256(name ‖ newline ‖ algorithm ‖ public key). A note is a text, an empty line, and signature lines, each
`— name base64(id ‖ signature)`.
"""

import hashlib
import re
import struct
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from audit import mldsa
from audit.refusal import Refusal

ED25519: Final = 0x01
COSIGNATURE_V1: Final = 0x04
COSIGNATURE_MLDSA: Final = 0x06
ALGORITHMS: Final = {ED25519: "Ed25519", COSIGNATURE_V1: "Ed25519", COSIGNATURE_MLDSA: "ML-DSA-44"}
COSIGNING: Final = frozenset({COSIGNATURE_V1, COSIGNATURE_MLDSA})
MAX_NOTE: Final = 1_000_000
MAX_SIGNATURES: Final = 100
_KEY_LENGTHS: Final = {ED25519: 32, COSIGNATURE_V1: 32, COSIGNATURE_MLDSA: mldsa.PUBLIC_LENGTH}
_MAX_TIME: Final = 2**63 - 1
_ID_LENGTH: Final = 4
_TIME_LENGTH: Final = 8
_NAME: Final = re.compile(r"[^\s+]+")
_VKEY: Final = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")


class NoteRefused(Refusal):
    """The note or key is not to be believed.

    `reason`: malformed, vkey, signature, unsigned; algorithm (this machine's `cryptography` has no ML-DSA-44).
    """

    code: ClassVar[str] = "audit:note_refused"


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: the signer's name, the 4-byte key id, and what follows it."""

    name: str
    key_id: bytes
    data: bytes

    def line(self) -> str:
        """Write the line, with its newline."""
        return f"— {self.name} {b64encode(self.key_id + self.data).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text (ending in a newline) and its signature lines, not yet believed."""

    text: str
    signatures: tuple[Signature, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(signature.line() for signature in self.signatures)


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key that speaks for a name."""

    name: str
    algorithm: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The head of the hash over name, algorithm and key."""
        body = self.name.encode() + b"\n" + bytes([self.algorithm]) + self.public
        return hashlib.sha256(body).digest()[:_ID_LENGTH]

    def __str__(self) -> str:
        body = b64encode(bytes([self.algorithm]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{body}"

    def verify(self, text: str, signature: bytes) -> None:
        """Check what follows the key id in a signature line; raises `NoteRefused`."""
        try:
            if self.algorithm == ED25519:
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
            elif self.algorithm == COSIGNATURE_V1:
                message = _cosigned(_time(signature), text)
                Ed25519PublicKey.from_public_bytes(self.public).verify(signature[_TIME_LENGTH:], message)
            else:
                message = mldsa.cosigned_message(self.name, _time(signature), text)
                mldsa.verify(self.public, signature[_TIME_LENGTH:], message)
        except (InvalidSignature, ValueError):
            raise NoteRefused(reason="signature", name=self.name) from None
        except (ImportError, UnsupportedAlgorithm):
            raise NoteRefused(reason="algorithm", name=self.name) from None


@dataclass(frozen=True, slots=True)
class Signer:
    """A log's own key, made from its 32-byte seed."""

    name: str
    key_id: bytes
    _key: Ed25519PrivateKey = field(repr=False)

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> "Signer":
        """Make the signer; the seed is the Ed25519 private key (RFC 8032)."""
        _check_name(name)
        key = Ed25519PrivateKey.from_private_bytes(seed)
        return cls(name, Verifier(name, ED25519, _public(key)).key_id, key)

    def verifier(self, algorithm: int = ED25519) -> Verifier:
        """Return the public half, as a log's key or (0x04) as a witness's."""
        return Verifier(self.name, algorithm, _public(self._key))

    def sign(self, text: str) -> Signature:
        """Sign a text that ends in a newline."""
        return Signature(self.name, self.key_id, self._key.sign(text.encode()))

    def cosign(self, text: str, at: int) -> Signature:
        """Cosign a checkpoint as a witness at Unix time `at`, in seconds (C2SP tlog-cosignature, v1)."""
        signature = struct.pack(">Q", at) + self._key.sign(_cosigned(at, text))
        return Signature(self.name, self.verifier(COSIGNATURE_V1).key_id, signature)

    def signatures(self, text: str) -> tuple[Signature, ...]:
        """Sign a text, as `Signers` do."""
        return (self.sign(text),)

    def verifiers(self) -> tuple[Verifier, ...]:
        """Return the one public half."""
        return (self.verifier(),)


@dataclass(frozen=True, slots=True)
class Signers:
    """The keys of one log while one hands over to the next, oldest first: each signs everything.

    `known` are keys that signed before and do no more; what they signed is still this log's own.
    """

    keys: tuple[Signer, ...]
    known: tuple[Verifier, ...] = ()

    @property
    def name(self) -> str:
        """Whose keys they are."""
        return self.keys[0].name

    def verifier(self) -> Verifier:
        """Return the public half of the newest key."""
        return self.keys[-1].verifier()

    def verifiers(self) -> tuple[Verifier, ...]:
        """Return the public halves of all, also of those that sign no more."""
        return (*self.known, *(key.verifier() for key in self.keys))

    def signatures(self, text: str) -> tuple[Signature, ...]:
        """Sign a text with each."""
        return tuple(key.sign(text) for key in self.keys)


@dataclass(frozen=True, slots=True)
class MlDsaCosigner:
    """A witness's ML-DSA-44 key, made from its 32-byte seed; it cosigns beside the Ed25519 one."""

    name: str
    public: bytes
    _seed: bytes = field(repr=False)

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> "MlDsaCosigner":
        """Make the cosigner; `NoteRefused` (algorithm) where this machine cannot do ML-DSA-44."""
        _check_name(name)
        try:
            return cls(name, mldsa.public_of(seed), seed)
        except (ImportError, UnsupportedAlgorithm):
            raise NoteRefused(reason="algorithm", name=name) from None

    def verifier(self) -> Verifier:
        """Return the public half."""
        return Verifier(self.name, COSIGNATURE_MLDSA, self.public)

    def cosign(self, text: str, at: int) -> Signature:
        """Cosign a checkpoint at Unix time `at`, in seconds (C2SP tlog-cosignature, subtree/v1)."""
        signature = mldsa.sign(self._seed, mldsa.cosigned_message(self.name, at, text))
        return Signature(self.name, self.verifier().key_id, struct.pack(">Q", at) + signature)


def _public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def parse_vkey(text: str) -> Verifier:
    """Read a vkey of a known algorithm; anything else, or an id that does not fit the key, is refused."""
    match = _VKEY.fullmatch(text)
    if match is None:
        raise NoteRefused(reason="vkey")
    body = _base64(match[3])
    if not body or len(body) - 1 != _KEY_LENGTHS.get(body[0]):
        raise NoteRefused(reason="vkey")
    verifier = Verifier(match[1], body[0], body[1:])
    if verifier.key_id.hex() != match[2]:
        raise NoteRefused(reason="vkey")
    if verifier.algorithm == COSIGNATURE_MLDSA and not mldsa.is_available():
        raise NoteRefused(reason="algorithm", name=verifier.name)
    return verifier


def parse_note(data: bytes) -> Note:
    """Split a note into its text and signature lines, believing nothing."""
    if len(data) > MAX_NOTE:
        raise NoteRefused(reason="malformed")
    try:
        whole = data.decode()
    except UnicodeDecodeError:
        raise NoteRefused(reason="malformed") from None
    text, gap, lines = whole.rpartition("\n\n")
    if not gap or not lines.endswith("\n") or _CONTROL.search(whole):
        raise NoteRefused(reason="malformed")
    signatures = tuple(_signature(line) for line in lines[:-1].split("\n"))
    if len(signatures) > MAX_SIGNATURES:
        raise NoteRefused(reason="malformed")
    return Note(text + "\n", signatures)


def verified_by(note: Note, verifiers: Iterable[Verifier]) -> tuple[Verifier, ...]:
    """Return who of `verifiers` signed; a false signature under a known key, or none at all, is refused."""
    known = {(verifier.name, verifier.key_id): verifier for verifier in verifiers}
    believed: dict[tuple[str, bytes], Verifier] = {}
    for signature in note.signatures:
        key = (signature.name, signature.key_id)
        if key in known:
            known[key].verify(note.text, signature.data)
            believed[key] = known[key]
    if not believed:
        raise NoteRefused(reason="unsigned")
    return tuple(believed.values())


def _time(signature: bytes) -> int:
    """Read the time that stands before a cosignature; `ValueError`."""
    if len(signature) < _TIME_LENGTH:
        raise ValueError
    at = int.from_bytes(signature[:_TIME_LENGTH], "big")
    if at > _MAX_TIME:
        raise ValueError
    return at


def _cosigned(at: int, text: str) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def _signature(line: str) -> Signature:
    name, _, body = line.removeprefix("— ").partition(" ")
    if not line.startswith("— "):
        raise NoteRefused(reason="malformed")
    _check_name(name)
    data = _base64(body)
    if len(data) <= _ID_LENGTH:
        raise NoteRefused(reason="malformed")
    return Signature(name, data[:_ID_LENGTH], data[_ID_LENGTH:])


def _check_name(name: str) -> None:
    if _NAME.fullmatch(name) is None:
        raise NoteRefused(reason="malformed")


def _base64(text: str) -> bytes:
    try:
        data = b64decode(text, validate=True)
    except ValueError:
        raise NoteRefused(reason="malformed") from None
    if b64encode(data).decode() != text:  # the decoder accepts two spellings of one value
        raise NoteRefused(reason="malformed")
    return data
