"""The keeper: the one process that signs people in, decides, seals, opens and makes the ledger."""
