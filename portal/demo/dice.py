"""Chance that falls the same way at every load: who is invented must not change, keys and ids always do."""

from collections.abc import Mapping
from random import Random

SEED = "waxwing demo 1"


def dice(part: str) -> Random:
    """Give the chance of one part of the demo, so that a change to one part leaves the others as they were."""
    return Random(f"{SEED}/{part}")  # noqa: S311 -- invents people; keys, salts, tokens and ids are not drawn here


def weighted(chance: Random, weights: Mapping[str, float]) -> str:
    """Draw a key by its weight."""
    return chance.choices(list(weights), list(weights.values()))[0]
