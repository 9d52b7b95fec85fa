"""How an operation of the keeper says no."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - errors are named for what was refused
    """A refusal on purpose: a code, its HTTP status, and what else may be told (never a value)."""

    def __init__(self, code: str, status: int, **fields: str | int) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.fields = fields


def not_signed_in() -> Refusal:
    """No live session has this token."""
    return Refusal("security:not_signed_in", 401)
