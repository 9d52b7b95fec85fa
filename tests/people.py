"""The people of the demo, for tests that sign in as them."""

from portal.demo.people import ACCOUNTS, ORGANISATIONS, DemoAccount

__all__ = ["ACCOUNTS", "BY_EMAIL", "ORGANISATIONS", "DemoAccount", "of_role"]

BY_EMAIL = {account.email: account for account in ACCOUNTS}


def of_role(role: str, locale: str | None = None) -> DemoAccount:
    """Return the first account of a role, in a language if one is named."""
    return next(a for a in ACCOUNTS if a.role == role and locale in {None, a.locale})
