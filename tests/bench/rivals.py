"""The two peers: a virtual environment of their own, a database role of their own, and how each is served."""

import hashlib
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import asyncpg

HERE = Path(__file__).with_name("peers")
REQUIREMENTS = HERE / "requirements.txt"
ROLE = "peer"
PASSWORD = secrets.token_urlsafe(24)
# As `peers/README` of each app says: two processes, Django with four threads in each.
DJANGO = HERE / "django_portal"
LIMIT = HERE / "limit"


@dataclass(frozen=True, slots=True)
class Peer:
    """An app to be measured against: how to fill its database, and the program that serves it."""

    name: str
    seed: tuple[str, ...]
    server: str
    arguments: tuple[str, ...]
    port_option: str

    def serve(self, tools: Path, port: int) -> list[str]:
        """Give the command that serves it on a port of this machine."""
        return [str(tools / self.server), *(part.format(port=port) for part in self.arguments)]


PEERS = (
    Peer(
        "django",
        (str(DJANGO / "app.py"), "seed"),
        "gunicorn",
        ("-w", "2", "--threads", "4", "-b", "127.0.0.1:{port}", "--chdir", str(DJANGO), "app:application"),
        "-b",
    ),
)
