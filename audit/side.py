"""What is kept beside leaves, as blobs: so that a database that was set back gets all of it again.

One blob for each batch that has something to keep, named by the batch's first leaf, with the lines of an
export's side documents in it.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from audit import jcs
from audit.entry import Leaf, b64url

if TYPE_CHECKING:
    from audit.stored import Connection

Line = dict[str, Any]


def path_of(start: int) -> str:
    """Name the blob of the batch that begins at this leaf."""
    groups, rest = [f"{start % 1000:03}"], start // 1000
    while rest:
        groups.append(f"x{rest % 1000:03}")
        rest //= 1000
    return f"side/{'/'.join(reversed(groups))}"


def of_leaves(start: int, leaves: Iterable[Leaf]) -> bytes:
    """Return the lines of a batch, b"" if there is nothing to keep."""
    lines: list[Line] = []
    for index, leaf in enumerate(leaves, start):
        if leaf.document is not None:
            lines.append({"index": index, "document": leaf.document})
        if leaf.members:
            lines.append({"index": index, "members": [[sub, b64url(nonce)] for sub, nonce in leaf.members]})
    return write_lines(lines)


async def of_stored(connection: "Connection", start: int, end: int) -> bytes:
    """Return the same from the database."""
    documents = await connection.fetch(
        "select index, document from ledger_fact where index >= $1 and index < $2", start, end
    )
    sets = await connection.fetch(
        "select index, array_agg(sub order by position), array_agg(nonce order by position)"
        " from ledger_member where index >= $1 and index < $2 group by index",
        start,
        end,
    )
    lines: list[Line] = [{"index": index, "document": document} for index, document in documents]
    lines += [
        {"index": index, "members": [[sub, b64url(nonce)] for sub, nonce in zip(subs, nonces, strict=True)]}
        for index, subs, nonces in sets
    ]
    return write_lines(sorted(lines, key=lambda line: (line["index"], "members" in line)))


def write_lines(lines: Sequence[Line]) -> bytes:
    """Write lines, each canonical JSON."""
    return b"".join(jcs.canonical(line) + b"\n" for line in lines)


def read_lines(data: bytes) -> list[Line]:
    """Read lines; `JcsRefused` for what is none."""
    return [line for line in map(jcs.parse, data.splitlines()) if isinstance(line, dict)]
