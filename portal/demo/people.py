"""Who can sign in to the demo, and for which organisations: the names that tests and the demo share."""

from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class DemoOrganisation:
    """A client organisation: `key` is its name inside the demo, `country` ISO 3166-1 alpha-2."""

    key: str
    name: str
    country: str
    locale: str
    domain: str
    passengers: int


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Somebody who can sign in; `org` is an organisation's key, empty for staff."""

    role: str
    email: str
    name: str
    locale: str
    time_zone: str
    org: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Give everyone a password of their own that is easy to type."""
        first = self.email.partition("@")[0].partition(".")[0]
        object.__setattr__(self, "password", self.password or f"waxwing {first} demo")


ORGANISATIONS: Final = (
    DemoOrganisation("aurivelle", "Aurivelle Family Office", "LU", "en", "aurivelle.example", 72),
    DemoOrganisation("almadar", "شركة المدار القابضة · Al Madar Holding", "AE", "ar", "almadar.example", 86),
    DemoOrganisation("lanxi", "澜曦科技集团 · Lanxi Technology Europe", "DE", "zh-Hans", "lanxi.example", 86),
    DemoOrganisation("saltmarsh", "Saltmarsh Pictures", "GB", "en", "saltmarsh.example", 80),
)

ACCOUNTS: Final = (
    DemoAccount(
        "traveller",
        "eleanor.ashcombe-vane@aurivelle.example",
        "Eleanor Ashcombe-Vane",
        "en",
        "Europe/London",
        "aurivelle",
    ),
    DemoAccount("traveller", "lin.ruoxi@lanxi.example", "林若曦", "zh-Hans", "Asia/Shanghai", "lanxi"),
    DemoAccount(
        "traveller", "salem.almarzouqi@almadar.example", "سالم خليفة المرزوقي", "ar", "Asia/Dubai", "almadar"
    ),
    DemoAccount(
        "booker", "clemence.weidert@aurivelle.example", "Clémence Weidert", "en", "Europe/Paris", "aurivelle"
    ),
    DemoAccount("booker", "zhou.yutong@lanxi.example", "周雨桐", "zh-Hans", "Europe/Berlin", "lanxi"),
    DemoAccount(
        "booker", "tamsin.okonkwo@saltmarsh.example", "Tamsin Okonkwo", "en", "Europe/London", "saltmarsh"
    ),
    DemoAccount(
        "client_admin", "noura.alotaibi@almadar.example", "نورة العتيبي", "ar", "Asia/Riyadh", "almadar"
    ),
    DemoAccount("sales", "hugo.lindqvist@waxwing.example", "Hugo Lindqvist", "en", "Europe/Stockholm"),
    DemoAccount("service_agent", "chen.siyuan@waxwing.example", "陈思远", "zh-Hans", "Asia/Shanghai"),
    DemoAccount("service_agent", "hala.mansour@waxwing.example", "هالة منصور", "ar", "Asia/Dubai"),
    DemoAccount("operations", "marek.dvorak@waxwing.example", "Marek Dvořák", "en", "Europe/Prague"),
    DemoAccount("operations", "youssef.haddad@waxwing.example", "يوسف حداد", "ar", "Asia/Dubai"),
    DemoAccount("finance", "beatrice.fontana@waxwing.example", "Beatrice Fontana", "en", "Europe/Rome"),
    DemoAccount(
        "compliance", "ingrid.sorensen@waxwing.example", "Ingrid Sørensen", "en", "Europe/Copenhagen"
    ),
    DemoAccount("auditor", "jonathan.hale@waxwing.example", "Jonathan Hale", "en", "Europe/London"),
    DemoAccount("administrator", "he.jiamin@waxwing.example", "何嘉敏", "zh-Hans", "Asia/Hong_Kong"),
)

EDITORS: Final = frozenset({"booker", "client_admin"})
"""Roles that add an organisation's passengers; every organisation has one of them."""
