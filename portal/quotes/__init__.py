"""Quotes: what a client asks for, what sales offers, and what is agreed."""
