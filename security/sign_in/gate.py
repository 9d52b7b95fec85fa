"""What signing in leans on: the gate's tables, the ledger, the passwords, and a short memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

import asyncpg

from audit.covered import Covered
from audit.entry import Facts
from audit.sequencer import Sequencer
from security.settings import Limits
from security.sign_in.often import Recently, Turns
from security.sign_in.passwords import Passwords
from security.sign_in.throttle import Throttle, throttle_key


@dataclass(frozen=True, slots=True)
class Memory:
    """What a keeper remembers between two operations; lost when it ends."""

    said: Recently
    turns: Turns = field(default_factory=Turns)


@dataclass(frozen=True, slots=True)
class Gate:
    """The gate schema as wx_keeper, the ledger to write to, 32 secret bytes for the throttle's keys."""

    pool: asyncpg.Pool = field(repr=False)
    sequencer: Sequencer = field(repr=False)
    secret: bytes = field(repr=False)
    passwords: Passwords = field(repr=False)
    limits: Limits
    memory: Memory = field(repr=False)

    async def append(self, facts: Facts) -> Covered:
        """Write an entry and wait until a signed checkpoint covers it; raises `NotCovered`."""
        return await self.sequencer.append(facts)

    def key(self, kind: str, value: str | UUID) -> bytes:
        """Name a name, an address or an account in the throttle."""
        return throttle_key(self.secret, kind, str(value))

    @property
    def per_name(self) -> Throttle:
        """How often one name, or one person stepping up, may fail."""
        return Throttle(self.limits.failures, self.limits.failure_seconds)

    @property
    def per_address(self) -> Throttle:
        """How often one network address may fail."""
        return Throttle(self.limits.failures_per_address, self.limits.failure_seconds)
