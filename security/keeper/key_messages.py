"""Work on keys: what operators ask of the keeper, and what it answers. No key and no value is ever among it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from security.keeper.messages import Quiet, Token

Address = Annotated[str, Meta(max_length=256)]


class ReadKeys(Quiet, frozen=True, tag="read_keys"):
    """How the keys stand: epochs, jobs, custodian."""

    token: Token
    request: UUID


class RotateKeys(Quiet, frozen=True, tag="rotate_keys"):
    """Begin a new epoch, and rewrap every data key by it."""

    token: Token
    request: UUID


class RewrapKeys(Quiet, frozen=True, tag="rewrap_keys"):
    """Rewrap what is not yet wrapped by the epoch in force."""

    token: Token
    request: UUID


class ResealSubject(Quiet, frozen=True, tag="reseal_subject"):
    """Give a subject new data keys, and seal its values anew under them."""

    token: Token
    request: UUID
    subject: UUID


class AskShred(Quiet, frozen=True, tag="ask_shred"):
    """Ask that a subject be shredded; somebody else must approve it."""

    token: Token
    request: UUID
    subject: UUID


class ApproveShred(Quiet, frozen=True, tag="approve_shred"):
    """Approve what somebody else asked for."""

    token: Token
    request: UUID
    job: UUID


class WithdrawShred(Quiet, frozen=True, tag="withdraw_shred"):
    """Take back a request to shred that nobody has approved yet."""

    token: Token
    request: UUID
    job: UUID


class ReadCertificate(Quiet, frozen=True, tag="read_certificate"):
    """The certificate of an erasure that is done."""

    token: Token
    request: UUID
    job: UUID


class SetOrgKey(Quiet, frozen=True, tag="set_org_key"):
    """Put the caller's organisation under a key of its own key service."""

    token: Token
    request: UUID
    address: Address


class RemoveOrgKey(Quiet, frozen=True, tag="remove_org_key"):
    """Take it off again; the service must agree."""

    token: Token
    request: UUID


class ReadOrgKey(Quiet, frozen=True, tag="read_org_key"):
    """How the caller's organisation's own key stands."""

    token: Token
    request: UUID


class EpochSeen(Quiet, frozen=True, tag="epoch"):
    """An epoch, its KEK by id, and how many data keys of each class it wraps."""

    kek: UUID
    epoch: int
    made_at: datetime
    retired_at: datetime | None
    emptied_at: datetime | None
    destroyed_at: datetime | None
    destroy_at: datetime | None
    counts: dict[str, int]


class JobSeen(Quiet, frozen=True, tag="key_job"):
    """A job: what it is, how far, in whose name. `is_mine`: the caller asked for it himself."""

    id: UUID
    kind: str
    state: str
    subject: UUID | None
    org: UUID | None
    asked_by: str
    approved_by: str
    asked_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    done: int
    total: int
    failed: int
    failure: str
    has_certificate: bool
    is_mine: bool


class OrgKeySeen(Quiet, frozen=True, tag="org_key"):
    """An organisation's own key: where it is, since when, and whether it answers (a code if not)."""

    org: UUID
    address: str
    set_at: datetime
    subjects: int
    closed: str


class OwnKey(Quiet, frozen=True, tag="own_key"):
    """The caller's organisation's own key, if it has one, and the work on it."""

    key: OrgKeySeen | None
    job: JobSeen | None


class KeysSeen(Quiet, frozen=True, tag="keys_seen"):
    """All of it. `next_epoch_at`: when the keeper begins the next one by itself; `shreds`: whether it can shred."""

    custodian: str
    epochs: list[EpochSeen]
    jobs: list[JobSeen]
    next_epoch_at: datetime | None
    shreds: bool
    org_keys: list[OrgKeySeen] = msgspec.field(default_factory=list)


class KeyJobAsked(Quiet, frozen=True, tag="key_job_asked"):
    """The job that was begun, or that waits for a second person."""

    job: UUID


class CertificateText(Quiet, frozen=True, tag="certificate"):
    """A certificate, as a file."""

    text: str


KeyOperation = (
    ReadKeys
    | RotateKeys
    | RewrapKeys
    | ResealSubject
    | AskShred
    | ApproveShred
    | WithdrawShred
    | ReadCertificate
    | SetOrgKey
    | RemoveOrgKey
    | ReadOrgKey
)
KeyAnswer = KeysSeen | KeyJobAsked | CertificateText | OwnKey
