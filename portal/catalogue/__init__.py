"""The catalogue of entries, for those who must be able to say what the ledger can hold, and what it never does."""
