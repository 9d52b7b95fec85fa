"""What rooms, writers and parts of an entry are called in the catalogue; what a kind means is `oversight/words.py`."""

from collections.abc import Mapping

from i18n.messages import N_

# Each room with what its entries are about, in the order in which the catalogue shows them.
ROOMS: Mapping[str, tuple[str, str]] = {
    "passengers": (
        N_("Passengers"),
        N_("Looking at people’s data, changing it, opening and sealing values."),
    ),
    "scans": (N_("Scans of documents"), N_("Scans handed in, listed and removed.")),
    "links": (N_("One-time links"), N_("Links by which a traveller enters documents without an account.")),
    "trips": (N_("Trips"), N_("Trips made and looked at, sheets and calendars.")),
    "manifests": (N_("Manifests"), N_("Who is aboard, and who looked at it.")),
    "quotes": (N_("Quotes"), N_("Enquiries, options and acceptances.")),
    "notices": (N_("Notices"), N_("Changes to confirmed legs, and each step of telling people.")),
    "desk": (N_("Desk"), N_("Cases and open work.")),
    "approvals": (N_("Approvals"), N_("Requests to a second person, broken glass and its review.")),
    "exports": (N_("Files of documents"), N_("Documents taken out of the house as one closed file.")),
    "trail": (
        N_("Own trail"),
        N_("What travellers read of the looks at their data, what they dispute, and the digest."),
    ),
    "accounts": (N_("Accounts"), N_("Preferences of people who sign in.")),
    "oversight": (N_("Oversight"), N_("What auditors look at and take away.")),
    "findings": (N_("Findings"), N_("What auditors note and find, what is answered, and who signs it off.")),
    "extracts": (
        N_("Extracts of the ledger"),
        N_("Entries taken out as a table with proofs, once or on a rhythm."),
    ),
    "auditors": (N_("External auditors"), N_("Their invitation, its limits, and each thing they look at.")),
    "reports": (N_("Security reports"), N_("Monthly reports made, listed and taken.")),
    "attestations": (
        N_("Access reviews"),
        N_("Who may do what, looked through and signed for every month."),
    ),
    "security": (
        N_("Security"),
        N_("Sign-in, permissions, keys, alarms, and the matrix of who may see what."),
    ),
    "audit": (N_("The ledger itself"), N_("Its opening, its keys and its witnesses.")),
}
WRITERS: Mapping[str, tuple[str, str]] = {
    "wx_web": (N_("Pages and API"), N_("In the transaction of the deed: both happen or neither.")),
    "wx_worker": (N_("Worker"), N_("After the answer, for what is kept or made in the background.")),
    "wx_keeper": (N_("Keeper"), N_("Before anything is opened, sealed, signed or let in; nobody else may.")),
}
DECISIONS: Mapping[str, tuple[str, str]] = {"allow": (N_("Allowed"), "ok"), "deny": (N_("Denied"), "bad")}
