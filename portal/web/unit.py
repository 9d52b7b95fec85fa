"""The unit of work: one transaction a request, in one database role, committed before the answer leaves.

Middleware, not dependency: Piccolo keeps its transaction in a context variable, and one set inside a Litestar
dependency is invisible to the handler. Litestar turns exceptions into responses inside this middleware, so the
status decides between commit and rollback. What must survive a refusal goes through `after_refusal()`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from audit.entry import Facts
from audit.ledger import record
from portal.web.database import DB, pool
from portal.web.gate import Guard, check_request, guard_of
from portal.web.ids import new_id
from portal.web.refusals import Refusal
from portal.web.session import SessionToken, actor_of, token_of
from portal.web.settings import WebSettings
from security.actor import Actor
from security.keeper.client import KeeperClient

log = structlog.get_logger("portal.web")
BAD = 400
_AS = (
    "select set_config('role', $1, true), set_config('wx.org', $2, true), set_config('wx.account', $3, true),"
    " set_config('wx.passenger', $4, true)"
)
Deed = Callable[[Any], Awaitable[None]]
Note = Callable[[Any, int, str], Awaitable[None]]


async def act_as(connection: Any, actor: Actor) -> None:
    """Put the open transaction into the actor's database role and name him for row-level security."""
    await connection.execute(
        _AS,
        actor.database_role,
        str(actor.org or ""),
        str(actor.account),
        str(actor.passenger or ""),
    )


@dataclass(slots=True)
class Unit:
    """One request's work: who, when, under which request id, and in which transaction."""

    settings: WebSettings
    keeper: KeeperClient
    request: UUID
    at: datetime
    locale: str
    token: SessionToken | None = None
    actor: Actor | None = None
    _transaction: Any = None
    _deeds: list[Deed] = field(default_factory=list)
    _notes: list[Note] = field(default_factory=list)

    @property
    def who(self) -> Actor:
        """The signed-in actor; routes without a guard must not ask."""
        if self.actor is None:
            raise LookupError
        return self.actor

    @property
    def credential(self) -> str:
        """The session token, for the keeper, which authenticates for itself."""
        return self.token.text if self.token else ""

    @property
    def transacting(self) -> bool:
        """Whether a transaction is open."""
        return self._transaction is not None

    @property
    def connection(self) -> Any:
        """The open transaction's asyncpg connection."""
        return self._transaction.connection

    async def recognise(self) -> None:
        """Look up whose session this is, if there is a token and it was not done yet."""
        if self.token is not None and self.actor is None:
            async with pool().acquire() as connection:
                self.actor = await actor_of(connection, self.token, self.at, self.settings.region)

    async def open(self) -> None:
        """Begin the transaction; if that fails there is none to settle."""
        transaction = DB.transaction()
        await transaction.__aenter__()
        self._transaction = transaction

    async def close(self, *, keep: bool) -> None:
        """Commit (keep) or roll back. Raises what the commit raised."""
        transaction, self._transaction = self._transaction, None
        if transaction is None:
            return
        if not keep:
            await transaction.__aexit__(_RolledBack, _RolledBack(), None)
            return
        await transaction.__aexit__(None, None, None)

    def after_refusal(self, deed: Deed) -> None:
        """Do this in a second short transaction if the answer is a refusal (status 400 and up)."""
        self._deeds.append(deed)

    def when_answered(self, note: Note) -> None:
        """Note with the answer's status and where it leads: in the transaction if it is kept, else in a short one.

        What was begun in a transaction that is not kept needs no note, and gets none.
        """
        self._notes.append(note)

    async def finish(self, status: int, location: str = "") -> None:
        """Settle the transaction by the answer's status, then do what must survive a refusal."""
        if self.transacting and status < BAD:
            for note in self._notes:
                await note(self.connection, status, location)
        elif not self.transacting and self._notes:
            async with self.short() as connection:
                for note in self._notes:
                    await note(connection, status, location)
        await self.close(keep=status < BAD)
        if status >= BAD and self._deeds:
            async with self.short() as connection:
                for deed in self._deeds:
                    await deed(connection)

    @asynccontextmanager
    async def short(self) -> AsyncIterator[Any]:
        """Open a short transaction of its own, in the actor's role if there is one."""
        async with pool().acquire() as connection, connection.transaction():
            if self.actor is not None:
                await act_as(connection, self.actor)
            yield connection

    def facts(self, kind: str, **more: Any) -> Facts:
        """Begin an entry by this actor in this request."""
        who, role = (self.actor.code, self.actor.role) if self.actor else ("unknown", "unknown")
        return Facts(kind=kind, who=who, role=role, request=self.request, **more)

    async def record(self, kind: str, **more: Any) -> None:
        """Write an entry's facts in this transaction: the deed and its entry exist together or not at all."""
        await record(self.connection, self.facts(kind, **more))


