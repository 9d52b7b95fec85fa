"""What a refusal is on this floor: a code, a status, fields. Sentences are made in `sentences.py`."""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class Refusal(Exception):  # noqa: N818 -- rooms name their own by what was refused
    """Something was refused. `errors` maps a form field to a code; `facts` may be shown (no personal value)."""

    code: ClassVar[str] = "web:refused"
    status: ClassVar[int] = 400

    def __init__(self, errors: Mapping[str, str] | None = None, **facts: str | int) -> None:
        super().__init__(self.code)
        self.errors = dict(errors or {})
        self.facts = facts


class NotSignedIn(Refusal):
    """No live session."""

    code = "web:not_signed_in"
    status = 401


class NotForThisRole(Refusal):
    """The route does not name this role."""

    code = "web:not_for_this_role"
    status = 403


class NotFound(Refusal):
    """Nothing here that this actor may know of."""

    code = "web:not_found"
    status = 404


class OtherRegion(Refusal):
    """The id belongs to another known region, which `facts["region"]` names."""

    code = "residency:other_region"
    status = 421


class FormRefused(Refusal):
    """Fields were refused; `errors` says which and why, `typed` what sentences a page should give back."""

    typed: Sequence[str] = ()

    code = "web:invalid_fields"
    status = 422


class ForeignOrigin(Refusal):
    """An unsafe request that did not come from this cell's own pages."""

    code = "web:foreign_origin"
    status = 403


class StaleToken(Refusal):
    """An unsafe request without the token of this session's pages."""

    code = "web:stale_token"
    status = 403


class Stale(Refusal):
    """The thing changed since it was read (If-Match or the form's version)."""

    code = "web:stale"
    status = 412


class KeyReused(Refusal):
    """An idempotency key came again: with another request, or where answers are never kept."""

    code = "web:idempotency_key_reused"
    status = 409


class DoneBefore(Refusal):
    """The same form of the same page came again: the answer leads to where the first one led."""

    code = "web:done_before"
    status = 303

    def __init__(self, location: str) -> None:
        super().__init__()
        self.location = location


class BadCursor(Refusal):
    """A cursor or limit that this API did not make."""

    code = "web:bad_cursor"
    status = 400


class Busy(Refusal):
    """Something this needs is away; nothing was done."""

    code = "web:unavailable"
    status = 503
