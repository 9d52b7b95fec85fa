"""Which numbers a document of a kind and state can have: check digits that must hold, shapes that are usual."""

from portal.passengers.numbers.rules import is_usual, number_problem

__all__ = ["is_usual", "number_problem"]
