"""Who may see what, where, and why: the floor that speaks in codes, never in sentences."""
