"""Every kind of entry, and which process may write it: the one list; `ledger_kind` is made from it.

What an entry of each may hold stands in `holding.py`; what it means to a person, in `portal/oversight/words.py`.
A kind is `room:subject:past-participle`. What opens, seals or signs is the keeper's alone, so that whoever
holds the web's credentials can neither invent a reveal nor hide one behind an invented entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from audit.holding import FIRST_VERSION, SINCE, holding_of

ORIGINS: Final = frozenset({"wx_web", "wx_worker", "wx_keeper"})
LOG_OPENED: Final = "audit:log:opened"
ORIGIN_REFUSED: Final = "audit:origin:refused"
LOG_REPLAYED: Final = "audit:log:replayed"
WITNESS_MADE: Final = "audit:witness:made"
WITNESS_PINNED: Final = "audit:witness:pinned"
WITNESS_REFUSED: Final = "audit:witness:refused"
COSIGNATURE_REFUSED: Final = "audit:cosignature:refused"
KEY_REFUSED: Final = "audit:key:refused"
LOG_KEY_ANNOUNCED: Final = "audit:log-key:announced"
LOG_KEY_MADE: Final = "audit:log-key:made"
LOG_KEY_RETIRED: Final = "audit:log-key:retired"
LOG_KEY_WITHDRAWN: Final = "audit:log-key:withdrawn"
SUBJECT_SHREDDED: Final = "security:subject:shredded"
SUBJECT_OPENED: Final = "oversight:subject:opened"
INDEX_REBUILT: Final = "security:index:rebuilt"
RESIDENCY_STATED: Final = "security:residency:stated"

_SEALED_NOUNS: Final = (
    "bic",
    "birth-date",
    "card",
    "document-scan",
    "iban",
    "known-traveller",
    "national-id",
    "passport",
    "residence-permit",
    "visa",
)
MATRIX_DEEDS: Final = ("applied", "expired", "proposed", "refused", "rejected", "withdrawn")
_KEEPER: Final = (
    LOG_OPENED,
    LOG_REPLAYED,
    ORIGIN_REFUSED,
    WITNESS_MADE,
    WITNESS_PINNED,
    WITNESS_REFUSED,
    COSIGNATURE_REFUSED,
    KEY_REFUSED,
    LOG_KEY_ANNOUNCED,
    LOG_KEY_MADE,
    LOG_KEY_RETIRED,
    LOG_KEY_WITHDRAWN,
    "links:link:expired",
    "links:link:issued",
    "links:link:made",
    "links:link:opened",
    "links:link:refused",
    "links:link:withdrawn",
    "approvals:client-rule:changed",
    "approvals:grant:refused",
    "approvals:request:approved",
    "approvals:request:declined",
    "approvals:request:made",
    "approvals:request:withdrawn",
    "auditors:account:extended",
    "auditors:account:invited",
    "auditors:account:revoked",
    "auditors:invitation:accepted",
    "auditors:invitation:issued",
    "security:custodian:used",
    "security:key:shredded",
    "security:keys:destroyed",
    "passengers:index:searched",
    INDEX_REBUILT,
    SUBJECT_OPENED,
    "security:keys:made",
    "security:keys:rewrapped",
    "security:keys:viewed",
    "security:org-key:removed",
    "security:org-key:set",
    "security:reseal:asked",
    "security:rewrap:asked",
    "security:shred:approved",
    "security:shred:asked",
    "security:shred:withdrawn",
    "security:subject:resealed",
    SUBJECT_SHREDDED,
    *(f"passengers:{noun}:{deed}" for noun in _SEALED_NOUNS for deed in ("revealed", "sealed")),
    *(f"passengers:{noun}:copied" for noun in _SEALED_NOUNS if noun != "document-scan"),
    "security:access:withdrawn",
    "security:alarm-rule:changed",
    "security:alarm:closed",
    "security:alarm:muted",
    "security:alarm:noted",
    "security:alarm:raised",
    "security:alarm:taken",
    "security:alarm:unmuted",
    "security:alarms:viewed",
    "security:vip:marked",
    "security:vip:unmarked",
    "security:decoy:lifted",
    "security:decoy:planted",
    *(f"security:matrix:{deed}" for deed in MATRIX_DEEDS),
    "security:session:closed",
    "security:session:opened",
    "security:session:refused",
    "security:sessions:closed",
    "security:step-up:passed",
    "security:step-up:refused",
    "trail:own:viewed",
)
_WEB: Final = (
    "accounts:preferences:changed",
    "attestations:change:made",
    "attestations:line:attested",
    "attestations:list:viewed",
    "attestations:owner:named",
    "attestations:review:signed",
    "attestations:review:viewed",
    "reports:list:viewed",
    "reports:report:asked",
    "reports:report:downloaded",
    "links:link:completed",
    "links:list:viewed",
    "exports:file:downloaded",
    "exports:file:revoked",
    "manifests:manifest:viewed",
    "manifests:passenger:added",
    "manifests:passenger:removed",
    "approvals:list:viewed",
    "approvals:request:viewed",
    "approvals:review:closed",
    "auditors:access:made",
    "auditors:invitation:repeated",
    "auditors:list:viewed",
    "extracts:extract:downloaded",
    "extracts:extract:requested",
    "extracts:schedule:made",
    "extracts:schedule:paused",
    "extracts:schedule:removed",
    "extracts:schedule:resumed",
    "findings:finding:answered",
    "findings:finding:closed",
    "findings:finding:opened",
    "findings:finding:remediated",
    "findings:finding:returned",
    "findings:finding:signed-off",
    "findings:finding:viewed",
    "findings:list:viewed",
    "findings:note:added",
    "desk:case:answered",
    "desk:case:closed",
    "desk:case:handed-over",
    "desk:case:opened",
    "desk:case:replied",
    "desk:case:taken",
    "desk:case:viewed",
    "desk:list:viewed",
    "desk:world-queue:opened",
    "notices:board:viewed",
    "notices:change:made",
    "notices:change:previewed",
    "notices:list:viewed",
    "notices:notice:acknowledged",
    "notices:notice:answered",
    "notices:notice:created",
    "notices:notice:retracted",
    "notices:notice:viewed",
    "oversight:export:downloaded",
    "oversight:export:requested",
    "oversight:ledger:viewed",
    "oversight:proof:viewed",
    "oversight:search:changed",
    "oversight:search:deleted",
    "oversight:search:saved",
    "passengers:bank-account:removed",
    "passengers:birth-date:removed",
    "passengers:card:removed",
    "passengers:document:removed",
    "passengers:list:viewed",
    "passengers:profile:changed",
    "passengers:profile:created",
    "passengers:profile:viewed",
    "quotes:acceptance:downloaded",
    "quotes:list:viewed",
    "quotes:quote:accepted",
    "quotes:quote:answered",
    "quotes:quote:asked",
    "quotes:quote:declined",
    "quotes:quote:viewed",
    "quotes:quote:withdrawn",
    "scans:list:viewed",
    "scans:scan:added",
    "scans:scan:removed",
    "security:access:refused",
    "trail:digest:chosen",
    "trail:digest:ended",
    "trail:dispute:viewed",
    "trail:entry:disputed",
    "trips:calendar:made",
    "trips:calendar:read",
    "trips:calendar:revoked",
    "trips:list:viewed",
    "trips:sheet:downloaded",
    "trips:trip:created",
    "trips:trip:viewed",
)
_WORKER: Final = (
    "links:link:bounced",
    "links:link:sent",
    "auditors:invitation:sent",
    "extracts:extract:built",
    "extracts:extract:removed",
    "extracts:report:begun",
    "extracts:report:sent",
    "approvals:review:opened",
    "attestations:review:opened",
    "reports:report:made",
    "exports:file:built",
    "exports:file:removed",
    "notices:notice:bounced",
    "notices:notice:sent",
    "oversight:export:built",
    "quotes:quote:expired",
    "trail:digest:bounced",
    "trail:digest:sent",
    "trail:dispute:bounced",
    "trail:dispute:told",
    RESIDENCY_STATED,
)
_NOUN_OF_FIELD: Final = MappingProxyType(
    {
        "passport.number": "passport",
        "visa.number": "visa",
        "national_id.number": "national-id",
        "residence_permit.number": "residence-permit",
        "known_traveller.number": "known-traveller",
        "birth_date": "birth-date",
        "card.number": "card",
        "card.expiry": "card",
        "card.holder": "card",
        "iban": "iban",
        "document.scan": "document-scan",
        "bic": "bic",
    }
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entry; `origins` are the login roles that may write it.

    `decisions`, `parts` (beyond those of every leaf) and `document` (members of the side document) are all that an
    entry of it may hold; `since` is the version that wrote it first.
    """

    code: str
    origins: frozenset[str]
    decisions: tuple[str, ...]
    parts: tuple[str, ...]
    document: tuple[str, ...]
    since: str = FIRST_VERSION

    @property
    def room(self) -> str:
        """The part of the house that it belongs to."""
        return self.code.partition(":")[0]


def _catalogue() -> Mapping[str, Kind]:
    origin_of = dict.fromkeys(_KEEPER, "wx_keeper")
    origin_of |= dict.fromkeys(_WEB, "wx_web") | dict.fromkeys(_WORKER, "wx_worker")
    return MappingProxyType({code: _kind(code, origin_of[code]) for code in sorted(origin_of)})


def _kind(code: str, origin: str) -> Kind:
    held = holding_of(code)
    return Kind(
        code, frozenset({origin}), held.decisions, held.parts, held.document, SINCE.get(code, FIRST_VERSION)
    )


KINDS: Final[Mapping[str, Kind]] = _catalogue()


def may_write(origin: str, kind: str) -> bool:
    """Say whether this login role may write this kind; an unknown kind nobody may."""
    known = KINDS.get(kind)
    return known is not None and origin in known.origins


def kind_of_field(field: str, deed: Literal["sealed", "revealed", "copied"]) -> str:
    """Return the kind for sealing, revealing or copying a field code of the access matrix. Unknown: `KeyError`."""
    return f"passengers:{_NOUN_OF_FIELD[field]}:{deed}"
