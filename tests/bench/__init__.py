"""Waxwing measured beside two peers, in one run, on one machine, on one PostgreSQL server."""
