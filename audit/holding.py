"""What an entry of each kind may hold, beyond what every leaf holds: the facts of the catalogue.

Each line is `decisions | parts | members of the side document`, by kind or by a family with `*` for the noun; a `*`
among the members stands for names of filters, of which a list may have any. `at` may stand in whatever waited in the
database, `facts` wherever there is a document. A kind that is not here may hold nothing at all: who adds one says
here what it holds, or `tests/house/test_records.py` will.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

FIRST_VERSION: Final = "0.1.0"
SINCE: Final[Mapping[str, str]] = MappingProxyType({})
"""Kinds that came after the first version, with the version that brought them."""


@dataclass(frozen=True, slots=True)
class Holding:
    """Decisions, parts and members of a document that an entry may have."""

    decisions: tuple[str, ...]
    parts: tuple[str, ...]
    document: tuple[str, ...]


_ALLOW: Final = "allow | | "
_SEEN: Final = "allow | res tier | "
_LISTED: Final = "allow | res tier set | "
_ONE: Final = "allow | res tier sub | "
_CHANGED: Final = "allow | res sub | "
_CASE: Final = "allow | res sub case | "
_STEP: Final = "allow | res sub case via | "
_OF_TRIP: Final = "allow | res case | "
_SHRED: Final = "allow deny | sub | job refusal"
_HOLDS: Final[Mapping[str, str]] = {
    "accounts:preferences:changed": "allow | res | ",
    "approvals:client-rule:changed": "allow deny | | purposes refusal roles",
    "approvals:grant:refused": "deny | via | ",
    "approvals:list:viewed": "allow | res tier set case | ",
    "approvals:request:approved": "allow deny | res sub set why case via | kind refusal",
    "approvals:request:declined": "allow deny | res sub set why case via | kind refusal",
    "approvals:request:made": "allow deny | res sub set why rc case via | items kind needs refusal",
    "approvals:request:viewed": "allow | res tier sub set case | ",
    "approvals:request:withdrawn": "allow deny | res sub set why case via | kind refusal",
    "approvals:review:closed": "allow | res sub via | finding",
    "approvals:review:opened": "allow | via | ",
    "attestations:change:made": "allow | res case | account from to",
    "attestations:line:attested": "allow | res case | account decision role",
    "attestations:list:viewed": _SEEN,
    "attestations:owner:named": "allow | res | role",
    "attestations:review:opened": "allow | res case | month people role",
    "attestations:review:signed": "allow | res case | decisions month role snapshot",
    "attestations:review:viewed": "allow | res tier case | ",
    "audit:cosignature:refused": "deny | res | name reason size",
    "audit:key:refused": "deny | res | key name old",
    "audit:log-key:announced": "allow deny | | new old refusal",
    "audit:log-key:made": "allow deny | | new old refusal",
    "audit:log-key:retired": "allow deny | | new old refusal",
    "audit:log-key:withdrawn": "allow deny | | new old refusal",
    "audit:log:opened": "allow | | generation last origin vkey",
    "audit:log:replayed": "allow | | from to",
    "audit:origin:refused": "deny | res | ",
    "audit:witness:made": "allow | | vkey",
    "audit:witness:pinned": "allow | res | by key name old",
    "audit:witness:refused": "deny | res | known name reason root size",
    "auditors:access:made": "allow | res case | method q_*",
    "auditors:account:extended": "allow | case | ends_at was",
    "auditors:account:invited": "allow deny | case | ends_at fields refusal rooms since starts_at until",
    "auditors:account:revoked": "allow | case | ",
    "auditors:invitation:*": "allow | case | ",
    "auditors:list:viewed": "allow | res tier case | ",
    "desk:case:answered": _CASE,
    "desk:case:closed": _CASE,
    "desk:case:handed-over": _CASE,
    "desk:case:opened": _CASE,
    "desk:case:replied": _CASE,
    "desk:case:taken": _CASE,
    "desk:case:viewed": "allow | res tier sub case | ",
    "desk:list:viewed": "allow | res tier set case | ",
    "desk:world-queue:opened": "allow | res | ",
    "exports:file:built": "allow | res set why case via | records sha256",
    "exports:file:downloaded": "allow | res why case via | download",
    "exports:file:removed": "allow | res case via | ",
    "exports:file:revoked": "allow | res set via | ",
    "extracts:extract:*": "allow | res via | ",
    "extracts:extract:requested": "allow | res via | layout *",
    "extracts:report:*": "allow | res via | ",
    "extracts:schedule:*": "allow | res via | ",
    "extracts:schedule:made": "allow | res via | day hour layout rhythm *",
    "findings:finding:*": "allow | res rc case | state was",
    "findings:finding:opened": "allow | res rc case | due_on entries severity",
    "findings:finding:viewed": "allow | res tier case | ",
    "findings:list:viewed": "allow | res tier case | ",
    "findings:note:added": "allow | res rc case | entries",
    "links:link:*": _STEP,
    "links:link:refused": "deny | | refusal",
    "links:list:viewed": _ONE,
    "manifests:manifest:viewed": "allow | res tier set case | ",
    "manifests:passenger:*": _CASE,
    "notices:board:viewed": "allow | res tier set case | ",
    "notices:change:made": "allow | res case | change grade leg version",
    "notices:change:previewed": "allow | res tier set case | ",
    "notices:list:viewed": _LISTED,
    "notices:notice:acknowledged": "allow | res sub why case via | ",
    "notices:notice:answered": "allow | res sub why case via | ",
    "notices:notice:bounced": _STEP,
    "notices:notice:created": _CASE,
    "notices:notice:retracted": _OF_TRIP,
    "notices:notice:sent": _STEP,
    "notices:notice:viewed": "allow | res tier sub case | ",
    "oversight:export:built": "allow | res | ",
    "oversight:export:downloaded": "allow | res | ",
    "oversight:export:requested": "allow | res | ",
    "oversight:ledger:viewed": _SEEN,
    "oversight:proof:viewed": "allow | res tier case | ",
    "oversight:search:*": "allow | res case | ",
    "oversight:subject:opened": "allow deny | sub res why rc | refusal",
    "passengers:*:copied": "allow | res tier sub why case | entry",
    "passengers:*:removed": _CHANGED,
    "passengers:*:revealed": "allow deny | res tier sub why rc case dek via | refusal",
    "passengers:*:sealed": "allow deny | res sub dek case via | refusal",
    "passengers:index:searched": "allow deny | res tier set why | found refusal",
    "passengers:list:viewed": _LISTED,
    "passengers:profile:changed": "allow | res sub case via | ",
    "passengers:profile:created": _CHANGED,
    "passengers:profile:viewed": _ONE,
    "quotes:acceptance:downloaded": _OF_TRIP,
    "quotes:list:viewed": "allow | res tier case | ",
    "quotes:quote:accepted": "allow | res case | agreed_sha256 option paper_sha256 terms",
    "quotes:quote:answered": _OF_TRIP,
    "quotes:quote:asked": "allow | res set case | ",
    "quotes:quote:declined": _OF_TRIP,
    "quotes:quote:expired": _OF_TRIP,
    "quotes:quote:viewed": "allow | res tier set case | ",
    "quotes:quote:withdrawn": _OF_TRIP,
    "reports:list:viewed": _SEEN,
    "reports:report:asked": "allow | res case | month",
    "reports:report:downloaded": "allow | res case | what",
    "reports:report:made": "allow | res case | figures log_root log_size month pdf_ar pdf_en pdf_zh-Hans",
    "scans:list:viewed": _ONE,
    "scans:scan:*": _CHANGED,
    "security:access:refused": "deny | res sub | refusal",
    "security:access:withdrawn": "allow | case | account role sessions",
    "security:alarm-rule:changed": "allow | | rule threshold threshold_from window_minutes window_minutes_from",
    "security:alarm:closed": "allow | case | verdict",
    "security:alarm:muted": "allow | case | until",
    "security:alarm:*": "allow | case | ",
    "security:alarms:viewed": "allow deny | | refusal",
    "security:custodian:used": "allow | | custodian",
    "security:decoy:*": _ALLOW,
    "security:index:rebuilt": "allow | | rows",
    "security:key:shredded": "allow | sub dek | ",
    "security:keys:destroyed": "allow | | epoch kek",
    "security:keys:made": "allow deny | | epoch kek refusal",
    "security:keys:rewrapped": "allow | | count epoch failed kek",
    "security:keys:viewed": "allow | sub | ",
    "security:matrix:applied": "allow | case | base differences digest edits mac matrix proposal version",
    "security:matrix:expired": "allow | case | proposal",
    "security:matrix:proposed": "allow | case rc | differences proposal",
    "security:matrix:refused": "deny | | fault refusal",
    "security:matrix:rejected": "allow | case | proposal",
    "security:matrix:withdrawn": "allow | case | proposal",
    "security:org-key:removed": "allow deny | | job org refusal",
    "security:org-key:set": "allow deny | | key org refusal",
    "security:reseal:asked": "allow deny | sub | job refusal",
    "security:residency:stated": "allow | res | foreign_rows keks region rows system_identifier",
    "security:rewrap:asked": "allow deny | | job refusal",
    "security:session:closed": _ALLOW,
    "security:session:opened": _ALLOW,
    "security:session:refused": "deny | | refusal",
    "security:sessions:closed": "allow | | count",
    "security:shred:approved": "allow deny | sub | asked job refusal",
    "security:shred:asked": _SHRED,
    "security:shred:withdrawn": _SHRED,
    "security:step-up:passed": _ALLOW,
    "security:step-up:refused": "deny | | refusal",
    "security:subject:resealed": "allow | sub | count new old",
    "security:subject:shredded": "allow | sub | approved asked job keys values",
    "security:vip:*": _ALLOW,
    "trail:digest:bounced": "allow | sub case via | ",
    "trail:digest:chosen": _CHANGED,
    "trail:digest:ended": "allow | res sub via | ",
    "trail:digest:sent": "allow | sub case via | ",
    "trail:dispute:bounced": "allow | sub case via | ",
    "trail:dispute:told": "allow | sub case via | ",
    "trail:dispute:viewed": "allow | res tier sub case | ",
    "trail:entry:disputed": "allow | res sub case | entry",
    "trail:own:viewed": "allow | sub | ",
    "trips:calendar:*": "allow | res | ",
    "trips:list:viewed": "allow | res tier set case | ",
    "trips:sheet:downloaded": "allow | res set case | ",
    "trips:trip:created": "allow | res set case | ",
    "trips:trip:viewed": "allow | res tier set case | ",
}
_NOTHING: Final = Holding((), (), ())


@cache
def holding_of(code: str) -> Holding:
    """Return what an entry of a kind may hold; of one that is not here, nothing."""
    room, _, rest = code.partition(":")
    noun, _, deed = rest.partition(":")
    for name in (code, f"{room}:*:{deed}", f"{room}:{noun}:*"):
        if name in _HOLDS:
            decisions, parts, document = (text.split() for text in _HOLDS[name].split("|"))
            return Holding(tuple(decisions), tuple(parts), tuple(document))
    return _NOTHING
