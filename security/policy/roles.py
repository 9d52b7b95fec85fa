"""The roles of `security.actor` by what they may reach among passengers."""

from typing import Final

from security.actor import CLIENT_ROLES, DESK_ROLES, ROLES

OWN_ORGANISATION: Final = CLIENT_ROLES
"""Roles of clients: a traveller sees the own passenger only, the others their organisation's."""

WITHOUT_PASSENGERS: Final = frozenset(ROLES) - CLIENT_ROLES - DESK_ROLES
"""Roles that get 403 for passengers: auditor and administrator."""
