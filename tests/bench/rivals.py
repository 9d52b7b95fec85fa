"""The two peers: a virtual environment and a database role of their own, and how each is filled and served."""

import hashlib
import http.client
import os
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from infra.environment import PLAIN

APPS = Path(__file__).with_name("peers")
REQUIREMENTS = APPS / "requirements.txt"
ROLE = "peer"
PASSWORD = secrets.token_urlsafe(24)


@dataclass(frozen=True, slots=True)
class Peer:
    """An app to be measured beside: `serve` is the command line, its program looked for in the environment."""

    name: str
    serve: tuple[str, ...]

    @property
    def app(self) -> str:
        """Its one file."""
        return str(APPS / self.name / "app.py")

    def command(self, tools: Path, port: int) -> list[str]:
        """Give the command that serves it on a port of this machine."""
        program, *arguments = (part.format(port=port, folder=APPS / self.name) for part in self.serve)
        return [str(tools / program), *arguments]


DJANGO = Peer(
    "django_portal",
    (
        "gunicorn",
        "-w",
        "2",
        "--threads",
        "4",
        "-b",
        "127.0.0.1:{port}",
        "--chdir={folder}",
        "app:application",
    ),
)
LIMIT = Peer(
    "limit",
    ("granian", "--interface=asgi", "--port={port}", "--workers=2", "--working-dir={folder}", "app:app"),
)
PEERS = {"django": DJANGO, "limit": LIMIT}


def install() -> Path:
    """Make the environment of both peers, once for each state of its requirements; give its `bin`."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "waxwing-bench" / f"peers-{digest}"
    if not (folder / "done").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", str(REQUIREMENTS)], check=True)
        (folder / "done").touch()
    return folder / "bin"


def told(host: Path) -> dict[str, str]:
    """Give the environment of both peers: what a program needs to run, and where PostgreSQL is."""
    plain = {key: os.environ[key] for key in PLAIN if key in os.environ}
    return {**plain, "PEER_DSN_HOST": str(host), "PEER_USER": ROLE, "PGPASSWORD": PASSWORD}


async def prepare(connection: Any) -> None:
    """Make the role and Django's database; the other peer makes its own."""
    await connection.execute(f"create role {ROLE} login createdb password '{PASSWORD}'")
    await connection.execute(f"create database {ROLE} owner {ROLE}")
    await connection.execute(f"grant connect on database postgres to {ROLE}")


def credential(name: str, address: str) -> str:
    """Sign in; give the header line of a session."""
    if name == "limit":
        return "Cookie: sid=s1"
    line = http.client.HTTPConnection(urlsplit(address).netloc, timeout=10)
    line.request("GET", "/signin")
    jar = SimpleCookie(line.getresponse().headers["Set-Cookie"])
    line.close()
    return f"Cookie: sessionid={jar['sessionid'].value}"
