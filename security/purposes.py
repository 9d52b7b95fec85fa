"""Why a value may be opened: a closed list, and what each purpose must refer to."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

PURPOSES: Final = (
    "own_record",
    "border_filing",
    "visa_application",
    "carrier_check_in",
    "ground_handling",
    "payment_settlement",
    "refund",
    "chargeback",
    "identity_check",
    "rights_request",
    "legal_hold",
)
"""Every purpose, in the order in which they are offered; an unknown one is 422."""

_WORK: Final = frozenset({"trip", "case", "invoice"})

REFERENCES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    dict.fromkeys(PURPOSES, _WORK)
    | {"own_record": frozenset({"passenger"}), "rights_request": frozenset({"request"})}
)
"""Which kinds of reference a purpose takes; `passenger` means the caller's own passenger only."""


class UnknownPurpose(Exception):  # noqa: N818 - errors are named for what was refused
    """A purpose that is not one of `PURPOSES`; carries no value, since a caller may have sent one."""

    code = "passengers:unknown_purpose"


def purpose_of(code: str) -> str:
    """Return the purpose itself; raise `UnknownPurpose` (422 at the edge) for anything else."""
    if code not in PURPOSES:
        raise UnknownPurpose
    return code
