"""The worker's part: presents approved grants, writes closed files, removes what has ended.

What a grant opened is in this process's memory until the file is closed, and on no disk. Killed on the way, a file
fails and is asked for again: a grant opens once.
"""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from audit.entry import Facts
from audit.ledger import record
from i18n.catalogs import translations
from i18n.formats import formats_for
from i18n.locales import DEFAULT, LOCALES
from portal.exports.files import WRITERS, Sheet
from portal.exports.rules import FOLDER, SUFFIX
from portal.exports.words import HEADINGS, MARK, TITLE
from portal.passengers.words import FIELD_NAMES
from portal.web.ids import new_id, outer
from portal.web.settings import WebSettings
from security.keeper.client import Granted, KeeperClient, KeeperRefused, KeeperUnavailable
from security.policy.approvals import APPROVALS
from security.sign_in.tokens import new_token, token_hash
from security.vault.door import DOOR

log = structlog.get_logger("portal.worker")
Working = Callable[[], AbstractAsyncContextManager[Any]]
_WAITING = (
    "select g.*, b.id is not null as begun from gate.grant_work g left join bulk_export b on b.id = g.id"
    " where b.state = 'building' or (b.id is null and g.usable_until > $1) order by g.approved_at limit 4"
)
_BEGIN = (
    "insert into bulk_export (id, org_id, trip_id, account_id, layout, state, begun_at, expires_at)"
    " values ($1, $2, $3, $4, $5, 'building', $6, $7) on conflict (id) do nothing"
)
_READY = (
    "update bulk_export set state = 'ready', size = $2, records = $3, built_at = $4 where id = $1"
    " and state = 'building' returning true"
)
_ENDED = (
    "update bulk_export set state = case when state = 'ready' then 'expired' else state end, size = null,"
    " ended_at = coalesce(ended_at, $1) where size is not null"
    " and (state in ('revoked', 'expired') or expires_at <= $1) returning id, layout, trip_id"
)


async def make_files(work: Working, keeper: KeeperClient, settings: WebSettings, at: datetime) -> int:
    """Make the files that were approved; says how many. A keeper that is away is waited for."""
    async with work() as connection:
        waiting = await connection.fetch(_WAITING, at)
    for grant in waiting:
        try:
            await _make(work, keeper, settings, grant, at)
        except KeeperUnavailable:
            log.warning("export_waits")
            break
        except KeeperRefused as refused:
            await _failed(work, grant["id"], refused.code, at)
        except OSError as failure:
            await _failed(work, grant["id"], type(failure).__name__, at)
    return len(waiting)


async def _make(work: Working, keeper: KeeperClient, settings: WebSettings, grant: Any, at: datetime) -> None:
    ticket, request = new_token(), new_id()
    async with work() as connection:
        begun = (grant["id"], grant["org_id"], grant["reference_id"], grant["account_id"], grant["layout"])
        await connection.execute(_BEGIN, *begun, at, at + APPROVALS.kept)
        await connection.execute(
            "insert into gate.grant_ticket (request_id, ticket_hash) values ($1, $2)",
            grant["id"],
            token_hash(ticket),
        )
        rows = await connection.fetch("select * from grant_rows($1)", grant["id"])
    opened = await keeper.present_grant(request, grant["id"], ticket)
    sheet = _sheet(settings, grant, rows, opened, at)
    body = await asyncio.to_thread(WRITERS[grant["layout"]], sheet, opened.password)
    await asyncio.to_thread(_put, _path(settings, grant["id"], grant["layout"]), body)
    async with work() as connection:
        kept = await connection.fetchval(_READY, grant["id"], len(body), len(opened.values), at)
        if kept:
            await record(connection, _built(settings, grant, rows, opened, body, request))
            return
    await _remove(settings, grant["id"], grant["layout"])  # revoked meanwhile


