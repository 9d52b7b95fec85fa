"""Searching by a whole sealed value, as web asks for it."""

from __future__ import annotations

from uuid import UUID

from security.keeper.caller import Caller
from security.keeper.find_messages import Find, Found


class FindCalls(Caller):
    """Searching by a whole sealed value, as web asks for it."""

    async def find(
        self, token: str, request: UUID, field: str, value: str, issuing_state: str, purpose: str
    ) -> Found:
        """Find whose value this is; the search is an entry before this returns, also when nobody is found.

        Refusals: `passengers:not_searchable`, `passengers:purpose_not_allowed`, `passengers:bad_search`,
        `security:too_many_searches`.
        """
        return await self._ask(Find(token, request, field, value, issuing_state, purpose), Found)
