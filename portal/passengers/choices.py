"""What selects offer: kinds of document, states by name, orders of a name."""

from functools import cache

from i18n.messages import N_
from portal.passengers.words import KINDS
from portal.web.places import state_name, states

_ORDERS = (("given_first", N_("Given name first")), ("family_first", N_("Family name first")))


@cache
def state_choices(tag: str) -> list[tuple[str, str]]:
    """Give (ISO 3166 alpha-3, name in the reader's language), by name, with an empty first line."""
    named = [(code, f"{state_name(code, tag)} ({code})") for code in states()]
    return [("", "—"), *sorted(named, key=lambda pair: pair[1])]


def kind_choices() -> list[tuple[str, str]]:
    """Give (kind, English name) of documents; the template says them."""
    return list(KINDS.items())


def order_choices() -> list[tuple[str, str]]:
    """Give (order, English name) of a name's order."""
    return list(_ORDERS)
