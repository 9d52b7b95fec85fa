"""The ceremony of the log's signing key: made by one person, announced by another, the old one then retired.

Administrators and compliance take part, each with a step-up; whoever announced a key does not retire the old one.
While a key is only made it signs nothing and can be thrown away. Once the log has announced it both sign, so that every
witness has time to learn of it; the way back is then forward, to a third key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from audit.catalogue import LOG_KEY_ANNOUNCED, LOG_KEY_MADE, LOG_KEY_RETIRED, LOG_KEY_WITHDRAWN
from audit.handovers import Kept, kept
from audit.key_chain import announcement
from audit.note import Signer
from security.keeper.held import Held
from security.keeper.log_key_messages import LogKeyOperation, LogKeySeen, ReadLogKey, TurnLogKey
from security.keeper.operator import ERASERS, operator, refused, viewer
from security.sign_in.refusal import Refusal
from security.sign_in.sessions import Session
from security.vault.custodian import CustodyRefused

STEADY, MADE, ANNOUNCED = "steady", "made", "announced"
OWN_REQUEST: Final = "security:own_request"
STATE: Final = "security:log_key_state"
_ANY_SIZE: Final = 2**62
_BY: Final = """
select l.who from ledger_leaf l join ledger_fact f using (index)
where l.act = $1 and l.dec = 'allow' and f.document::jsonb ->> 'new' = $2 order by l.index desc limit 1
"""


@dataclass(frozen=True, slots=True)
class Deed:
    """A step: the kind of its entry, the state it begins from, and whether somebody else must do it."""

    kind: str
    needs: str
    is_second: bool


STEPS: Final[Mapping[str, Deed]] = MappingProxyType(
    {
        "make": Deed(LOG_KEY_MADE, STEADY, is_second=False),
        "withdraw": Deed(LOG_KEY_WITHDRAWN, MADE, is_second=False),
        "announce": Deed(LOG_KEY_ANNOUNCED, MADE, is_second=True),
        "retire": Deed(LOG_KEY_RETIRED, ANNOUNCED, is_second=True),
    }
)


async def log_key_answer(held: Held, ask: LogKeyOperation, at: datetime) -> LogKeySeen:
    """Answer one; raises `Refusal`, `NotCovered`."""
    if isinstance(ask, ReadLogKey):
        await viewer(held, ask.token, at)
        return await stands(held)
    deed = STEPS[ask.step]
    caller = await operator(held, ask.token, ask.request, deed.kind, at, roles=ERASERS)
    seen = await stands(held)
    code = _problem(deed, seen, caller)
    if code:
        raise await refused(
            held, caller, ask.request, deed.kind, Refusal(code, 409 if code == STATE else 403)
        )
    try:
        await _DEEDS[ask.step](held, caller, ask, seen)
    except CustodyRefused as closed:
        raise await refused(held, caller, ask.request, deed.kind, Refusal(closed.code, 503)) from None
    return await stands(held)


async def stands(held: Held) -> LogKeySeen:
    """Say how the key stands, from the keyring and the log together."""
    origin, custody = held.sequencer.origin, held.custody
    old = str(Signer.from_seed(origin, custody.log_signing_seed).verifier())
    if custody.log_next_seed is None:
        return LogKeySeen(STEADY, old)
    new = str(Signer.from_seed(origin, custody.log_next_seed).verifier())
    step = await _handover(held, new)
    kind = LOG_KEY_ANNOUNCED if step else LOG_KEY_MADE
    by = await held.gate.pool.fetchval(_BY, kind, new) or ""
    return LogKeySeen(ANNOUNCED if step else MADE, old, new, by, step.size if step else 0)


async def _handover(held: Held, vkey: str) -> Kept | None:
    async with held.gate.pool.acquire() as connection:
        steps = await kept(connection, held.sequencer.origin, _ANY_SIZE)
    return next((step for step in steps if str(step.new) == vkey), None)


def _problem(deed: Deed, seen: LogKeySeen, caller: Session) -> str:
    if seen.state != deed.needs:
        return STATE
    return OWN_REQUEST if deed.is_second and seen.by in {"", caller.code} else ""


async def _make(held: Held, caller: Session, ask: TurnLogKey, seen: LogKeySeen) -> None:
    custody = await held.ring.make_log_key()
    assert custody.log_next_seed is not None  # noqa: S101 - just made
    new = str(Signer.from_seed(held.sequencer.origin, custody.log_next_seed).verifier())
    await _state(held, caller, ask, announcement(seen.vkey, new))


async def _withdraw(held: Held, caller: Session, ask: TurnLogKey, seen: LogKeySeen) -> None:
    await _state(held, caller, ask, announcement(seen.vkey, seen.following))
    await held.ring.drop_log_key()


async def _announce(held: Held, caller: Session, ask: TurnLogKey, seen: LogKeySeen) -> None:
    await _state(held, caller, ask, announcement(seen.vkey, seen.following))
    await _use(held)


async def _retire(held: Held, caller: Session, ask: TurnLogKey, seen: LogKeySeen) -> None:
    await _state(held, caller, ask, announcement(seen.vkey, seen.following))
    await held.ring.retire_log_key()
    await _use(held)


async def _use(held: Held) -> None:
    """Sign as the keyring and the log say from now on, and publish the newest public key for others to pin."""
    custody, witnessing = held.custody, held.witnessing
    await held.sequencer.use_keys(custody.log_signing_seed, custody.log_next_seed)
    if witnessing is not None:
        witnessing.files.publish_keys(held.sequencer.vkey, witnessing.vkeys)


async def _state(held: Held, caller: Session, ask: TurnLogKey, document: dict[str, str]) -> None:
    await held.gate.append(caller.facts(STEPS[ask.step].kind, ask.request, document=document))


_DEEDS: Final = {"make": _make, "withdraw": _withdraw, "announce": _announce, "retire": _retire}
