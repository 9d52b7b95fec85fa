"""May this person open this value now? Pure; the answer is a refusal's code, or None for yes.

The order of refusals is part of the contract: nothing is said about a reference to someone whose role
may not ask, and nothing about what is stored to someone who is not entitled to it.
"""

from typing import Final

from security.policy.matrix import MATRIX
from security.policy.rule import Matrix, Tier

PURPOSE_NOT_ALLOWED: Final = "passengers:purpose_not_allowed"
OUTSIDE_WINDOW: Final = "passengers:outside_window"
SECOND_PERSON_REQUIRED: Final = "passengers:second_person_required"
STEP_UP_REQUIRED: Final = "passengers:step_up_required"
NOTHING_ON_FILE: Final = "passengers:nothing_on_file"

STATUS_OF_REFUSAL: Final = {
    PURPOSE_NOT_ALLOWED: 403,
    OUTSIDE_WINDOW: 403,
    SECOND_PERSON_REQUIRED: 403,
    STEP_UP_REQUIRED: 403,
    NOTHING_ON_FILE: 404,
}
"""HTTP status of each refusal, in the order in which they are given."""


def decide_reveal(
    *,
    role: str,
    field: str,
    purpose: str,
    is_own: bool,
    reference_known: bool,
    in_window: bool,
    second_person: bool,
    stepped_up: bool,
    stored: bool,
    place: str,
    matrix: Matrix = MATRIX,
) -> str | None:
    """Return the code of the first refusal, or None if the value may be opened.

    `is_own`: the subject is the caller's own passenger. `reference_known`: the reference exists, is of a kind
    the purpose takes (`security.purposes.REFERENCES`) and concerns this passenger; for `own_record` it is the
    own passenger. `in_window`: by `security.policy.window`, for a leg of that reference. `second_person`:
    somebody else has approved exactly this. `stepped_up`: a step-up is alive and has uses left. `place`: the region
    of the cell that is asked.
    """
    rule = matrix.rule(role, field)
    asked_in_order = (
        (purpose in rule.purposes_at(place) and (is_own or not rule.own), PURPOSE_NOT_ALLOWED),
        (reference_known and (in_window or not rule.window), OUTSIDE_WINDOW),
        (second_person or not rule.second_person, SECOND_PERSON_REQUIRED),
        (stepped_up, STEP_UP_REQUIRED),
        (stored, NOTHING_ON_FILE),
    )
    return next((refusal for granted, refusal in asked_in_order if not granted), None)


def purposes_open(
    *,
    role: str,
    field: str,
    is_own: bool,
    in_window: bool,
    second_person: bool,
    stored: bool,
    place: str,
    matrix: Matrix = MATRIX,
) -> tuple[str, ...]:
    """Return the purposes open to this caller now: the `reveal` list of a sealed field in the API.

    `in_window`: any leg of any trip carries this passenger in its window. A step-up is not asked for: the
    caller can pass one at once; a second person's approval is, because the caller cannot give it.
    """
    rule = matrix.rule(role, field)
    open_now = (
        stored
        and (is_own or not rule.own)
        and (in_window or not rule.window)
        and (second_person or not rule.second_person)
    )
    return rule.purposes_at(place) if open_now else ()


def tier_shown(role: str, field: str, *, matrix: Matrix = MATRIX) -> Tier:
    """Return what a page shows this role of this field: `hidden`, `masked` or `clear`."""
    return matrix.rule(role, field).tier
