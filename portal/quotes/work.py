"""What the worker does for quotes: an answer that nobody took in time becomes expired, with who and when."""

from datetime import datetime
from typing import Any

from audit.entry import Facts
from audit.ledger import record
from portal.web.ids import new_id, outer


async def expire_quotes(connection: Any, region: str, at: datetime) -> int:
    """Expire answered quotes whose validity has ended; give their number. One entry each."""
    rows = await connection.fetch(
        "select id, org_id, version from quote where state = 'answered' and valid_until <= $1"
        " order by valid_until limit 50 for update skip locked",
        at,
    )
    for row in rows:
        await connection.execute(
            "update quote set state = 'expired', version = $2 where id = $1", row["id"], row["version"] + 1
        )
        await connection.execute(
            "insert into quote_step (id, quote_id, org_id, state, at, who, role)"
            " values ($1, $2, $3, 'expired', $4, 'worker', 'system')",
            new_id(),
            row["id"],
            row["org_id"],
            at,
        )
        await record(
            connection,
            Facts(
                kind="quotes:quote:expired",
                who="worker",
                role="system",
                request=new_id(),
                field="quote",
                reference=outer(region, row["id"]),
            ),
        )
    return len(rows)
