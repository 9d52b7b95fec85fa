"""Tags of the demo's numbers in the blind indexes, as the keeper writes them when it seals."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from portal.demo.passengers import Person
from portal.demo.sealing import SealedPerson, values_of
from portal.demo.storing import copy_rows
from security.fields import FIELDS
from security.settings import INDEX_BITS, INDEX_ROWS
from security.vault.custody import Custody
from security.vault.indexes import Indexes

TAG = "row_id subject_id class name version bits tag"


async def store_tags(connection: Any, custody: Custody, people: Sequence[SealedPerson]) -> None:
    """Write the tags of everybody's numbers, and how the indexes were made."""
    indexes = Indexes.open(
        custody.blind_index_key, region=custody.region, bits=INDEX_BITS, expected_rows=INDEX_ROWS
    )
    rows = [row for sealed in people for row in _tags(indexes, sealed.person)]
    await copy_rows(connection, "blind_tag", TAG, rows)
    made = [(index.name, index.version, index.bits) for index in indexes.by_name.values()]
    await copy_rows(connection, "blind_index_made", "name version bits", made)


def _tags(indexes: Indexes, person: Person) -> Iterator[tuple[Any, ...]]:
    states: dict[UUID, str] = {paper.id: paper.issuing_state for paper in person.papers}
    for code, row, value in values_of(person):
        found = indexes.tag_of(code, value, states.get(row, ""))
        if found is not None:
            index = found.index
            yield row, person.id, FIELDS[code].key_class, index.name, index.version, index.bits, found.value
