"""Delivery: a message to a person and what became of it."""
