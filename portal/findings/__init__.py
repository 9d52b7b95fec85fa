"""Findings: what auditors note and find in the ledger, what compliance answers, and who signs it off."""
