"""Shredding: a subject's data keys are destroyed, its values, masks and tags blanked, and a certificate made of it.

First the list outside the backups says so, durably; then the keys go; then the rows; then the ledger says so. Each
step may be done twice, so a crash between any two of them is made good by beginning again.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from audit.catalogue import SUBJECT_SHREDDED
from audit.certificate import format_certificate
from audit.entry import dek_pseudonym
from security.keeper import jobs
from security.keeper.erasures import Erased, blank, forget
from security.keeper.held import Held
from security.keeper.jobs import Job
from security.keeper.key_entries import state_key_deed
from security.sign_in.refusal import Refusal

KEY_SHREDDED: Final = "security:key:shredded"
NO_LIST: Final = "security:erasures_not_configured"

_DEKS: Final = "select id from subject_key where subject_id = $1 order by id"
_ORG: Final = "select org_id from gate_subject where subject_id = $1"
_FIELDS: Final = """
select field, count(*) as values from gate_sealed
where subject_id = $1 and envelope is not null group by field order by field
"""
_CERTIFIED: Final = "update key_job set certificate = $2, done = $3, total = $3 where id = $1"


async def shred(held: Held, job: Job, at: datetime) -> None:
    """Do the job, from its beginning or from wherever it was broken off."""
    erased = await _listed(held, job, at)
    async with held.keys.acquire() as connection:
        await forget(connection, erased)
    async with held.gate.pool.acquire() as connection:
        await blank(connection, erased.subject)
    by = (job.asked_by, job.asked_role)
    for dek in erased.deks:
        await state_key_deed(held, KEY_SHREDDED, by=by, request=job.request, subject=erased.subject, dek=dek)
    document = _document(held, job, erased)
    covered = await state_key_deed(
        held, SUBJECT_SHREDDED, document, by=by, request=job.request, subject=erased.subject
    )
    certificate = format_certificate(document, covered.proof_text())
    await held.keys.execute(_CERTIFIED, job.id, certificate, len(erased.deks))
    await jobs.end(held.keys, job, at)


async def _listed(held: Held, job: Job, at: datetime) -> Erased:
    """Write it into the list; after a crash what stands there already counts, for the keys may be gone by now."""
    if held.erasures is None or job.subject_id is None:
        raise Refusal(NO_LIST, 409)
    subject = job.subject_id
    deks = [row["id"] for row in await held.keys.fetch(_DEKS, subject)]
    fields = {row["field"]: row["values"] for row in await held.gate.pool.fetch(_FIELDS, subject)}
    org = await held.gate.pool.fetchval(_ORG, subject)
    return held.erasures.add(Erased(job.id, subject, org, at, deks, fields))


def _document(held: Held, job: Job, erased: Erased) -> dict[str, str]:
    link_key = held.custody.link_key
    return {
        "keys": " ".join(dek_pseudonym(link_key, dek) for dek in erased.deks),
        "values": json.dumps(erased.fields, sort_keys=True),
        "asked": job.asked_by,
        "approved": job.approved_by or "",
        "job": str(job.id),
    }
