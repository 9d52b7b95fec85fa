"""What epochs, jobs and deeds on keys are called."""

from collections.abc import Mapping
from dataclasses import dataclass

from i18n.messages import N_

CUSTODIANS: Mapping[str, str] = {
    "file": N_("A file on this machine"),
    "awskms": N_("A key management service"),
    "pkcs11": N_("A hardware security module"),
}
JOB_NAMES: Mapping[str, str] = {
    "rewrap": N_("Data keys wrapped anew"),
    "reseal": N_("A subject sealed anew"),
    "shred": N_("A subject shredded"),
    "enclose": N_("Data keys put under an organisation’s own key"),
    "release": N_("Data keys taken from an organisation’s own key"),
}
JOB_STATES: Mapping[str, tuple[str, str]] = {
    "asked": (N_("Waits for a second person"), "warn"),
    "waiting": (N_("Waits for its turn"), "info"),
    "running": (N_("Under way"), "info"),
    "done": (N_("Done"), "ok"),
    "failed": (N_("Failed"), "bad"),
    "withdrawn": (N_("Withdrawn"), "neutral"),
}
EPOCH_STATES: Mapping[str, tuple[str, str]] = {
    "current": (N_("In force"), "ok"),
    "emptying": (N_("Still wraps data keys"), "warn"),
    "kept": (N_("Kept for backups"), "info"),
    "destroyed": (N_("Destroyed"), "neutral"),
}


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that may be done to keys: what it is called, what it means, and who may."""

    code: str
    title: str
    meaning: str
    button: str
    roles: frozenset[str]
    needs: str = ""  # "subject" or "job"


_ADMINISTRATOR = frozenset({"administrator"})
_ERASERS = frozenset({"administrator", "compliance"})
DEEDS: Mapping[str, Deed] = {
    deed.code: deed
    for deed in (
        Deed(
            "rotate",
            N_("Begin a new epoch"),
            N_(
                "A new key-encryption key is made, and every data key is wrapped by it while the portal serves. "
                "No sealed value is touched."
            ),
            N_("Begin the epoch"),
            _ADMINISTRATOR,
        ),
        Deed(
            "rewrap",
            N_("Wrap data keys anew"),
            N_("Data keys that are still wrapped by an older epoch are wrapped by the one in force."),
            N_("Wrap anew"),
            _ADMINISTRATOR,
        ),
        Deed(
            "reseal",
            N_("Seal a subject anew"),
            N_(
                "The subject gets new data keys, and each sealed value is sealed anew under them. Whoever edits "
                "meanwhile is not overwritten."
            ),
            N_("Seal anew"),
            _ADMINISTRATOR,
            "subject",
        ),
        Deed(
            "shred",
            N_("Ask for a shredding"),
            N_(
                "Once a second person approves, the subject’s data keys are destroyed and its sealed values and "
                "masks are blanked. Nothing brings them back, not even a backup."
            ),
            N_("Ask for it"),
            _ERASERS,
            "subject",
        ),
        Deed(
            "approve",
            N_("Approve a shredding"),
            N_(
                "The subject’s data keys are destroyed and its sealed values and masks are blanked at once. "
                "Nothing brings them back, not even a backup."
            ),
            N_("Approve and shred"),
            _ERASERS,
            "job",
        ),
        Deed(
            "withdraw",
            N_("Take back a request"),
            N_("The request to shred is withdrawn. Nothing is destroyed."),
            N_("Take it back"),
            _ERASERS,
            "job",
        ),
    )
}


def state_of_epoch(epoch: object, current: object) -> str:
    """Give the key of EPOCH_STATES for an epoch as the keeper tells it."""
    if getattr(epoch, "destroyed_at", None) is not None:
        return "destroyed"
    if epoch is current:
        return "current"
    return "kept" if getattr(epoch, "emptied_at", None) is not None else "emptying"
