"""Oversight: the auditor's workspace over the ledger; no personal value is ever in it."""
