"""The API of keys. What changes something needs a live step-up; what destroys, a second person as well."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody

from portal.keys.deeds import do_deed
from portal.keys.pages import KEEPS
from portal.web.gate import allow
from portal.web.ids import inner, outer
from portal.web.unit import unit_of
from security.keeper.client import EpochSeen, JobSeen

TAGS = ["keys"]
BASE = "/api/v1/keys"
OPERATES = frozenset({"administrator"})


class EpochOut(msgspec.Struct, frozen=True):
    """An epoch: the id of its key, and how many data keys of each class it wraps."""

    epoch: int
    key: str
    made_at: datetime
    retired_at: datetime | None
    emptied_at: datetime | None
    destroy_at: datetime | None
    destroyed_at: datetime | None
    counts: dict[str, int]


class JobOut(msgspec.Struct, frozen=True):
    """Work on keys; people stand in it by their codes in the ledger."""

    id: str
    kind: str
    state: str
    subject: str | None
    asked_by: str
    approved_by: str | None
    asked_at: datetime
    expires_at: datetime | None
    ended_at: datetime | None
    done: int
    total: int
    failed: int
    failure: str | None
    certificate: bool


class KeysOut(msgspec.Struct, frozen=True):
    """How the keys stand. No data key is kept in memory between two uses: `cache` says so."""

    custodian: str
    epochs: list[EpochOut]
    jobs: list[JobOut]
    next_epoch_at: datetime | None
    cache: dict[str, int]


class SubjectWanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose values: the id of a passenger."""

    subject: str


class Begun(msgspec.Struct, frozen=True):
    """The job that was begun, or that waits for a second person."""

    id: str


def _epoch(epoch: EpochSeen) -> EpochOut:
    return EpochOut(
        epoch=epoch.epoch,
        key=str(epoch.kek),
        made_at=epoch.made_at,
        retired_at=epoch.retired_at,
        emptied_at=epoch.emptied_at,
        destroy_at=epoch.destroy_at,
        destroyed_at=epoch.destroyed_at,
        counts=epoch.counts,
    )


def _job(region: str, job: JobSeen) -> JobOut:
    return JobOut(
        id=outer(region, job.id),
        kind=job.kind,
        state=job.state,
        subject=None if job.subject is None else outer(region, job.subject),
        asked_by=job.asked_by,
        approved_by=job.approved_by or None,
        asked_at=job.asked_at,
        expires_at=job.expires_at,
        ended_at=job.ended_at,
        done=job.done,
        total=job.total,
        failed=job.failed,
        failure=job.failure or None,
        certificate=job.has_certificate,
    )


@get(BASE, opt=allow(KEEPS, outside=True), tags=TAGS)
async def read_keys(request: Request[Any, Any, Any]) -> KeysOut:
    """Say how the keys stand: epochs with counts, work, custodian."""
    unit = unit_of(request)
    seen = await unit.keeper.keys(unit.credential, unit.request)
    return KeysOut(
        custodian=seen.custodian,
        epochs=[_epoch(one) for one in seen.epochs],
        jobs=[_job(unit.settings.region, one) for one in seen.jobs],
        next_epoch_at=seen.next_epoch_at,
        cache={"data_keys": 0, "seconds": 0},
    )


async def _begun(request: Any, code: str, target: str = "") -> Begun:
    unit = unit_of(request)
    job = await do_deed(unit, code, target)
    return Begun("" if job is None else outer(unit.settings.region, job))


@post(f"{BASE}/epochs", opt=allow(OPERATES, outside=True), tags=TAGS, status_code=202)
async def make_epoch(request: Request[Any, Any, Any]) -> Begun:
    """Begin a new epoch, and wrap every data key by it."""
    return await _begun(request, "rotate")


@post(f"{BASE}/rewraps", opt=allow(OPERATES, outside=True), tags=TAGS, status_code=202)
async def start_rewrap(request: Request[Any, Any, Any]) -> Begun:
    """Wrap anew what is still wrapped by an older epoch."""
    return await _begun(request, "rewrap")


@post(f"{BASE}/reseals", opt=allow(OPERATES, outside=True), tags=TAGS, status_code=202)
async def start_reseal(request: Request[Any, Any, Any], data: JSONBody[SubjectWanted]) -> Begun:
    """Seal a subject anew under new data keys."""
    return await _begun(request, "reseal", data.subject)


@post(f"{BASE}/shreds", opt=allow(KEEPS, outside=True), tags=TAGS, status_code=202)
async def ask_shred(request: Request[Any, Any, Any], data: JSONBody[SubjectWanted]) -> Begun:
    """Ask that a subject be shredded; it waits for a second person."""
    return await _begun(request, "shred", data.subject)


@post(f"{BASE}/shreds/{{job:str}}/approval", opt=allow(KEEPS, outside=True), tags=TAGS, status_code=202)
async def approve_shred(request: Request[Any, Any, Any], job: FromPath[str]) -> Begun:
    """Approve what somebody else asked for; it is done at once."""
    return await _begun(request, "approve", job)


@delete(f"{BASE}/shreds/{{job:str}}", opt=allow(KEEPS, outside=True), tags=TAGS)
async def withdraw_shred(request: Request[Any, Any, Any], job: FromPath[str]) -> None:
    """Take back a request that nobody has approved yet."""
    await _begun(request, "withdraw", job)


@get(f"{BASE}/shreds/{{job:str}}/certificate", opt=allow(KEEPS, outside=True), tags=TAGS)
async def read_certificate(request: Request[Any, Any, Any], job: FromPath[str]) -> Response[str]:
    """Give the certificate of an erasure; `python -m audit verify` checks it."""
    unit = unit_of(request)
    wanted = inner(unit.settings.region, job)
    text = await unit.keeper.certificate(unit.credential, unit.request, wanted)
    return Response(text, media_type="application/json", headers={"cache-control": "no-store"})


API = [
    read_keys,
    make_epoch,
    start_rewrap,
    start_reseal,
    ask_shred,
    approve_shred,
    withdraw_shred,
    read_certificate,
]
