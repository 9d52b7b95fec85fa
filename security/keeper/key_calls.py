"""Work on keys, as operators ask for it."""

from __future__ import annotations

from uuid import UUID

from security.keeper.caller import Caller
from security.keeper.key_messages import (
    ApproveShred,
    AskShred,
    CertificateText,
    KeyJobAsked,
    KeysSeen,
    OwnKey,
    ReadCertificate,
    ReadKeys,
    ReadOrgKey,
    RemoveOrgKey,
    ResealSubject,
    RewrapKeys,
    RotateKeys,
    SetOrgKey,
    WithdrawShred,
)
from security.keeper.messages import Done


class KeyCalls(Caller):
    """Work on keys. Refusals of all: `security:not_an_operator`; of what changes: `passengers:step_up_required`."""

    async def keys(self, token: str, request: UUID) -> KeysSeen:
        """Ask how the keys stand."""
        return await self._ask(ReadKeys(token, request), KeysSeen)

    async def rotate_keys(self, token: str, request: UUID) -> UUID:
        """Begin a new epoch; returns the job that rewraps. Refusal: a custodian's."""
        return (await self._ask(RotateKeys(token, request), KeyJobAsked)).job

    async def rewrap_keys(self, token: str, request: UUID) -> UUID:
        """Rewrap what is left of older epochs. Refusal: `security:key_job_under_way`."""
        return (await self._ask(RewrapKeys(token, request), KeyJobAsked)).job

    async def reseal_subject(self, token: str, request: UUID, subject: UUID) -> UUID:
        """Seal a subject anew under new keys. Refusals: `passengers:not_found`, `security:key_job_under_way`."""
        return (await self._ask(ResealSubject(token, request, subject), KeyJobAsked)).job

    async def ask_shred(self, token: str, request: UUID, subject: UUID) -> UUID:
        """Ask that a subject be shredded. Refusals as of `reseal_subject`, `security:erasures_not_configured`."""
        return (await self._ask(AskShred(token, request, subject), KeyJobAsked)).job

    async def approve_shred(self, token: str, request: UUID, job: UUID) -> UUID:
        """Approve it, as somebody else. Refusals: `security:key_job_not_found`, `security:own_request`."""
        return (await self._ask(ApproveShred(token, request, job), KeyJobAsked)).job

    async def withdraw_shred(self, token: str, request: UUID, job: UUID) -> None:
        """Take the request back. Refusal: `security:key_job_not_found`."""
        await self._ask(WithdrawShred(token, request, job), Done)

    async def certificate(self, token: str, request: UUID, job: UUID) -> str:
        """Read the certificate of an erasure. Refusal: `security:key_job_not_found`."""
        return (await self._ask(ReadCertificate(token, request, job), CertificateText)).text

    async def own_key(self, token: str, request: UUID) -> OwnKey:
        """Ask how the own organisation's key stands."""
        return await self._ask(ReadOrgKey(token, request), OwnKey)

    async def set_own_key(self, token: str, request: UUID, address: str) -> UUID:
        """Put the own organisation under its own key. Refusals: `security:org_key_address`, `…_there`, `…_closed`."""
        return (await self._ask(SetOrgKey(token, request, address), KeyJobAsked)).job

    async def remove_own_key(self, token: str, request: UUID) -> UUID:
        """Take it off. Refusals: `security:org_key_none`, `security:org_key_closed`."""
        return (await self._ask(RemoveOrgKey(token, request), KeyJobAsked)).job
