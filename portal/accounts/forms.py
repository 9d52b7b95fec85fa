"""What is submitted about one's own account."""

from collections.abc import Mapping
from dataclasses import dataclass

from i18n.locales import LOCALES
from portal.accounts.zones import is_zone
from portal.web.refusals import FormRefused

THEMES = ("auto", "light", "dark")
MAILS = ("full", "minimal")


@dataclass(frozen=True, slots=True)
class Preferences:
    """Language (tag), time zone (IANA name), theme, and how much a mail may say (None: as it was)."""

    locale: str
    time_zone: str
    theme: str
    mails: str | None = None


def read_preferences(fields: Mapping[str, str]) -> Preferences:
    """Check the preferences form. Raises FormRefused."""
    errors = {}
    if fields.get("locale") not in LOCALES:
        errors["locale"] = "accounts:unknown_language"
    if not is_zone(str(fields.get("time_zone"))):
        errors["time_zone"] = "accounts:unknown_time_zone"
    if fields.get("theme") not in THEMES:
        errors["theme"] = "accounts:unknown_theme"
    if fields.get("mails", "full") not in MAILS:
        errors["mails"] = "accounts:unknown_mails"
    if errors:
        raise FormRefused(errors)
    return Preferences(fields["locale"], fields["time_zone"], fields["theme"], fields.get("mails"))


def device_label(user_agent: str) -> str:
    """Reduce a user agent to "browser · system", so that no full user agent is kept."""
    browsers = (
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    )
    browser = next((name for mark, name in browsers if mark in user_agent), "API")
    system = next((name for mark, name in systems if mark in user_agent), "")
    return f"{browser} · {system}" if system else browser
