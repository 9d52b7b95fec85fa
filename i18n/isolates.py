"""Isolates: a value put into a sentence must not turn the sentence around (Unicode UAX #9, section 2.4)."""

import re
from typing import Any

FIRST_STRONG = "\u2068"
POP = "\u2069"
OPENERS = "\u2066\u2067\u2068"
# Embeddings and overrides leak into what follows; isolates replaced them.
LEAKING = re.compile("[\u202a-\u202e]")
CONTROLS = re.compile("[\u2066-\u2069\u202a-\u202e\u200e\u200f\u061c]")


def isolate(value: Any) -> str:
    """Wrap a value so that its direction is its own: FSI value PDI. Controls inside it are dropped first."""
    return f"{FIRST_STRONG}{CONTROLS.sub('', str(value))}{POP}"


def plain(text: str) -> str:
    """Take every direction control out of a text (for comparing, sorting, searching)."""
    return CONTROLS.sub("", text)


def balanced(text: str) -> bool:
    """Say whether every isolate of a text is closed, in order, and nothing leaks."""
    depth = 0
    for char in text:
        if char in OPENERS:
            depth += 1
        elif char == POP:
            depth -= 1
            if depth < 0:
                return False
    return depth == 0 and not LEAKING.search(text)
