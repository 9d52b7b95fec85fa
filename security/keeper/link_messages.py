"""One-time links: what is asked of the keeper about them, and what it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from security.keeper.messages import MAX_ITEMS, Quiet, Token, Word
from security.keeper.vault_messages import Sealed, SealItem


class MakeLink(Quiet, frozen=True, tag="make_link"):
    """Make a link by which this passenger enters documents for this leg; no token exists yet."""

    token: Token
    request: UUID
    subject: UUID
    trip: UUID
    leg: UUID
    locale: Word


class WithdrawLink(Quiet, frozen=True, tag="withdraw_link"):
    """Take a link of the own organisation back."""

    token: Token
    request: UUID
    link: UUID


class IssueLink(Quiet, frozen=True, tag="issue_link"):
    """A token for a link that somebody had made, to be mailed now.

    `keep` earlier tokens, because a mail with one may have left; else they are forgotten.
    """

    request: UUID
    link: UUID
    keep: bool


class ReadLink(Quiet, frozen=True, tag="read_link"):
    """What the link with this token is for; with `open` its holder begins, which is stated once."""

    token: Token
    request: UUID
    address: Word
    open: bool


class SealByLink(Quiet, frozen=True, tag="seal_by_link"):
    """Seal what the holder of this token submits; of several at once one is let through."""

    token: Token
    request: UUID
    address: Word
    items: Annotated[list[SealItem], Meta(min_length=1, max_length=MAX_ITEMS)]


class ExpireLinks(Quiet, frozen=True, tag="expire_links"):
    """State the end of those links whose time is over."""


class LinkMade(Quiet, frozen=True, tag="link_made"):
    """A link that waits for its mail."""

    link: UUID
    expires_at: datetime


class LinkIssued(Quiet, frozen=True, tag="link_issued"):
    """A token, told this once."""

    token: str


class LinkSeen(Quiet, frozen=True, tag="link_seen"):
    """A link that works: whose it is, for which leg, until when, and whether its holder has begun."""

    link: UUID
    org: UUID
    subject: UUID
    trip: UUID
    leg: UUID
    locale: str
    expires_at: datetime
    opened: bool


class SealedByLink(Quiet, frozen=True, tag="sealed_by_link"):
    """What was sealed, and the claim that the storing transaction completes the link with."""

    claim: UUID
    items: list[Sealed]


class LinksExpired(Quiet, frozen=True, tag="links_expired"):
    """How many ended."""

    count: int


LinkOperation = MakeLink | WithdrawLink | IssueLink | ReadLink | SealByLink | ExpireLinks
LinkAnswer = LinkMade | LinkIssued | LinkSeen | SealedByLink | LinksExpired
