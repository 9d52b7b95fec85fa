"""A real S3 server (moto) in a process of its own, with a bucket `scans`."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest

from tests.ports import free_ports

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing", "AWS_DEFAULT_REGION": "eu-west-1"}


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """Give the address of an S3 server with the bucket `scans`; credentials are in the environment meanwhile."""
    before = {name: os.environ.get(name) for name in KEYS}
    os.environ.update(KEYS)
    port = free_ports(1)
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        _await(address)
        client(address).create_bucket(
            Bucket="scans", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        yield address
    finally:
        server.terminate()
        server.wait()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _await(address: str) -> None:
    for _ in range(600):
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(f"{address}/moto-api/")
            return
        time.sleep(0.05)
    raise TimeoutError


def client(address: str) -> Any:
    """Give a bare client of the server."""
    return boto3.client("s3", endpoint_url=address)
