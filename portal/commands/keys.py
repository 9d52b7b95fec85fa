"""`python -m portal keys`: how the keys stand, and work on them in the name of an administrator who signs in."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import click

LOOK = 0.25  # seconds between two looks at a job
EMAIL = "WX_OPERATOR"
Deed = Callable[[Any, str], Awaitable[Any]]


def _signing(command: Any) -> Any:
    """Add who works: an e-mail address, and a password that is asked for or comes in on standard input."""
    command = click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)
    command = click.option(
        "--password-stdin", is_flag=True, help="Read the password from standard input, one line."
    )(command)
    return click.option(
        "--email", envvar=EMAIL, required=True, help=f"Who works on keys (or {EMAIL} in the environment)."
    )(command)


@click.group()
def keys() -> None:
    """Work on the region's keys. Each deed needs the password, and is an entry of the ledger."""


@keys.command()
@_signing
def status(email: str, password_stdin: bool, as_json: bool) -> None:  # noqa: FBT001 -- click passes flags so
    """Show epochs with what they wrap, the custodian, and work on keys."""
    seen = _run(email, password_stdin, lambda keeper, token: keeper.keys(token, uuid4()))
    if as_json:
        click.echo(json.dumps(_plain(seen), default=str))
        return
    click.echo(f"custodian {seen.custodian}; no data key is kept in memory between two uses")
    for epoch in seen.epochs:
        counts = "  ".join(f"{name} {count:,}" for name, count in sorted(epoch.counts.items())) or "empty"
        ended = "destroyed" if epoch.destroyed_at else ("in force" if epoch.retired_at is None else "retired")
        click.echo(f"  epoch {epoch.epoch:>4}  {epoch.kek}  {ended:<9}  {counts}")
    for job in seen.jobs:
        click.echo(
            f"  {job.kind:<8}{job.state:<10}{job.done:>10,} / {job.total:,}  {job.id}  {job.failure}".rstrip()
        )


@keys.command()
@_signing
def rotate(email: str, password_stdin: bool, as_json: bool) -> None:  # noqa: FBT001
    """Begin a new epoch, and wrap every data key by it."""
    _work(email, password_stdin, as_json, lambda keeper, token: keeper.rotate_keys(token, uuid4()))


@keys.command()
@_signing
def rewrap(email: str, password_stdin: bool, as_json: bool) -> None:  # noqa: FBT001
    """Wrap anew what is still wrapped by an older epoch."""
    _work(email, password_stdin, as_json, lambda keeper, token: keeper.rewrap_keys(token, uuid4()))


@keys.command()
@click.argument("subject")
@_signing
def reseal(subject: str, email: str, password_stdin: bool, as_json: bool) -> None:  # noqa: FBT001
    """Seal SUBJECT (a passenger's id) anew under new data keys."""
    wanted = _id(subject)
    _work(email, password_stdin, as_json, lambda keeper, token: keeper.reseal_subject(token, uuid4(), wanted))


