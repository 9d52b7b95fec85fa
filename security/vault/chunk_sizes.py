"""How long the parts of a sealed scan are: what those need to know who hand pieces on and hold no key."""

from typing import Final

HEAD_BYTES: Final = 88
CHUNK: Final = 32_768
"""Bytes of content in each chunk."""
MOST_CHUNKS: Final = 1024
"""A scan is at most 32 MiB."""


def chunks_of(length: int) -> int:
    """Return how many chunks a content of this length takes: one more byte than it has is sealed."""
    return length // CHUNK + 1
