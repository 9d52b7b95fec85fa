"""Stencils: a template drawn once, with holes for what differs from one use to the next.

A list draws the same row fifty times and every page has the same frame. Drawing by a template costs a hundred
times what filling a hole does; the template stays the one place that says how it looks.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Final

from jinja2 import Environment
from markupsafe import Markup, escape

# Random, so that nothing that is shown can be taken for a hole's edge.
_EDGE: Final = secrets.token_hex(16)


class Stencil:
    """What a template drew around its holes; values are escaped unless they are markup."""

    __slots__ = ("pattern", "pick")

    def __init__(
        self, environment: Environment, template: str, holes: Sequence[str], **given: object
    ) -> None:
        marked = {name: Markup(f"{_EDGE}{name}{_EDGE}") for name in holes}  # noqa: S704 -- our own letters
        drawn = environment.get_template(template).render(**given, **marked).split(_EDGE)
        self.pick = _picker(drawn[1::2])  # gives the values of a mapping in the order of the holes
        self.pattern = "%s".join(part.replace("%", "%%") for part in drawn[0::2])

    def fill(self, **values: str) -> Markup:
        """Close every hole; a missing value is a KeyError, one without a hole is nothing."""
        return Markup(self.pattern % tuple(map(escape, self.pick(values))))  # noqa: S704 -- escaped


def _picker(holes: Sequence[str]) -> Callable[[Mapping[str, str]], tuple[str, ...]]:
    if len(holes) > 1:
        return itemgetter(*holes)
    return lambda given: tuple(given[name] for name in holes)


def fill_all(uses: Sequence[tuple[Stencil, Mapping[str, str]]]) -> Markup:
    """Fill stencils one after the other, all values plain text: they are escaped in one go."""
    values = [value for stencil, given in uses for value in stencil.pick(given)]
    ready = str(escape(_EDGE.join(values))).split(_EDGE) if values else []
    return Markup("".join(stencil.pattern for stencil, _ in uses) % tuple(ready))  # noqa: S704 -- escaped above
