"""May this person search for this value? Pure; the answer is a refusal's code, or None for yes.

A search by the whole value finds whose it is and opens nothing, so it needs less than a reveal: a role of the
desk that sees the field's mask, and a purpose for which the matrix lets somebody open that field.
"""

from typing import Final

from security.actor import DESK_ROLES, ROLES
from security.fields import FIELDS
from security.policy.decide import PURPOSE_NOT_ALLOWED
from security.policy.matrix import MATRIX
from security.policy.rule import Matrix
from security.purposes import PURPOSES, REFERENCES

SEARCHABLE: Final = tuple(code for code, field in FIELDS.items() if field.maskable)
"""What may be searched by its whole value: numbers long enough that a mask shows little of them."""


def finding_purposes(role: str, field: str, *, place: str, matrix: Matrix = MATRIX) -> tuple[str, ...]:
    """Return the purposes for which this role may search in this region for a value of this field, in order."""
    if field not in SEARCHABLE or role not in DESK_ROLES or matrix.rule(role, field).tier == "hidden":
        return ()
    named = {purpose for other in ROLES for purpose in matrix.rule(other, field).purposes_at(place)}
    return tuple(one for one in PURPOSES if one in named and "passenger" not in REFERENCES[one])


def decide_find(role: str, field: str, purpose: str, *, place: str, matrix: Matrix = MATRIX) -> str | None:
    """Return `passengers:purpose_not_allowed`, or None where the search may be made."""
    offered = finding_purposes(role, field, place=place, matrix=matrix)
    return None if purpose in offered else PURPOSE_NOT_ALLOWED
