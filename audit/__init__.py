"""What happened, provably: entries, hashes, signatures. Knows nothing of the floors above."""
