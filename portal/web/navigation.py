"""The main navigation: what each role finds where."""

from dataclasses import dataclass
from functools import cache

from i18n.catalogs import translations
from i18n.messages import N_
from security.actor import CLIENT_ROLES, DESK_ROLES, ROLES

EVERYBODY = frozenset(ROLES)
SEES_PASSENGERS = CLIENT_ROLES | DESK_ROLES
SEES_QUOTES = (CLIENT_ROLES - {"traveller"}) | (DESK_ROLES - {"compliance"})
TAKES_PART = frozenset({"client_admin", "service_agent", "operations", "finance", "compliance"})
SEES_NOTICES = CLIENT_ROLES | {"operations", "service_agent"}
REVIEWS_ACCESS = frozenset({"compliance", "administrator"})

_PLACES = (
    ("/", N_("Home"), "home", EVERYBODY),
    ("/passengers", N_("Passengers"), "users", SEES_PASSENGERS),
    ("/trips", N_("Trips"), "plane", SEES_PASSENGERS),
    ("/quotes", N_("Quotes"), "card", SEES_QUOTES),
    ("/desk", N_("Open work"), "chart", frozenset({"sales", "service_agent", "operations", "compliance"})),
    ("/cases", N_("Cases"), "mail", SEES_PASSENGERS),
    ("/approvals", N_("Approvals"), "shield-check", TAKES_PART),
    ("/exports", N_("Files of documents"), "download", frozenset({"operations", "compliance"})),
    ("/notices", N_("Notices"), "mail", SEES_NOTICES),
    ("/trail", N_("Who looked at my data"), "trail", frozenset({"traveller"})),
    ("/trail", N_("What I did here"), "trail", frozenset({"booker", "client_admin"})),
    ("/ledger", N_("Ledger"), "ledger", frozenset({"auditor"})),
    ("/ledger/exports", N_("Exports"), "download", frozenset({"auditor"})),
    ("/ledger/kinds", N_("Catalogue of entries"), "ledger", frozenset({"auditor", "compliance"})),
    ("/extracts", N_("Extracts of the ledger"), "download", frozenset({"auditor", "compliance"})),
    ("/findings", N_("Findings"), "alert", frozenset({"auditor", "compliance"})),
    ("/auditors", N_("External auditors"), "users", frozenset({"compliance"})),
    ("/witnesses", N_("Witnesses"), "seal", frozenset({"auditor", "compliance", "administrator"})),
    ("/own-key", N_("Own key"), "key", frozenset({"client_admin"})),
    ("/keys", N_("Keys"), "key", frozenset({"administrator", "compliance"})),
    ("/matrix", N_("Who may see what"), "matrix", EVERYBODY),
    ("/alarms", N_("Alarms"), "alert", frozenset({"compliance"})),
    ("/access-reviews", N_("Access reviews"), "users", REVIEWS_ACCESS),
    ("/reports", N_("Security reports"), "download", frozenset({"compliance", "auditor"})),
    ("/residency", N_("Where data lives"), "globe", EVERYBODY),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the navigation, in the reader's language."""

    href: str
    label: str
    current: bool
    icon: str


# An auditor from outside sees a part of the ledger, and nothing that is made of all of it.
_OF_THE_WHOLE = frozenset({"/reports"})


@cache
def _for(role: str | None, tag: str, *, external: bool) -> tuple[tuple[str, str, str], ...]:
    say = translations(tag).gettext
    barred = _OF_THE_WHOLE if external else frozenset[str]()
    return tuple(
        (path, say(label), icon)
        for path, label, icon, roles in _PLACES
        if role in roles and path not in barred
    )


@cache
def _paths(role: str | None) -> tuple[str, ...]:
    return tuple(path for path, _, _, roles in _PLACES if role in roles)


def current_place(role: str | None, here: str) -> str:
    """Give the longest path of this role's places that leads to `here`, or nothing."""
    leading = [path for path in _paths(role) if here == path or (path != "/" and here.startswith(path + "/"))]
    return max(leading, key=len, default="")


def navigation(role: str | None, place: str, tag: str, *, external: bool = False) -> list[Place]:
    """Give the places this role may go; `place` is where the reader is."""
    return [
        Place(f"/{tag}{path}", label, path == place, icon)
        for path, label, icon in _for(role, tag, external=external)
    ]
