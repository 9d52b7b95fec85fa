"""The outbox: promises made inside a transaction, kept by a worker afterwards, at least once."""
