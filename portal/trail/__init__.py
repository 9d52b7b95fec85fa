"""The trail: the ledger, for the person concerned."""
