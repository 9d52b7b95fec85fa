"""Both stores of scans: a folder, and a bucket of a real S3 server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from security.blobs.opening import open_store
from security.blobs.store import BlobStore
from tests.s3 import s3

__all__ = ["s3"]


@pytest_asyncio.fixture(loop_scope="session", params=["file", "s3"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BlobStore]:
    """Give an empty store of each kind."""
    if request.param == "file":
        yield open_store(f"file:{tmp_path / 'blobs'}", "eu")
        return
    address = request.getfixturevalue("s3")
    yield open_store(f"s3://scans/{tmp_path.name}?endpoint={address}&region=eu-west-1", "eu")
