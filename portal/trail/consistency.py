"""That a ledger shown today continues the one shown before: a proof between two of its sizes."""

from typing import TYPE_CHECKING

from audit import merkle, stored
from audit.ledger import head
from portal.web.refusals import Refusal

if TYPE_CHECKING:
    from audit.stored import Connection


class NotThatLarge(Refusal):
    """No signed checkpoint of this ledger is so large; whoever saw one was shown another ledger."""

    code = "trail:ledger_not_that_large"
    status = 404


class SizesInDisorder(Refusal):
    """The first tree is the larger one."""

    code = "trail:sizes_in_disorder"
    status = 422


async def between(connection: "Connection", smaller: int, larger: int) -> list[bytes]:
    """Prove that the tree of `larger` leaves begins with that of `smaller`. Raises NotThatLarge, SizesInDisorder."""
    if not 0 < smaller <= larger:
        raise SizesInDisorder
    newest = await head(connection)
    if newest is None or larger > newest.size:
        raise NotThatLarge
    return await stored.read_covers(connection, merkle.consistency_cover(smaller, larger))
