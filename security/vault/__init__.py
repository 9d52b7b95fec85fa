"""Envelopes, keys, custodians, masks and blind indexes: how a personal value is sealed and opened."""
