"""The log's signing key: the steps of its ceremony, as operators ask for them, and how it stands."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from security.keeper.messages import Quiet, Token

Step = Literal["make", "withdraw", "announce", "retire"]


class TurnLogKey(Quiet, frozen=True, tag="turn_log_key"):
    """Do one step of the ceremony by which the log's signing key is changed."""

    token: Token
    request: UUID
    step: Step


class ReadLogKey(Quiet, frozen=True, tag="read_log_key"):
    """How the log's signing key stands."""

    token: Token
    request: UUID


class LogKeySeen(Quiet, frozen=True, tag="log_key"):
    """`state`: steady, made (a new key waits to be announced), announced (both sign). Public keys only.

    `by`: who did the last step; somebody else does the next. `handover`: the size of the checkpoint that handed over.
    """

    state: str
    vkey: str
    following: str = ""
    by: str = ""
    handover: int = 0


LogKeyOperation = TurnLogKey | ReadLogKey
LogKeyAnswer = LogKeySeen
