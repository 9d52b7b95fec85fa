"""Itinerary change notices: a confirmed leg changes only here, and whoever it concerns is told the net difference."""
