"""Manifests: who is aboard which leg, kept by the client until departure and read by operations."""
