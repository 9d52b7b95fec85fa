"""Scans of travel documents: handed in, redrawn by a closed-off process, sealed, shown for a minute."""
