"""What is submitted about the matrix: filters of the page, and a rule for one cell."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.web.forms import plain_line
from portal.web.refusals import FormRefused
from security.actor import ROLES
from security.policy.change import Edit, in_order
from security.policy.places import PLACES
from security.policy.rule import TIERS, Matrix, Rule, Tier
from security.purposes import PURPOSES

MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which cells to show; "" filters nothing."""

    role: str = ""
    group: str = ""
    purpose: str = ""

    def shows(self, group: str, role: str, rule: Rule) -> bool:
        """Say whether a cell is wanted."""
        return (
            self.role in {"", role}
            and self.group in {"", group}
            and (not self.purpose or self.purpose in rule.purposes)
        )


def read_wanted(query: Mapping[str, str], matrix: Matrix) -> Wanted:
    """Read filters; what is not known filters nothing."""
    groups = {group.code for group in matrix.groups}
    return Wanted(
        role=query.get("role", "") if query.get("role") in ROLES else "",
        group=query.get("field", "") if query.get("field") in groups else "",
        purpose=query.get("purpose", "") if query.get("purpose") in PURPOSES else "",
    )


def read_edit(fields: Mapping[str, str]) -> Edit:
    """Read a cell as it shall be, from the boxes of the form."""
    tier: Tier = next((tier for tier in TIERS if tier == fields.get("tier")), "hidden")
    purposes = tuple(code for code in PURPOSES if fields.get(f"purpose_{code}"))
    rule = Rule(
        tier,
        purposes,
        window=bool(fields.get("window")),
        second_person=bool(fields.get("second_person")),
        own=purposes == ("own_record",),
        places=tuple(code for code in PLACES if fields.get(f"place_{code}")),
    )
    return Edit(fields.get("group", ""), fields.get("role", ""), in_order(rule))


def read_reason(fields: Mapping[str, str]) -> str:
    """Read the reason. Raises FormRefused."""
    reason = plain_line(fields.get("reason", ""))
    if not reason:
        raise FormRefused({"reason": "policy:reason_required"})
    if len(reason) > MAX_REASON:
        raise FormRefused({"reason": "web:too_long"})
    return reason
