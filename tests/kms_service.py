"""AWS KMS on this machine: moto's, asked over http, and taught to keep a disabled key closed as the real one does."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import boto3
import pytest
from moto.core.exceptions import JsonRESTError
from moto.kms.models import KmsBackend
from moto.kms.utils import decrypt
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

SERVICE_REGION = "eu-central-1"


@dataclass(frozen=True)
class KmsService:
    """A running service: its address, and a client of whoever runs it."""

    url: str
    operator: Any

    def key(self) -> str:
        """Make a key and return its ARN."""
        arn: str = self.operator.create_key()["KeyMetadata"]["Arn"]
        return arn

    def disable(self, key: str) -> None:
        """Close a key."""
        self.operator.disable_key(KeyId=key.rpartition("/")[2])

    def enable(self, key: str) -> None:
        """Open it again."""
        self.operator.enable_key(KeyId=key.rpartition("/")[2])

    def custodian(self, folder: Any, key: str) -> str:
        """Return the address of a custodian with its keyring in this folder."""
        return f"awskms:{folder}?key={quote(key)}&region={SERVICE_REGION}&endpoint={quote(self.url)}"


def _closed(backend: KmsBackend, key_id: str) -> None:
    if not backend.keys[backend.any_id_to_key_id(key_id)].enabled:
        raise JsonRESTError("DisabledException", "")


@contextlib.contextmanager
def kms_service() -> Iterator[KmsService]:
    """Run the service for a while; credentials for it are in the environment meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "invented")
        real = {name: getattr(KmsBackend, name) for name in ("encrypt", "decrypt")}

        def encrypting(self: KmsBackend, key_id: str, *parts: Any, **named: Any) -> Any:
            _closed(self, key_id)
            return real["encrypt"](self, key_id, *parts, **named)

        def decrypting(self: KmsBackend, ciphertext_blob: bytes, encryption_context: Any, key_id: Any) -> Any:
            _, found = decrypt(self.keys, ciphertext_blob, encryption_context)
            _closed(self, found)
            return real["decrypt"](self, ciphertext_blob, encryption_context, key_id)

        patch.setattr(KmsBackend, "encrypt", encrypting)
        patch.setattr(KmsBackend, "decrypt", decrypting)
        server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        try:
            yield KmsService(url, boto3.client("kms", region_name=SERVICE_REGION, endpoint_url=url))
        finally:
            server.stop()
