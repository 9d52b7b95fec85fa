"""Signing in, stepping up, ending sessions: what is asked of the keeper's gate, and what it answers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import Meta

from security.keeper.messages import Line, Quiet, Token, Word

Password = Annotated[str, Meta(max_length=1024)]


class SignIn(Quiet, frozen=True, tag="sign_in"):
    """A name and a password, from a device at a network address."""

    email: Line
    password: Password
    device: Line
    address: Word
    request: UUID


class SignOut(Quiet, frozen=True, tag="sign_out"):
    """End the session of this token."""

    token: Token
    request: UUID


class EndSession(Quiet, frozen=True, tag="end_session"):
    """End another of one's own sessions."""

    token: Token
    request: UUID
    session: UUID


class SignOutEverywhere(Quiet, frozen=True, tag="sign_out_everywhere"):
    """End all of one's own sessions, this one too."""

    token: Token
    request: UUID


class StepUp(Quiet, frozen=True, tag="step_up"):
    """Prove again, with the password, who is asking."""

    token: Token
    request: UUID
    password: Password


class SignedIn(Quiet, frozen=True, tag="signed_in"):
    """A new session: its token (said once, kept as a hash), whose it is, when it ends."""

    token: str
    account: UUID
    expires_at: datetime


class SteppedUp(Quiet, frozen=True, tag="stepped_up"):
    """Until when, and for how many reveals."""

    expires_at: datetime
    uses_left: int


GateOperation = SignIn | SignOut | EndSession | SignOutEverywhere | StepUp
GateAnswer = SignedIn | SteppedUp
