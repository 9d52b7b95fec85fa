"""The keeper's environment, read once at start into frozen dataclasses; half a configuration is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

REQUIRED: Final = (
    "WX_REGION",
    "WX_DATABASE_URL",
    "WX_KEYSTORE_URL",
    "WX_KEEPER_URL",
    "WX_CUSTODIAN",
    "WX_BLOB_URL",
)
INDEX_BITS: Final = 18
INDEX_ROWS: Final = 1_000_000


class SettingsRefused(Exception):  # noqa: N818 - errors are named for what was refused
    """The environment is incomplete or not understood; `names` says which variables, never their values."""

    code = "security:settings_refused"

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(self.code, *names)
        self.names = names


@dataclass(frozen=True, slots=True)
class Cost:
    """Argon2id's parameters; the defaults are RFC 9106's second recommendation: 3 passes, 64 MiB, 4 lanes."""

    time: int = 3
    memory_kib: int = 65_536
    lanes: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How often and how long; times in seconds. `reveals_per_minute` None: by role, as `rates.toml` says."""

    session_seconds: int = 43_200
    step_up_seconds: int = 300
    step_up_uses: int = 10
    failures: int = 5
    failures_per_address: int = 50
    failure_seconds: int = 900
    finds_per_minute: int = 20
    reveals_per_minute: int | None = None
    view_repeat_seconds: int = 60
    show_seconds: int = 60
    link_seconds: int = 604_800
    epoch_days: int = 30
    key_backup_days: int = 14
    in_flight: int = 256
    operation_seconds: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeeperSettings:
    """Where the keeper finds databases, keys, blobs and socket. Addresses hold passwords: not printed.

    `witness` is the folder of what the keeper cosigns and who cosigns it; without one it does neither.
    `erasures` is the folder of the list of whom it shredded; without one it shreds nobody. `kms_endpoint` is where
    organisations' own keys are asked for, if that is not where AWS has them.
    `index_bits` is the length of a blind index's tag, fit for `index_rows` rows (`security.vault.indexes`).
    """

    region: str
    database_url: str = field(repr=False)
    keystore_url: str = field(repr=False)
    socket: Path
    custodian: str
    blobs: Path
    scans: str = field(default="", repr=False)
    witness: Path | None = None
    erasures: Path | None = None
    kms_endpoint: str = ""
    log_name: str = "waxwing.example"
    log_format: str = "json"
    limits: Limits = field(default_factory=Limits)
    password_cost: Cost = field(default_factory=Cost)
    password_threads: int = 2
    connections: int = 8
    index_bits: int = INDEX_BITS
    index_rows: int = INDEX_ROWS

    @property
    def scan_store(self) -> str:
        """The address of the store of scans: `WX_SCANS_URL`, or a folder beside the ledger's blobs."""
        return self.scans or f"file:{self.blobs / 'scans'}"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> KeeperSettings:
        """Read the variables; raises `SettingsRefused` with the names of all that are missing or wrong."""
        missing = tuple(name for name in REQUIRED if not environment.get(name))
        if missing:
            raise SettingsRefused(missing)
        return cls(
            region=environment["WX_REGION"],
            database_url=environment["WX_DATABASE_URL"],
            keystore_url=environment["WX_KEYSTORE_URL"],
            socket=_path(environment, "WX_KEEPER_URL", "unix"),
            custodian=environment["WX_CUSTODIAN"],
            blobs=_path(environment, "WX_BLOB_URL", "file"),
            scans=environment.get("WX_SCANS_URL", ""),
            witness=_path(environment, "WX_WITNESS", "file") if environment.get("WX_WITNESS") else None,
            erasures=_path(environment, "WX_ERASURES", "file") if environment.get("WX_ERASURES") else None,
            kms_endpoint=environment.get("WX_KMS_ENDPOINT", ""),
            log_name=environment.get("WX_LOG_NAME", "waxwing.example"),
            log_format=environment.get("WX_LOG", "json"),
            limits=Limits(
                session_seconds=_number(environment, "WX_SESSION_SECONDS", 43_200),
                step_up_seconds=_number(environment, "WX_STEP_UP_SECONDS", 300),
                step_up_uses=_number(environment, "WX_STEP_UP_USES", 10),
                failures=_number(environment, "WX_SIGN_IN_FAILURES", 5),
                failures_per_address=_number(environment, "WX_SIGN_IN_ADDRESS_FAILURES", 50),
                failure_seconds=_number(environment, "WX_SIGN_IN_SECONDS", 900),
                finds_per_minute=_number(environment, "WX_FINDS_PER_MINUTE", 20),
                reveals_per_minute=_number(environment, "WX_REVEALS_PER_MINUTE", 1)
                if environment.get("WX_REVEALS_PER_MINUTE")
                else None,
                view_repeat_seconds=_number(environment, "WX_VIEW_REPEAT_SECONDS", 60, least=0),
                link_seconds=_number(environment, "WX_LINK_SECONDS", 604_800),
                epoch_days=_number(environment, "WX_KEY_EPOCH_DAYS", 30),
                key_backup_days=_number(environment, "WX_KEY_BACKUP_DAYS", 14),
            ),
            password_threads=_number(environment, "WX_PASSWORD_THREADS", 2),
            connections=_number(environment, "WX_KEEPER_CONNECTIONS", 8),
            index_bits=_number(environment, "WX_INDEX_BITS", INDEX_BITS),
            index_rows=_number(environment, "WX_INDEX_ROWS", INDEX_ROWS),
        )


def _number(environment: Mapping[str, str], name: str, default: int, *, least: int = 1) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and int(text) >= least):
        raise SettingsRefused((name,))
    return int(text)


def _path(environment: Mapping[str, str], name: str, scheme: str) -> Path:
    parts = urlsplit(environment[name])
    if parts.scheme != scheme or parts.netloc or not parts.path:
        raise SettingsRefused((name,))
    return Path(unquote(parts.path))
