"""Extracts: entries of the ledger as a table with proofs, asked for now or on a rhythm."""
