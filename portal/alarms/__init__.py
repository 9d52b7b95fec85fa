"""Alarms: what the keeper saw in the ledger, and the decoys that only compliance knows."""
