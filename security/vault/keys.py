"""Data keys: one per subject and class, wrapped by the region's KEK in the same envelope as a field.

The envelope's id slot holds the KEK's id; its context is table `subject_key`, column `dek`, row = the data
key's id. A wrapped key moved to another subject's row is therefore refused.
"""

import secrets
from typing import Final, Literal
from uuid import UUID

from security.vault.envelope import Context, EnvelopeRefused, dek_id_of, open_envelope, seal
from security.vault.primitives import KEY_BYTES, KeyShape

SubjectKeyClass = Literal["document", "payment", "integration"]
KEY_CLASSES: Final = ("document", "payment", "integration")
"""Classes of data key; `integration` is opened for a process, never for a person."""

WRAPPED: Final = 164
"""Bytes of a data key sealed under the KEK; one that lies under an organisation's own key too is longer."""
ENCLOSED: Final = 164
"""Bytes of a data key sealed under an organisation's own key."""


def new_key() -> bytes:
    """Return 32 random bytes."""
    return secrets.token_bytes(KEY_BYTES)


def wrap_dek(
    dek: bytes, *, dek_id: UUID, kek: bytes, kek_id: UUID, region: str, salt: bytes | None = None
) -> bytes:
    """Return the data key sealed under the KEK (`WRAPPED` bytes); raise `KeyShape`.

    In place of a data key goes one that `enclose_dek` has put under an organisation's own key.
    """
    if len(dek) not in {KEY_BYTES, ENCLOSED}:
        raise KeyShape
    return seal(dek, dek=kek, dek_id=kek_id, context=_place(region, dek_id), salt=salt)


def unwrap_dek(
    wrapped: bytes, *, dek_id: UUID, kek: bytes, region: str, org_kek: bytes | None = None
) -> bytes:
    """Return the data key; raise `EnvelopeRefused` if it is of another row, region or KEK.

    `org_kek` opens one that lies under an organisation's own key as well; without it that is refused.
    """
    dek = open_envelope(wrapped, dek=kek, context=_place(region, dek_id))
    if len(dek) == ENCLOSED and org_kek is not None:
        dek = open_envelope(dek, dek=org_kek, context=_org_place(region, dek_id))
    if len(dek) != KEY_BYTES:
        raise EnvelopeRefused
    return dek


def enclose_dek(dek: bytes, *, dek_id: UUID, org_kek: bytes, org_key_id: UUID, region: str) -> bytes:
    """Return the data key sealed under an organisation's own key (`ENCLOSED` bytes), to be wrapped by the KEK."""
    if len(dek) != KEY_BYTES:
        raise KeyShape
    return seal(dek, dek=org_kek, dek_id=org_key_id, context=_org_place(region, dek_id))


def org_key_of(wrapped: bytes, *, dek_id: UUID, kek: bytes, region: str) -> UUID:
    """Return the id of the organisation's key under which a data key lies; raise `EnvelopeRefused`."""
    return dek_id_of(open_envelope(wrapped, dek=kek, context=_place(region, dek_id)))


def kek_id_of(wrapped: bytes) -> UUID:
    """Return the id of the KEK that wrapped this data key; raise `EnvelopeRefused`."""
    return dek_id_of(wrapped)


def rewrap_dek(
    wrapped: bytes, *, dek_id: UUID, old_kek: bytes, new_kek: bytes, new_kek_id: UUID, region: str
) -> bytes:
    """Return the same data key under a new KEK; no sealed field is touched. Raises `EnvelopeRefused`.

    What is inside may itself be wrapped, by an organisation's own key; it is not looked at.
    """
    place = _place(region, dek_id)
    inside = open_envelope(wrapped, dek=old_kek, context=place)
    return seal(inside, dek=new_kek, dek_id=new_kek_id, context=place)


def _org_place(region: str, dek_id: UUID) -> Context:
    return Context(region, "subject_key", "org_dek", dek_id)


def _place(region: str, dek_id: UUID) -> Context:
    return Context(region, "subject_key", "dek", dek_id)
