"""Residency shown: where each class of data lives, which keys are held, what was stated last, and what crosses."""
