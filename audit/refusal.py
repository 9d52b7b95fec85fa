"""The one shape of an error on this floor: a code and fields, never a sentence."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar


class Refusal(Exception):  # noqa: N818 - named for what was refused, not for being an error
    """Something was refused.

    `code` is `audit:reason`; `fields` say which and where. Neither ever holds a personal value: callers may
    log both.
    """

    code: ClassVar[str] = "audit:refused"

    def __init__(self, **fields: str | int) -> None:
        self.fields = fields
        super().__init__(self.code, *(f"{name}={value}" for name, value in fields.items()))

    def __reduce__(self) -> "tuple[Callable[[], Refusal], tuple[()]]":
        """Go to another process with its fields."""
        return partial(type(self), **self.fields), ()
