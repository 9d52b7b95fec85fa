"""The people of the demo, for tests that sign in as them: those of `eu`, unless a region is named."""

from portal.demo.people import DemoAccount, accounts_of, organisations_of

__all__ = ["ACCOUNTS", "BY_EMAIL", "ORGANISATIONS", "DemoAccount", "of_role"]

ACCOUNTS, ORGANISATIONS = accounts_of("eu"), organisations_of("eu")
BY_EMAIL = {account.email: account for account in ACCOUNTS}


def of_role(role: str, locale: str | None = None, *, region: str = "eu") -> DemoAccount:
    """Return the first account of a role, in a language if one is named."""
    return next(a for a in accounts_of(region) if a.role == role and locale in {None, a.locale})