def _sheet(settings: WebSettings, grant: Any, rows: Any, opened: Granted, at: datetime) -> Sheet:
    """Lay the values out: one row a passenger, the watermark in the language of whoever asked."""
    tag = grant["locale"] if grant["locale"] in LOCALES else DEFAULT
    say, when = translations(tag).say, formats_for(tag, grant["time_zone"])
    facts = {
        "name": f"{grant['requester']} ({grant['code']})",
        "trip": rows[0]["trip"] if rows else "",
        "time": when.datetime(at),
        "entry": str(grant["approved_entry"]),
        "file": outer(settings.region, grant["id"]),
    }
    fields = sorted({row["field"] for row in rows}, key=list(FIELD_NAMES).index)
    people = {row["subject_id"]: row for row in rows}
    by_field = {(row["subject_id"], row["field"]): row for row in rows}
    named = ("family_name", "given_name", "nationality")
    headings = [say(HEADINGS[name]) for name in named]
    for field in fields:
        headings += [say(FIELD_NAMES[field])]
        headings += [say(HEADINGS[name]) for name in ("issuing_state", "expires_on") if field != "birth_date"]
    lines = [
        [
            *(row[name] for name in named),
            *(cell for field in fields for cell in _cells(by_field.get((person, field)), field, opened)),
        ]
        for person, row in people.items()
    ]
    mark = [_bare(say(line, **{k: v for k, v in facts.items() if f"%({k})s" in line})) for line in MARK]
    return Sheet(say(TITLE), mark, headings, lines, right_to_left=LOCALES[tag].direction == "rtl")


def _cells(row: Any, field: str, opened: Granted) -> list[str]:
    sealed = opened.values.get(row["item_id"]) if row is not None else None
    value = sealed.reveal_to(DOOR) if sealed is not None else ""
    if field == "birth_date":
        return [value]
    if row is None:
        return ["", "", ""]
    return [value, row["issuing_state"] or "", row["expires_on"].isoformat() if row["expires_on"] else ""]


def _bare(text: str) -> str:
    """Take the isolates out: a footer of a spreadsheet shows them as boxes."""
    return text.replace("\u2068", "").replace("\u2069", "")


def _built(
    settings: WebSettings, grant: Any, rows: Any, opened: Granted, body: bytes, request: UUID
) -> Facts:
    return Facts(
        kind="exports:file:built",
        who="worker",
        role="system",
        request=request,
        members=tuple(dict.fromkeys(row["subject_id"] for row in rows)),
        field="manifest",
        purpose=grant["purpose"],
        reference=outer(settings.region, grant["reference_id"]),
        via=outer(settings.region, grant["id"]),
        document={"records": str(len(opened.values)), "sha256": hashlib.sha256(body).hexdigest()},
    )


async def _failed(work: Working, grant: UUID, code: str, at: datetime) -> None:
    log.warning("export_failed", error=code)
    async with work() as connection:
        await connection.execute(
            "update bulk_export set state = 'failed', failure = $2, ended_at = $3 where id = $1 and state = 'building'",
            grant,
            code,
            at,
        )


async def remove_files(work: Working, settings: WebSettings, at: datetime) -> None:
    """Remove the bytes of files that have ended or were revoked; each is an entry."""
    async with work() as connection:
        ended = await connection.fetch(_ENDED, at)
        for row in ended:
            await _remove(settings, row["id"], row["layout"])
            facts = Facts(
                kind="exports:file:removed",
                who="worker",
                role="system",
                request=new_id(),
                field="manifest",
                reference=outer(settings.region, row["trip_id"]),
                via=outer(settings.region, row["id"]),
            )
            await record(connection, facts)


def _path(settings: WebSettings, grant: UUID, layout: str) -> Path:
    folder = settings.blob_folder / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{grant}.{SUFFIX[layout]}"


def _put(path: Path, body: bytes) -> None:
    half = path.with_suffix(".part")
    half.write_bytes(body)
    half.chmod(0o600)
    half.replace(path)


async def _remove(settings: WebSettings, grant: UUID, layout: str) -> None:
    await asyncio.to_thread(_path(settings, grant, layout).unlink, missing_ok=True)