@keys.command()
@click.argument("subject", required=False)
@click.option("--approve", "job", metavar="JOB", help="Approve what somebody else asked for.")
@_signing
def shred(
    subject: str | None,
    job: str | None,
    email: str,
    password_stdin: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Ask that SUBJECT (a passenger's id) be shredded, or approve it as the second person."""
    if (subject is None) == (job is None):
        raise click.UsageError("Name a SUBJECT to ask for, or a job to --approve.")
    if job is not None:
        wanted = _id(job)
        _work(
            email, password_stdin, as_json, lambda keeper, token: keeper.approve_shred(token, uuid4(), wanted)
        )
        return
    asked = _id(str(subject))
    made = _run(
        email, password_stdin, lambda keeper, token: keeper.ask_shred(token, uuid4(), asked), step_up=True
    )
    click.echo(
        json.dumps({"job": str(made)}) if as_json else f"Asked for. A second person: shred --approve {made}"
    )


@keys.group(name="log")
def log_key() -> None:
    """Change the ledger's signing key, step by step; the runbook is infra/runbooks/log-key.md."""


@log_key.command(name="status")
@_signing
def log_status(email: str, password_stdin: bool, as_json: bool) -> None:  # noqa: FBT001
    """Say which key signs, and how far a ceremony is."""
    _log_key(
        email, password_stdin, as_json, lambda keeper, token: keeper.log_key(token, uuid4()), step_up=False
    )


def _step(name: str, said: str) -> None:
    """Add a step of the ceremony."""

    def step(email: str, password_stdin: bool, as_json: bool) -> None:  # noqa: FBT001
        _log_key(
            email, password_stdin, as_json, lambda keeper, token: keeper.turn_log_key(token, uuid4(), name)
        )

    log_key.command(name=name, help=said)(_signing(step))


_step("make", "Make the new key. It signs nothing yet.")
_step("withdraw", "Throw a new key away that was not announced.")
_step("announce", "As a second person: let the ledger announce it. From then on both keys sign.")
_step("retire", "As another person than who announced it: destroy the old key. Only the new one signs.")


def _log_key(email: str, from_stdin: bool, as_json: bool, deed: Deed, *, step_up: bool = True) -> None:  # noqa: FBT001
    seen = _run(email, from_stdin, deed, step_up=step_up)
    if as_json:
        click.echo(json.dumps(_plain(seen)))
        return
    click.echo(f"{seen.state}" + (f", last step by {seen.by}" if seen.by else ""))
    click.echo(f"  signs      {seen.vkey}")
    if seen.following:
        says = f"signs too, since {seen.handover} entries" if seen.handover else "to come"
        click.echo(f"  {says:<10} {seen.following}")


@keys.command()
@click.option("--from", "old", required=True, help="The custodian in use, as in WX_CUSTODIAN.")
@click.option("--to", "new", required=True, help="The custodian to come; it must have no keys yet.")
@click.option("--region", envvar="WX_REGION", required=True)
def move(old: str, new: str, region: str) -> None:
    """Wrap the region's keys with another custodian. Stop the keeper first; the old one keeps its own."""
    from security.keeper.moving import CustodyRefused, move_keys  # noqa: PLC0415 -- as below

    try:
        epoch = move_keys(old, new, region)
    except CustodyRefused as refused:
        raise click.ClickException(f"{refused.code}: nothing was changed.") from None
    click.echo(f"Moved: epoch {epoch} and all other keys open by the new custodian.")


def _work(email: str, from_stdin: bool, as_json: bool, deed: Deed) -> None:  # noqa: FBT001
    """Begin a job and watch it; exit 1 if it fails."""

    async def watched(keeper: Any, token: str) -> Any:
        job = await deed(keeper, token)
        while True:
            found = next(one for one in (await keeper.keys(token, uuid4())).jobs if one.id == job)
            _bar(found.done, found.total, ended=found.ended_at is not None)
            if found.ended_at is not None:
                return found
            await asyncio.sleep(LOOK)

    began = time.monotonic()
    job = _run(email, from_stdin, watched, step_up=True)
    if as_json:
        click.echo(json.dumps(_plain(job), default=str))
    else:
        click.echo(
            f"{job.kind} {job.state}: {job.done:,} of {job.total:,} in {time.monotonic() - began:.1f} s"
        )
    sys.exit(0 if job.state == "done" else 1)


def _bar(done: int, total: int, *, ended: bool) -> None:
    if sys.stderr.isatty():
        percent = 100 if ended else 100 * done // max(total, 1)
        click.echo(f"\r  {'█' * (percent // 4):<25} {percent:3d} %", nl=ended, err=True)


def _run(email: str, from_stdin: bool, deed: Deed, *, step_up: bool = False) -> Any:  # noqa: FBT001
    from security.keeper.client import KeeperClient, KeeperRefused, KeeperUnavailable  # noqa: PLC0415 -- quick help

    url = os.environ.get("WX_KEEPER_URL")
    if not url:
        raise click.ClickException("Not configured: WX_KEEPER_URL")
    password = sys.stdin.readline().rstrip("\n") if from_stdin else click.prompt("Password", hide_input=True)

    async def session() -> Any:
        keeper = KeeperClient(url)
        try:
            token = (await keeper.sign_in(email, password, "command line", "local")).token
            try:
                if step_up:
                    await keeper.step_up(token, uuid4(), password)
                return await deed(keeper, token)
            finally:
                await keeper.sign_out(token, uuid4())
        finally:
            await keeper.close()

    try:
        return asyncio.run(session())
    except KeeperRefused as refused:
        raise click.ClickException(refused.code) from None
    except KeeperUnavailable:
        raise click.ClickException("The keeper does not answer.") from None


def _id(text: str) -> UUID:
    try:
        return UUID(text.rpartition("_")[2])
    except ValueError:
        raise click.UsageError("That is no id.") from None


def _plain(message: Any) -> Any:
    """Give a message of the keeper as JSON has it."""
    if hasattr(message, "__struct_fields__"):
        return {name: _plain(getattr(message, name)) for name in message.__struct_fields__}
    return [_plain(one) for one in message] if isinstance(message, list) else message
