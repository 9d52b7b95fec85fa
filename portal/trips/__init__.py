"""Trips: what a passenger flies, leg by leg."""
