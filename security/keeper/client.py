"""The keeper as web sees it: a few shared connections, typed answers, two ways to fail."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

import uuid_utils.compat as uuids

from security.keeper.connection import Connection, KeeperUnavailable
from security.keeper.frames import FrameRefused
from security.keeper.protocol import (
    MAX_VALUE,
    AddCheckpoint,
    Answer,
    Ask,
    AskStatus,
    AskWitnesses,
    CosignedNote,
    Done,
    EndSession,
    Opened,
    ReadCosigned,
    ReadTrail,
    ReadWitnesses,
    Refused,
    Reveal,
    Seal,
    Sealed,
    SealedItems,
    SealItem,
    SignedIn,
    SignIn,
    SignOut,
    SignOutEverywhere,
    Status,
    SteppedUp,
    StepUp,
    Trail,
    TrailItem,
    WitnessAnswered,
    WitnessAsk,
    WitnessAsks,
    Witnessed,
    WitnessesSeen,
    WitnessSeen,
)
from security.vault.clear_text import ClearText

__all__ = [
    "MAX_VALUE",
    "KeeperClient",
    "KeeperRefused",
    "KeeperUnavailable",
    "Revealed",
    "SealItem",
    "Sealed",
    "SignedIn",
    "Status",
    "SteppedUp",
    "Trail",
    "TrailItem",
    "WitnessAsk",
    "WitnessSeen",
    "Witnessed",
    "WitnessesSeen",
]

CONNECTIONS: Final = 4
DEADLINE: Final = 5.0

_T = TypeVar("_T", bound=Answer)


class KeeperRefused(Exception):  # noqa: N818 - errors are named for what was refused
    """The keeper said no: code, HTTP status, and fields that may be shown (such as `retry_after`)."""

    def __init__(self, code: str, status: int, fields: dict[str, str | int]) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Revealed:
    """An opened value, hidden from print, until when it may be shown, and the proof of its entry."""

    value: ClearText
    expires_at: datetime
    proof: str
    index: int
    leaf: str


class KeeperClient:
    """Asks the keeper at `unix:/path`. May be shared by everything in one event loop.

    Every operation raises `KeeperRefused` for a refusal and `KeeperUnavailable` when there is no answer
    within the deadline (seconds); after a break the next call connects anew, no call is sent twice.
    """

    def __init__(self, url: str, *, deadline: float = DEADLINE, connections: int = CONNECTIONS) -> None:
        self._path = url.removeprefix("unix:")
        self._deadline = deadline
        self._connections: list[Connection | None] = [None] * connections
        self._opening = [asyncio.Lock() for _ in range(connections)]
        self._turn = 0

    async def sign_in(
        self, email: str, password: str, device: str, address: str, request: UUID | None = None
    ) -> SignedIn:
        """Open a session. Refusals: `security:wrong_credentials`, `security:too_many_attempts`."""
        ask = SignIn(email, password, device, address, request or uuids.uuid7())
        return await self._ask(ask, SignedIn)

    async def sign_out(self, token: str, request: UUID) -> None:
        """End this session."""
        await self._ask(SignOut(token, request), Done)

    async def end_session(self, token: str, request: UUID, session: UUID) -> None:
        """End one of one's own sessions. Refusal: `security:session_not_found`."""
        await self._ask(EndSession(token, request, session), Done)

    async def sign_out_everywhere(self, token: str, request: UUID) -> None:
        """End all of one's own sessions."""
        await self._ask(SignOutEverywhere(token, request), Done)

    async def step_up(self, token: str, request: UUID, password: str) -> SteppedUp:
        """Step up with the password. Refusals: `security:wrong_password`, `security:too_many_attempts`."""
        return await self._ask(StepUp(token, request, password), SteppedUp)

    async def seal(
        self, token: str, request: UUID, subject: UUID, org: UUID, items: list[SealItem]
    ) -> list[Sealed]:
        """Seal values of one subject; each is an entry of the ledger before this returns."""
        return (await self._ask(Seal(token, request, subject, org, items), SealedItems)).items

    async def reveal(
        self,
        token: str,
        request: UUID,
        subject: UUID,
        field: str,
        row: UUID | None,
        purpose: str,
        reference: str,
        reason: str,
    ) -> Revealed:
        """Open one value; the refusals and their order are those of the access matrix."""
        ask = Reveal(token, request, subject, field, row, purpose, reference, reason)
        opened = await self._ask(ask, Opened)
        value = ClearText(opened.value)
        return Revealed(value, opened.expires_at, opened.proof, opened.index, opened.leaf)

    async def trail(self, token: str, request: UUID, before: int | None, limit: int) -> Trail:
        """Read the entries about the caller's own passenger, newest first; `limit` at most 100."""
        return await self._ask(ReadTrail(token, request, before, limit), Trail)

    async def add_checkpoint(self, body: bytes) -> Witnessed:
        """Hand a request to this cell as a witness."""
        return await self._ask(AddCheckpoint(body), Witnessed)

    async def cosigned(self, origin: str) -> str:
        """Read the checkpoint of another log that this cell cosigned last; "" if there is none."""
        return (await self._ask(ReadCosigned(origin), CosignedNote)).note

    async def witness_asks(self) -> list[WitnessAsk]:
        """Ask what is to be sent to witnesses now."""
        return (await self._ask(AskWitnesses(), WitnessAsks)).items

    async def witness_answered(self, witness: str, status: int, body: str, known: str = "") -> None:
        """Tell what a witness answered; status 0 for nothing."""
        await self._ask(WitnessAnswered(witness, status, body, known), Done)

    async def witnesses(self) -> WitnessesSeen:
        """Ask how all witnesses stand, and the logs that are cosigned here."""
        return await self._ask(ReadWitnesses(), WitnessesSeen)

    async def status(self) -> Status:
        """Ask whether the keeper can serve."""
        return await self._ask(AskStatus(), Status)

    async def close(self) -> None:
        """Hang up all connections; calls under way fail as unavailable."""
        for connection in self._connections:
            if connection is not None:
                connection.close()
        await asyncio.sleep(0)  # the loop closes the sockets at its next turn

    async def _ask(self, ask: Ask, answer_type: type[_T]) -> _T:
        connection = await self._connection()
        try:
            answer = await connection.call(ask, self._deadline)
        except FrameRefused:
            raise KeeperRefused("security:too_large", 413, {}) from None
        except UnicodeEncodeError:  # half a code point has no place in any message
            raise KeeperRefused("security:malformed_request", 422, {}) from None
        if isinstance(answer, Refused):
            if answer.code == KeeperUnavailable.code:
                raise KeeperUnavailable
            raise KeeperRefused(answer.code, answer.status, answer.fields)
        if not isinstance(answer, answer_type):
            connection.close()
            raise KeeperUnavailable
        return answer

    async def _connection(self) -> Connection:
        self._turn = place = (self._turn + 1) % len(self._connections)
        connection = self._connections[place]
        if connection is not None and connection.alive:
            return connection
        async with self._opening[place]:
            connection = self._connections[place]
            if connection is None or not connection.alive:
                connection = self._connections[place] = await self._open()
            return connection

    async def _open(self) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._deadline):
                _, connection = await loop.create_unix_connection(Connection, self._path)
        except (OSError, TimeoutError):
            raise KeeperUnavailable from None
        return connection
