"""How often a process that serves looks for garbage in circles."""

import gc
from typing import Final

# Requests make few circles and many short-lived objects: Python's default looks through all of them every 700.
_NEW: Final = 50_000


def look_seldom() -> None:
    """Call before anything is loaded: loading makes many objects and no garbage."""
    gc.set_threshold(_NEW, 20, 50)


def settle_memory() -> None:
    """Call once, when everything is loaded: what is there now stays, and is not looked through again."""
    gc.collect()
    gc.freeze()
    look_seldom()
