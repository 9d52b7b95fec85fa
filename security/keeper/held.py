"""What every operation of the keeper may use, once everything is there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import asyncpg

from audit.sequencer import Sequencer
from security.keeper.asking import Asking
from security.keeper.case import Asked, Case
from security.keeper.erasures import Erasures
from security.keeper.matrix_store import MatrixStore
from security.keeper.org_keys import OrgKeys
from security.keeper.quiet_box import QuietBox
from security.keeper.rates import Rates
from security.keeper.ring import Ring
from security.keeper.scans_held import ScansHeld
from security.keeper.searching import Finder
from security.keeper.subject_keys import KeyWanted, SubjectKey
from security.keeper.together import Together
from security.keeper.witnessing import Witnessing
from security.settings import Limits
from security.sign_in.gate import Gate
from security.sign_in.often import Recently
from security.sign_in.step_up import Use
from security.vault.custody import Custody


@dataclass(frozen=True, slots=True)
class Held:
    """The gate, the key store and the region's keys.

    `quick` reaches the main database too, but its commits do not wait for the disk. Cases, uses of a step-up
    and keys are asked for together, because a reveal needs one of each.
    """

    region: str
    gate: Gate
    quick: asyncpg.Pool = field(repr=False)
    keys: asyncpg.Pool = field(repr=False)
    ring: Ring = field(repr=False)
    case_of: Together[Asked, Case | None] = field(repr=False)
    use_of: Together[Use, bool] = field(repr=False)
    key_of: Together[KeyWanted, SubjectKey | None] = field(repr=False)
    matrix: MatrixStore = field(repr=False)
    reveals: Rates = field(repr=False)
    box: QuietBox = field(repr=False)
    viewed: Recently = field(repr=False)
    org_keys: OrgKeys = field(repr=False)
    finder: Finder = field(repr=False)
    scans: ScansHeld = field(repr=False)
    witnessing: Witnessing | None = field(default=None, repr=False)
    asking: Asking | None = field(default=None, repr=False)
    erasures: Erasures | None = field(default=None, repr=False)
    wake: asyncio.Event = field(default_factory=asyncio.Event, repr=False)  # there is work on keys

    @property
    def custody(self) -> Custody:
        """The region's keys as they are now: ask anew whenever something is opened."""
        return self.ring.custody

    @property
    def limits(self) -> Limits:
        """How often and how long."""
        return self.gate.limits

    @property
    def sequencer(self) -> Sequencer:
        """The ledger: an entry is covered when what it gives back arrives."""
        return self.gate.sequencer

    def shown_until(self, at: datetime) -> datetime:
        """When a value opened now must be closed again."""
        return at + timedelta(seconds=self.limits.show_seconds)
