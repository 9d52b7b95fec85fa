"""Marks for sentences said later: each gives back what it is given and lets the extraction find it."""

from typing import Final, NamedTuple

# The context of legal and safety texts: they may never fall back to English silently.
LEGAL: Final = "legal"


class Plural(NamedTuple):
    """A sentence in its two English forms; both hold `%(num)s` where the number goes."""

    one: str
    other: str


class Phrase(NamedTuple):
    """A sentence with the context that fixes its meaning; the context LEGAL forbids falling back."""

    context: str
    message: str


def N_(message: str) -> str:  # noqa: N802 -- the name every gettext tool knows
    """Mark a sentence for the catalogs and give it back unchanged."""
    return message


def N_n(one: str, other: str) -> Plural:  # noqa: N802 -- the plural twin of N_
    """Mark a sentence with a number in it for the catalogs."""
    return Plural(one, other)


def N_p(context: str, message: str) -> Phrase:  # noqa: N802 -- the twin of pgettext
    """Mark a sentence with its context for the catalogs."""
    return Phrase(context, message)
