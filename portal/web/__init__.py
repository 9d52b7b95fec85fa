"""Waxwing."""
