"""Accounts: organisations, members, signing in, sessions, step-up, preferences."""
