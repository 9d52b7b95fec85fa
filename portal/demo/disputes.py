"""Disputes of the demo: cases about an entry of the own trail, pointed to it once the ledger is kept."""

from collections.abc import Sequence
from typing import Any

from audit.entry import subject_pseudonym
from portal.demo.cases import DemoCase

# The newest look of somebody of the desk before the case; an opened value rather than a mask.
_LOOK = (
    "select index from ledger_leaf where sub = $1 and ts < $2 and dec = 'allow'"
    " and role in ('operations', 'finance', 'service_agent', 'sales')"
    " and (act like '%:revealed' or act like '%:viewed')"
    " order by (act like '%:revealed') desc, index desc limit 1"
)


async def point_to_looks(connection: Any, link_key: bytes, cases: Sequence[DemoCase]) -> None:
    """Write beside each dispute which entry it is about."""
    for case in cases:
        if not case.disputes or case.passenger is None:
            continue
        sub = subject_pseudonym(link_key, case.passenger)
        entry = await connection.fetchval(_LOOK, sub, case.steps[0].at)
        await connection.execute("update desk_case set entry = $2 where id = $1", case.id, entry)


async def store_wishes(connection: Any, cases: Sequence[DemoCase]) -> None:
    """Let those who dispute an entry wish the quarterly digest, too."""
    for case in cases:
        if case.disputes:
            await connection.execute(
                "insert into trail_wish (account_id, org_id, passenger_id, chosen_at) values ($1, $2, $3, $4)"
                " on conflict do nothing",
                case.opener.id,
                case.opener.org,
                case.passenger,
                case.steps[0].at,
            )
