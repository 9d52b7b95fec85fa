"""The desk: cases that clients open, open work and its clocks, and what of it stands in the world queue."""
