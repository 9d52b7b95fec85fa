"""Which function answers which operation on one-time links."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

from security.keeper.held import Held
from security.keeper.link_messages import (
    ExpireLinks,
    IssueLink,
    LinkAnswer,
    MakeLink,
    ReadLink,
    SealByLink,
    WithdrawLink,
)
from security.keeper.link_use import read_link, seal_by_link
from security.keeper.links import expire_links, issue_link, make_link, withdraw_link
from security.keeper.messages import Done

LINK_ANSWERS: Final[dict[type, Callable[[Held, Any, datetime], Awaitable[LinkAnswer | Done]]]] = {
    MakeLink: make_link,
    WithdrawLink: withdraw_link,
    IssueLink: issue_link,
    ReadLink: read_link,
    SealByLink: seal_by_link,
    ExpireLinks: expire_links,
}
