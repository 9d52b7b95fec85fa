"""One-time links, as web and worker ask for them."""

from __future__ import annotations

from uuid import UUID

from security.keeper.caller import Caller
from security.keeper.link_messages import (
    ExpireLinks,
    IssueLink,
    LinkIssued,
    LinkMade,
    LinkSeen,
    LinksExpired,
    MakeLink,
    ReadLink,
    SealByLink,
    SealedByLink,
    WithdrawLink,
)
from security.keeper.messages import Done
from security.keeper.vault_messages import SealItem


class LinkCalls(Caller):
    """One-time links; one that does not work, for whatever cause, is `links:not_valid`."""

    async def make_link(
        self, token: str, request: UUID, subject: UUID, trip: UUID, leg: UUID, locale: str
    ) -> LinkMade:
        """Make a link; an earlier one for this trip ends. Refusals: `passengers:not_yours`, `links:no_such_leg`."""
        return await self._ask(MakeLink(token, request, subject, trip, leg, locale), LinkMade)

    async def withdraw_link(self, token: str, request: UUID, link: UUID) -> None:
        """Take a link back. Refusal: `links:ended`."""
        await self._ask(WithdrawLink(token, request, link), Done)

    async def issue_link(self, request: UUID, link: UUID, *, keep: bool) -> str:
        """Give a token for a mail; `keep` those of mails that may have left. Refusal: `links:not_valid`."""
        return (await self._ask(IssueLink(request, link, keep), LinkIssued)).token

    async def read_link(self, token: str, request: UUID, address: str) -> LinkSeen:
        """Say what a link is for; nothing changes. Refusals: `links:not_valid`, `security:too_many_attempts`."""
        return await self._ask(ReadLink(token, request, address, open=False), LinkSeen)

    async def open_link(self, token: str, request: UUID, address: str) -> LinkSeen:
        """Begin; an entry the first time. Refusals as of `read_link`."""
        return await self._ask(ReadLink(token, request, address, open=True), LinkSeen)

    async def seal_by_link(
        self, token: str, request: UUID, address: str, items: list[SealItem]
    ) -> SealedByLink:
        """Seal under a link, which nobody else can use meanwhile. Refusals as of `read_link` and `seal`."""
        return await self._ask(SealByLink(token, request, address, items), SealedByLink)

    async def expire_links(self) -> int:
        """State which links have ended; says how many."""
        return (await self._ask(ExpireLinks(), LinksExpired)).count
