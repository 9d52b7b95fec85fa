"""The terms of carriage that an acceptance is under: versioned, in every language, never changed once shown."""

import hashlib
import tomllib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("terms")
CURRENT = "2026-11"


@cache
def _read(version: str) -> dict[str, list[str]]:
    read = tomllib.loads((FOLDER / f"{version}.toml").read_text("utf-8"))
    return {tag: read[tag]["clauses"] for tag in read}


def terms(version: str, tag: str) -> list[str]:
    """Give the clauses of a version in a language. Raises KeyError: no other language stands in for it."""
    return _read(version)[tag]


def terms_digest(version: str, tag: str) -> str:
    """Give the SHA-256 of the clauses as shown, one a line, in hexadecimal."""
    return hashlib.sha256("\n".join(terms(version, tag)).encode()).hexdigest()


def languages(version: str) -> set[str]:
    """Give the languages a version is written in."""
    return set(_read(version))
