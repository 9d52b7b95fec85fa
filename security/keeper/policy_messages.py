"""Changing the matrix: proposed by one person, decided by another."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from msgspec import Meta

from security.keeper.messages import Quiet, Token, Word

RuleText = Annotated[str, Meta(max_length=2000)]
Why = Annotated[str, Meta(max_length=500)]


class ProposeRule(Quiet, frozen=True, tag="propose_rule"):
    """Propose another rule for one cell of the matrix, with a reason in words."""

    token: Token
    request: UUID
    group: Word
    role: Word
    rule: RuleText
    reason: Why


class DecideRule(Quiet, frozen=True, tag="decide_rule"):
    """Approve or reject what another person proposed, or withdraw one's own."""

    token: Token
    request: UUID
    proposal: UUID
    decision: Literal["approve", "reject", "withdraw"]


PolicyOperation = ProposeRule | DecideRule


class RuleProposed(Quiet, frozen=True, tag="rule_proposed"):
    """It waits for a second person."""

    proposal: UUID


class RuleDecided(Quiet, frozen=True, tag="rule_decided"):
    """How it was decided; `version` is the new matrix's number, 0 where none came of it."""

    state: str
    version: int


PolicyAnswer = RuleProposed | RuleDecided
