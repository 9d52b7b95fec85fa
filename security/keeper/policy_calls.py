"""Changing the matrix, as web asks for it."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from security.keeper.caller import Caller
from security.keeper.policy_messages import DecideRule, ProposeRule, RuleDecided, RuleProposed


class PolicyCalls(Caller):
    """Changing the matrix, as web asks for it."""

    async def propose_rule(
        self, token: str, request: UUID, group: str, role: str, rule: str, reason: str
    ) -> UUID:
        """Propose another rule for one cell. Refusals: `policy:…` (see `security.policy.change`)."""
        ask = ProposeRule(token, request, group, role, rule, reason)
        return (await self._ask(ask, RuleProposed)).proposal

    async def decide_rule(
        self, token: str, request: UUID, proposal: UUID, decision: Literal["approve", "reject", "withdraw"]
    ) -> RuleDecided:
        """Approve (with a live step-up), reject or withdraw a proposal. Refusals: `policy:…`, `…:step_up_required`."""
        return await self._ask(DecideRule(token, request, proposal, decision), RuleDecided)
