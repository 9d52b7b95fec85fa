"""What no matrix may say, whoever writes or approves it: faults, each by its code and its cell. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from security.actor import CLIENT_ROLES
from security.fields import FIELDS
from security.policy.places import PLACES
from security.policy.roles import WITHOUT_PASSENGERS
from security.policy.rule import Group, Matrix, Rule
from security.purposes import PURPOSES, REFERENCES

OF_DOCUMENTS: Final = frozenset({"border_filing", "visa_application", "carrier_check_in", "ground_handling"})
OF_PAYMENTS: Final = frozenset({"payment_settlement", "refund", "chargeback"})
INQUIRIES: Final = frozenset({"identity_check", "rights_request", "legal_hold"})


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and in which cell (`group.role`)."""

    code: str
    where: str


@dataclass(frozen=True, slots=True)
class _Cell:
    """One rule with all that judging it needs."""

    role: str
    rule: Rule
    sealed: bool
    classes: frozenset[str]

    @property
    def opens(self) -> bool:
        """Whether anything may be opened by it."""
        return bool(self.rule.purposes)

    @property
    def purposes(self) -> frozenset[str]:
        """The purposes as a set."""
        return frozenset(self.rule.purposes)


# In this order: what makes no sense first, then what is not safe. Each says when a cell is wrong.
_JUDGED: Final[tuple[tuple[str, Callable[[_Cell], bool]], ...]] = (
    ("tier_of_field", lambda c: c.rule.tier == ("clear" if c.sealed else "masked")),
    ("unknown_purpose", lambda c: not c.purposes <= set(PURPOSES) or len(c.purposes) != len(c.rule.purposes)),
    ("unknown_place", lambda c: not set(c.rule.places) <= set(PLACES)),
    ("reveal_of_no_mask", lambda c: c.opens and c.rule.tier != "masked"),
    (
        "condition_without_purpose",
        lambda c: not c.opens and (c.rule.window or c.rule.second_person or c.rule.own),
    ),
    ("purpose_without_place", lambda c: c.opens and not c.rule.places),
    ("own_record_is_own", lambda c: ("own_record" in c.purposes) != c.rule.own),
    ("own_record_alone", lambda c: c.rule.own and c.purposes != {"own_record"}),
    (
        "window_without_leg",
        lambda c: c.rule.window and any("trip" not in REFERENCES.get(why, ()) for why in c.purposes),
    ),
    ("purpose_of_other_field", lambda c: c.sealed and _foreign(c)),
    ("role_without_passengers", lambda c: c.role in WITHOUT_PASSENGERS and c.rule.tier != "hidden"),
    ("own_of_others", lambda c: c.rule.own and c.role != "traveller"),
    ("traveller_of_others", lambda c: c.role == "traveller" and c.opens and not c.rule.own),
    ("traveller_sees_own", lambda c: c.role == "traveller" and c.rule.tier == "hidden"),
    ("client_opens", lambda c: c.role in CLIENT_ROLES - {"traveller"} and c.opens),
    ("inquiry_alone", lambda c: bool(c.purposes & INQUIRIES) and not c.rule.second_person),
    (
        "document_unheld",
        lambda c: (
            c.opens and "document" in c.classes and not (c.rule.own or c.rule.window or c.rule.second_person)
        ),
    ),
)
CODES: Final = tuple(code for code, _ in _JUDGED)


def faults(matrix: Matrix) -> tuple[Fault, ...]:
    """Return every fault, cell by cell in reading order; none for a matrix that may come into force."""
    return tuple(fault for group in matrix.groups for fault in _of_group(group))


def faults_of(group: Group, role: str, rule: Rule) -> tuple[Fault, ...]:
    """Return the faults of one cell, were it to hold this rule."""
    fields = [FIELDS[name] for name in group.fields if name in FIELDS]
    cell = _Cell(role, rule, bool(fields), frozenset(field.key_class for field in fields))
    return tuple(Fault(code, f"{group.code}.{role}") for code, is_wrong in _JUDGED if is_wrong(cell))


def _of_group(group: Group) -> Iterator[Fault]:
    for role, rule in group.rules.items():
        yield from faults_of(group, role, rule)


def _foreign(cell: _Cell) -> bool:
    of_documents, of_payments = cell.purposes & OF_DOCUMENTS, cell.purposes & OF_PAYMENTS
    return ("document" not in cell.classes and bool(of_documents)) or (
        "payment" not in cell.classes and bool(of_payments)
    )
