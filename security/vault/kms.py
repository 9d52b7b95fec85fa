"""One key of a key management service that speaks AWS KMS: it wraps and unwraps, bound to a context.

The service is asked at each call; nothing it gave back is remembered here. Whatever it answers becomes one of a
few codes: its own words may name accounts and keys.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from security.vault.custodian import DENIED, KEY_CLOSED, THROTTLED, UNREACHABLE, CustodyRefused
from security.vault.envelope import EnvelopeRefused

SECONDS: Final = 2.0
ATTEMPTS: Final = 2
_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "DisabledException": KEY_CLOSED,
        "KMSInvalidStateException": KEY_CLOSED,
        "NotFoundException": KEY_CLOSED,
        "KeyUnavailableException": KEY_CLOSED,
        "ThrottlingException": THROTTLED,
        "LimitExceededException": THROTTLED,
        "RequestLimitExceeded": THROTTLED,
        "AccessDeniedException": DENIED,
        "ExpiredTokenException": DENIED,
        "IncompleteSignature": DENIED,
        "InvalidClientTokenId": DENIED,
        "InvalidGrantTokenException": DENIED,
        "InvalidSignatureException": DENIED,
        "NotAuthorized": DENIED,
        "NotAuthorizedException": DENIED,
        "SignatureDoesNotMatch": DENIED,
        "UnrecognizedClientException": DENIED,
    }
)
_NOT_OURS: Final = frozenset({"InvalidCiphertextException", "IncorrectKeyException"})


@dataclass(frozen=True, slots=True)
class KmsKey:
    """Where a key is: its id, alias or ARN, the service's region, and an address other than the usual one."""

    key: str
    service_region: str
    endpoint: str = ""


class Kms:
    """A key of the service. Raises `CustodyRefused` when it cannot be used, `EnvelopeRefused` for bytes not its own."""

    __slots__ = ("_client", "_key")

    def __init__(self, key: KmsKey) -> None:
        self._key = key.key
        self._client = _client(key)

    def wrap(self, plaintext: bytes, context: Mapping[str, str]) -> bytes:
        """Return the plaintext as the service wraps it; every part of the context must be named to open it."""
        answer = _asked(
            self._client.encrypt, KeyId=self._key, Plaintext=plaintext, EncryptionContext=dict(context)
        )
        wrapped: bytes = answer["CiphertextBlob"]
        return wrapped

    def unwrap(self, wrapped: bytes, context: Mapping[str, str]) -> bytes:
        """Return the plaintext."""
        answer = _asked(
            self._client.decrypt, KeyId=self._key, CiphertextBlob=wrapped, EncryptionContext=dict(context)
        )
        plaintext: bytes = answer["Plaintext"]
        return plaintext


def _client(key: KmsKey) -> Any:
    import boto3  # noqa: PLC0415 - 0.3 s that only this custodian needs
    from botocore.config import Config  # noqa: PLC0415

    config = Config(
        connect_timeout=SECONDS,
        read_timeout=SECONDS,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
    )
    return boto3.session.Session().client(
        "kms", region_name=key.service_region, endpoint_url=key.endpoint or None, config=config
    )


def _asked(call: Callable[..., Any], **parts: Any) -> Any:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        return call(**parts)
    except ClientError as refused:
        code = str(refused.response.get("Error", {}).get("Code", ""))
        if code in _NOT_OURS:
            raise EnvelopeRefused from None
        raise CustodyRefused(_CODES.get(code, UNREACHABLE), "awskms") from None
    except BotoCoreError as failed:
        lacks_credentials = "Credential" in type(failed).__name__
        raise CustodyRefused(DENIED if lacks_credentials else UNREACHABLE, "awskms") from None
