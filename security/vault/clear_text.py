"""A value out of its envelope, which prints as `•••` wherever it is not asked for by the door."""

from typing import Final, NoReturn, final

MASKED: Final = "•••"


@final
class Door:
    """What must be held to read a `ClearText`; an import contract lists who may import `DOOR`."""

    __slots__ = ()


class ClearTextKept(TypeError):  # noqa: N818 - errors are named for what was refused
    """A clear text was asked for without the door, or was to be copied or stored."""

    code = "security:clear_text_kept"


@final
class ClearText:
    """One opened value. `repr`, `str`, `format` and logging show `•••`; it cannot be pickled or copied.

    Python cannot wipe memory: the value stays in the process until its memory is used again.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal_to(self, door: Door) -> str:
        """Return the value to whoever holds the door; raise `ClearTextKept` for anything else."""
        if type(door) is not Door:
            raise ClearTextKept
        return self.__value

    def __repr__(self) -> str:
        return MASKED

    def __str__(self) -> str:
        return MASKED

    def __format__(self, format_spec: str) -> str:
        return MASKED

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse to be pickled or copied."""
        raise ClearTextKept


@final
class ClearBytes:
    """Opened bytes, such as a page of a scan: as quiet as `ClearText`, and read with the same door."""

    __slots__ = ("__data",)

    def __init__(self, data: bytes) -> None:
        self.__data = data

    def reveal_to(self, door: Door) -> bytes:
        """Return the bytes to whoever holds the door; raise `ClearTextKept` for anything else."""
        if type(door) is not Door:
            raise ClearTextKept
        return self.__data

    def __repr__(self) -> str:
        return MASKED

    def __str__(self) -> str:
        return MASKED

    def __format__(self, format_spec: str) -> str:
        return MASKED

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse to be pickled or copied."""
        raise ClearTextKept
