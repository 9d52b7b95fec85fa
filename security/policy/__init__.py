"""The access matrix as data, and the pure rules that read it."""