class _RolledBack(Exception):  # noqa: N818 -- never raised: it only tells Piccolo to roll back
    """Marks a transaction that ends by rollback."""


class UnitOfWork:
    """The ASGI middleware around every route."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Authenticate, guard, run the route, settle, and only then let the answer go."""
        if scope["type"] != ScopeType.HTTP:
            await self.app(scope, receive, send)
            return
        state = scope["litestar_app"].state
        guard = guard_of(scope)
        unit = Unit(
            settings=state.settings,
            keeper=state.keeper,
            request=scope.get("wx_request") or new_id(),  # type: ignore[arg-type]
            at=state.now(),
            locale=scope.get("wx_locale", "en"),  # type: ignore[arg-type]
        )
        scope["wx_unit"] = unit  # type: ignore[typeddict-unknown-key]
        held: list[Message] = []
        streaming = False

        async def hold(message: Message) -> None:
            nonlocal streaming
            begins = message["type"] == "http.response.start" and message["status"] < BAD
            if streaming or (guard.streams and begins):  # a refusal is settled, and what survives it written
                streaming = True
                await send(message)
                return
            held.append(message)

        try:
            await _run(self.app, scope, receive, hold, unit, guard)
        except BaseException:
            await unit.close(keep=False)  # cancelled or broken: nothing of it may stay, nor hold a connection
            raise
        if not streaming:
            await _settle(scope, receive, unit, held)
            for message in held:
                await send(message)


async def _run(app: ASGIApp, scope: Scope, receive: Receive, hold: Send, unit: Unit, guard: Guard) -> None:
    """Run the route; a refusal before it starts is answered like one inside it."""
    try:
        await _enter(scope, unit, guard)
    except Exception as refused:  # noqa: BLE001 -- the error page decides what may be said
        if isinstance(refused, Refusal) and refused.code == "web:not_for_this_role":
            unit.after_refusal(lambda c: record(c, unit.facts("security:access:refused", decision="deny")))
        await _answer_error(scope, receive, hold, refused)
        return
    await app(scope, receive, hold)


async def _enter(scope: Scope, unit: Unit, guard: Guard) -> None:
    """Find the session, open the transaction in its role, and check guard, origin and token."""
    unit.token = token_of(scope, unit.settings)
    if guard.outside:
        if not guard.keeper:
            await unit.recognise()
    elif unit.token or not guard.public:
        await unit.open()
        if unit.token:
            unit.actor = await actor_of(
                unit.connection, unit.token, unit.at, unit.settings.region, enter=True
            )
    if unit.actor is not None and not scope.get("wx_locale_in_path"):
        unit.locale = unit.actor.locale
    check_request(scope, unit, guard)


async def _settle(scope: Scope, receive: Receive, unit: Unit, held: list[Message]) -> None:
    """Commit before the answer leaves; a failed commit replaces the answer, because nothing was kept."""
    status, location = _outcome(held)
    try:
        await unit.finish(status, location)
    except Exception as failure:  # noqa: BLE001 -- whatever failed, the person must not be told it worked
        log.error("settle_failed", error=type(failure).__name__, request=str(unit.request))
        held.clear()

        async def hold(message: Message) -> None:
            held.append(message)

        await _answer_error(scope, receive, hold, failure)


def _outcome(held: list[Message]) -> tuple[int, str]:
    for message in held:
        if message["type"] == "http.response.start":
            location = next((value for name, value in message["headers"] if name.lower() == b"location"), b"")
            return message["status"], location.decode()
    return 500, ""


async def _answer_error(scope: Scope, receive: Receive, send: Send, error: Exception) -> None:
    from portal.web.errors import answer  # noqa: PLC0415 -- errors render pages, pages know units

    app = scope["litestar_app"]
    request: Any = app.request_class(scope=scope, receive=receive, send=send)
    response = answer(request, error)
    await response.to_asgi_response(app=None, request=request)(scope=scope, receive=receive, send=send)


def unit_of(request: Any) -> Unit:
    """Give a handler its unit of work."""
    found: Unit = request.scope["wx_unit"]
    return found
