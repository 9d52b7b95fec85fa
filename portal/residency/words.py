"""Where each class of data lives, and what the modes of a crossing mean."""

from collections.abc import Mapping
from dataclasses import dataclass

from i18n.messages import N_


@dataclass(frozen=True, slots=True)
class Class:
    """A class of data: what it is, where it lies, how it is kept there."""

    code: str
    name: str
    place: str
    kept: str


MAIN = N_("Main database of this region")
CLASSES = (
    Class(
        "contact",
        N_("Names and contact"),
        MAIN,
        N_("In the clear; each organisation’s rows are closed to others"),
    ),
    Class(
        "documents",
        N_("Travel documents and dates of birth"),
        MAIN,
        N_("Sealed value by value; the keys lie in the key store"),
    ),
    Class("payment", N_("Payment fields"), MAIN, N_("Sealed value by value; the keys lie in the key store")),
    Class(
        "trips",
        N_("Trips, cases and their words"),
        MAIN,
        N_("In the clear; each organisation’s rows are closed to others"),
    ),
    Class(
        "keys",
        N_("Keys of the sealed values"),
        N_("Key store of this region"),
        N_("Wrapped by this region’s root key, which only the keeper of this region can use"),
    ),
    Class(
        "ledger",
        N_("Ledger"),
        N_("Main database and blob store of this region"),
        N_("Pseudonyms and codes; signed with this region’s own key"),
    ),
    Class(
        "blobs",
        N_("Files, such as exports"),
        N_("Blob store of this region"),
        N_("Open to the processes of this region only"),
    ),
    Class(
        "backups",
        N_("Backups"),
        N_("Where whoever runs this region puts them"),
        N_("Made by command; sealed values stay sealed in them, and a restore takes away what was shredded"),
    ),
    Class(
        "work",
        N_("Open work in the world queue"),
        N_("Front door, for all regions"),
        N_("Kind, language, team and times under a random number; no person and no organisation"),
    ),
)
CROSSINGS: Mapping[str, tuple[str, str]] = {
    "redact": (N_("Redact"), N_("Not shown in the other region.")),
    "mask": (N_("Mask"), N_("Only the mask is shown in the other region.")),
    "restrict": (
        N_("Restrict"),
        N_("Revealed in place, with a legal basis; nothing is stored in the other region."),
    ),
    "packet": (
        N_("Packet"),
        N_("A minimal travel packet for one leg, sealed to the other region’s key, destroyed when it ends."),
    ),
}
DEFAULT_CROSSING = "redact"
