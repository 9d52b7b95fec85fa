"""Who looked, as web and worker ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from security.keeper.caller import Caller
from security.keeper.trail_messages import (
    Asked,
    CountQuarter,
    OwnProof,
    ReadProof,
    ReadSummary,
    ReadTrail,
    Summary,
    Trail,
)


class TrailCalls(Caller):
    """Who looked, as web and worker ask for it."""

    async def trail(
        self,
        token: str,
        request: UUID,
        before: int | None,
        limit: int,
        only: Asked | None = None,
        scope: Literal["about", "by"] = "about",
    ) -> Trail:
        """Read the entries about the caller's own passenger, or by the caller, newest first; `limit` at most 100."""
        return await self._ask(ReadTrail(token, request, before, limit, only or Asked(), scope), Trail)

    async def trail_summary(self, token: str, request: UUID, bounds: Sequence[datetime]) -> Summary:
        """Count what others did with the caller's data since the first of `bounds`, day by day."""
        return await self._ask(ReadSummary(token, request, list(bounds)), Summary)

    async def trail_proof(self, token: str, request: UUID, index: int) -> OwnProof:
        """Prove one entry of the own trail. Refusal: `trail:entry_not_found`."""
        return await self._ask(ReadProof(token, request, index), OwnProof)

    async def trail_quarter(self, passenger: UUID, since: datetime, until: datetime) -> Summary:
        """Count for a digest. Refusal: `trail:no_digest` for whoever has not asked for one."""
        return await self._ask(CountQuarter(passenger, since, until), Summary)
