"""Auditors from outside: invited by compliance for a time and to a part of the ledger, and watched themselves."""
