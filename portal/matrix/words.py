"""What the codes of the matrix are called, and what a difference says in plain words."""

from collections.abc import Mapping

from i18n.messages import N_

GROUP_NAMES: Mapping[str, str] = {
    "profile": N_("Name and contact"),
    "documents": N_("Travel documents"),
    "birth_date": N_("Date of birth"),
    "cards": N_("Payment cards"),
    "bank_account": N_("Bank account"),
}
TIERS: Mapping[str, tuple[str, str]] = {
    "hidden": (N_("Hidden"), "neutral"),
    "masked": (N_("Masked"), "info"),
    "clear": (N_("Clear"), "ok"),
}
CONDITIONS: Mapping[str, str] = {
    "own": N_("one’s own record only"),
    "window": N_("in a leg’s window: 14 days before departure to 2 days after arrival"),
    "second_person": N_("with a second person’s approval"),
    "step_up": N_("after confirming with the password"),
    "reference": N_("with a reference"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "waiting": (N_("Waiting for a second person"), "warn"),
    "applied": (N_("Approved and in force since"), "ok"),
    "rejected": (N_("Rejected"), "bad"),
    "withdrawn": (N_("Withdrawn"), "neutral"),
    "expired": (N_("Expired without a decision"), "neutral"),
}
# By aspect and whether something comes (True) or goes (False).
CHANGES: Mapping[tuple[str, bool], str] = {
    ("purpose", True): N_("%(role)s may from now on open %(fields)s for: %(what)s."),
    ("purpose", False): N_("%(role)s may no longer open %(fields)s for: %(what)s."),
    ("window", True): N_("%(role)s may open %(fields)s only in the window of a leg."),
    ("window", False): N_("%(role)s may open %(fields)s also outside the window of a leg."),
    ("second_person", True): N_("%(role)s needs a second person’s approval to open %(fields)s."),
    ("second_person", False): N_("%(role)s no longer needs a second person’s approval to open %(fields)s."),
    ("place", True): N_("%(role)s may also open %(fields)s in this region: %(what)s."),
    ("place", False): N_("%(role)s may no longer open %(fields)s in this region: %(what)s."),
    ("field", True): N_("The matrix now answers for %(what)s, among: %(fields)s."),
    ("field", False): N_("The matrix no longer names %(what)s among: %(fields)s. It is hidden."),
    ("group", True): N_("The matrix now answers for: %(fields)s."),
    ("group", False): N_("The matrix no longer names: %(fields)s. It is hidden."),
}
TIER_CHANGES: Mapping[str, str] = {
    "hidden": N_("%(role)s no longer sees anything of %(fields)s, not even a mask."),
    "masked": N_("%(role)s sees %(fields)s as a mask."),
    "clear": N_("%(role)s sees %(fields)s in the clear."),
}
# What no matrix may say (security/policy/invariants.py).
FAULTS: Mapping[str, str] = {
    "tier_of_field": N_("A sealed field is hidden or masked, never clear."),
    "unknown_purpose": N_("One of the purposes is unknown, or named twice."),
    "unknown_place": N_("One of the regions is unknown."),
    "reveal_of_no_mask": N_("What is hidden cannot be opened. Choose “Masked”, or take the purposes away."),
    "condition_without_purpose": N_("A condition needs at least one purpose."),
    "purpose_without_place": N_("A purpose needs at least one region in which it may be asked."),
    "own_record_is_own": N_("“My own record” is for one’s own record only."),
    "own_record_alone": N_("“My own record” cannot be combined with other purposes."),
    "window_without_leg": N_(
        "One of these purposes refers to no trip, so no leg’s window could ever open it."
    ),
    "purpose_of_other_field": N_("One of these purposes does not belong to this kind of field."),
    "role_without_passengers": N_("Auditors and administrators never see passengers."),
    "own_of_others": N_("Only travellers have an own record."),
    "traveller_of_others": N_("Travellers open their own record and nobody else’s."),
    "traveller_sees_own": N_("What is on file about a traveller cannot be hidden from the traveller."),
    "client_opens": N_("Bookers and client administrators see masks and open nothing."),
    "inquiry_alone": N_(
        "Identity checks, data-subject requests and legal holds always need a second person."
    ),
    "document_unheld": N_("Documents open only in a leg’s window or with a second person’s approval."),
}
