"""The main navigation: what each role finds where."""

from dataclasses import dataclass
from functools import cache

from i18n.catalogs import translations
from i18n.messages import N_
from security.actor import CLIENT_ROLES, DESK_ROLES, ROLES

EVERYBODY = frozenset(ROLES)
SEES_PASSENGERS = CLIENT_ROLES | DESK_ROLES
SEES_NOTICES = CLIENT_ROLES | {"operations", "service_agent"}

_PLACES = (
    ("/", N_("Home"), "home", EVERYBODY),
    ("/passengers", N_("Passengers"), "users", SEES_PASSENGERS),
    ("/trips", N_("Trips"), "plane", SEES_PASSENGERS),
    ("/desk", N_("Open work"), "chart", frozenset({"sales", "service_agent", "operations"})),
    ("/cases", N_("Cases"), "mail", SEES_PASSENGERS),
    ("/notices", N_("Notices"), "mail", SEES_NOTICES),
    ("/trail", N_("Who looked at my data"), "trail", frozenset({"traveller"})),
    ("/ledger", N_("Ledger"), "ledger", frozenset({"auditor"})),
    ("/ledger/exports", N_("Exports"), "download", frozenset({"auditor"})),
    ("/matrix", N_("Who may see what"), "matrix", EVERYBODY),
    ("/residency", N_("Where data lives"), "globe", EVERYBODY),
)

_ACCOUNT = (
    ("/preferences", N_("Preferences"), "settings"),
    ("/sessions", N_("Where you are signed in"), "device"),
    ("/help", N_("Help"), "help"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the navigation, in the reader's language."""

    href: str
    label: str
    current: bool
    icon: str


@cache
def _for(role: str | None, tag: str) -> tuple[tuple[str, str, str], ...]:
    say = translations(tag).gettext
    return tuple((path, say(label), icon) for path, label, icon, roles in _PLACES if role in roles)


def navigation(role: str | None, here: str, tag: str) -> list[Place]:
    """Give the places this role may go; the longest path that leads to `here` is current."""
    places = _for(role, tag)
    leading = [p for p, _, _ in places if here == p or (p != "/" and here.startswith(p + "/"))]
    current = max(leading, key=len, default="")
    return [Place(f"/{tag}{path}", label, path == current, icon) for path, label, icon in places]


def account_navigation(tag: str) -> list[Place]:
    """Give the places of one's own account."""
    say = translations(tag).gettext
    return [Place(f"/{tag}{path}", say(label), current=False, icon=icon) for path, label, icon in _ACCOUNT]
