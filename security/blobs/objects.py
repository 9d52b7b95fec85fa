"""Blobs in a bucket of an S3-compatible store: one conditional put, or parts that become visible together.

Credentials come from where boto3 looks for them (environment, instance role); none stands in the address.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, unquote

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from security.blobs.store import BlobMissing, BlobsAway, Stored, StoreRefused

PART: Final = 5 * 1024 * 1024
"""S3 takes no smaller part but the last."""
_NAME: Final = re.compile(r"[0-9a-f-]{2,64}")
_ABSENT: Final = frozenset({"NoSuchKey", "404", "InvalidRange", "416"})
_CONFIG: Final = Config(
    connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 2, "mode": "standard"}
)


class Objects:
    """A store in a bucket, below a prefix."""

    def __init__(self, bucket: str, prefix: str, endpoint: str | None, region: str | None) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._made: Any = None
        self._make = partial(boto3.client, "s3", endpoint_url=endpoint, region_name=region, config=_CONFIG)
        self._lock = threading.Lock()

    @classmethod
    def at(cls, parts: SplitResult, cell: str) -> Objects:
        """Give the store of an address `s3://bucket/prefix?endpoint=…&region=…`; raises `StoreRefused`."""
        query = parse_qs(parts.query)
        if parts.username or parts.password or set(query) - {"endpoint", "region"}:
            raise StoreRefused
        prefix = f"{unquote(parts.path).strip('/')}/{cell}/".lstrip("/")
        one = {name: values[0] for name, values in query.items()}
        bucket = parts.hostname or ""
        return cls(bucket, prefix, one.get("endpoint"), one.get("region"))

    async def begin(self, name: str) -> ObjectWriting:
        """Begin a new blob; the store hears of it when a part is full or all is there."""
        return ObjectWriting(self._call, self._key(name))

    async def read(self, name: str, start: int, length: int) -> bytes:
        """Return exactly so many bytes."""
        spread = f"bytes={start}-{start + length - 1}"
        data: bytes = await self._call(_fetch, Key=self._key(name), Range=spread)
        if len(data) != length:
            raise BlobMissing
        return data

    async def names(self) -> AsyncIterator[Stored]:
        """List every blob, a thousand at a time."""
        more: dict[str, str] = {}
        while True:
            page = await self._call("list_objects_v2", Prefix=self._prefix, **more)
            for found in page.get("Contents", ()):
                yield Stored(found["Key"].removeprefix(self._prefix), found["LastModified"])
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    async def delete(self, name: str) -> None:
        """Remove a blob."""
        await self._call("delete_object", Key=self._key(name))

    async def forget_unfinished(self, before: datetime) -> int:
        """Abort uploads in parts that a dead process left behind, a thousand at a time."""
        page = await self._call("list_multipart_uploads", Prefix=self._prefix)
        old = [one for one in page.get("Uploads", ()) if one["Initiated"] < before]
        for one in old:
            await self._call("abort_multipart_upload", Key=one["Key"], UploadId=one["UploadId"])
        return len(old)

    def _key(self, name: str) -> str:
        if not _NAME.fullmatch(name):
            raise BlobMissing
        return self._prefix + name

    async def _call(self, what: str | Callable[..., Any], **asked: Any) -> Any:
        return await asyncio.to_thread(self._ask, what, asked)

    def _ask(self, what: str | Callable[..., Any], asked: dict[str, Any]) -> Any:
        """Ask the store; an absent blob is `BlobMissing`, anything else that fails `BlobsAway` with its code."""
        try:
            client = self._client()
            ask = partial(what, client) if callable(what) else getattr(client, what)
            return ask(Bucket=self._bucket, **asked)
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "unknown"))
            if code in _ABSENT:
                raise BlobMissing from None
            raise BlobsAway(code) from None
        except (BotoCoreError, OSError) as error:
            raise BlobsAway(type(error).__name__) from None

    def _client(self) -> Any:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made


def _fetch(client: Any, **asked: Any) -> bytes:
    body = client.get_object(**asked)["Body"]
    with body:
        data: bytes = body.read()
    return data


class ObjectWriting:
    """A blob on its way: at most one part is held here, the rest lies with the store, seen by nobody."""

    def __init__(self, call: Callable[..., Any], key: str) -> None:
        self._call = call
        self._key = key
        self._held = bytearray()
        self._upload: str | None = None
        self._parts: list[dict[str, Any]] = []

    async def write(self, data: bytes) -> None:
        """Append; waits for the store when a part is full."""
        self._held += data
        if len(self._held) >= PART:
            await self._send()

    async def finish(self) -> None:
        """Make the blob visible, whole, unless there is one of this name."""
        if self._upload is None:
            await self._call("put_object", Key=self._key, Body=bytes(self._held), IfNoneMatch="*")
            return
        if self._held:
            await self._send()
        await self._call(
            "complete_multipart_upload",
            Key=self._key,
            UploadId=self._upload,
            MultipartUpload={"Parts": self._parts},
            IfNoneMatch="*",
        )
        self._upload = None

    async def drop(self) -> None:
        """Have the store forget the parts."""
        upload, self._upload = self._upload, None
        self._held.clear()
        if upload is None:
            return
        try:
            await self._call("abort_multipart_upload", Key=self._key, UploadId=upload)
        except (BlobsAway, BlobMissing):
            return  # the worker finds them

    async def _send(self) -> None:
        if self._upload is None:
            self._upload = (await self._call("create_multipart_upload", Key=self._key))["UploadId"]
        number = len(self._parts) + 1
        sent = await self._call(
            "upload_part",
            Key=self._key,
            UploadId=self._upload,
            PartNumber=number,
            Body=bytes(self._held),
        )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})
        self._held.clear()
