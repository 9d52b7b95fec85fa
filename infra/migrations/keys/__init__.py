"""The key store of a cell."""
