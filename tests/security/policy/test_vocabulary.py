"""Fields and purposes are closed lists, and the names bound into envelopes stay as they are."""

import pytest

from security.fields import (
    DOCUMENT_KINDS,
    FIELDS,
    SEALED_COLUMNS,
    UnknownDocumentKind,
    UnknownField,
    document_field,
    field_of,
)
from security.policy.roles import OWN_ORGANISATION, WITHOUT_PASSENGERS
from security.purposes import PURPOSES, REFERENCES, UnknownPurpose, purpose_of


def test_names_bound_into_envelopes_never_change():
    """Table, column, key class and mask of every field are those with which values have been sealed."""
    document = ("travel_document", "number", "document", True)
    assert {code: (f.table, f.column, f.key_class, f.maskable) for code, f in FIELDS.items()} == {
        "passport.number": document,
        "visa.number": document,
        "national_id.number": document,
        "residence_permit.number": document,
        "known_traveller.number": document,
        "birth_date": ("passenger", "birth_date", "document", False),
        "card.number": ("payment_card", "number", "payment", True),
        "card.expiry": ("payment_card", "expiry", "payment", False),
        "card.holder": ("payment_card", "holder", "payment", False),
        "iban": ("bank_account", "iban", "payment", True),
        "document.scan": ("document_scan", "content", "document", False),
        "bic": ("bank_account", "bic", "payment", False),
    }
    assert len(SEALED_COLUMNS) == 8


def test_unknown_words_are_refused_without_being_repeated():
    """An unknown field, kind or purpose is refused by code, and what was sent is not in the refusal."""
    for ask, refused, code in (
        (field_of, UnknownField, "passengers:unknown_field"),
        (document_field, UnknownDocumentKind, "passengers:unknown_document_kind"),
        (purpose_of, UnknownPurpose, "passengers:unknown_purpose"),
    ):
        with pytest.raises(refused) as caught:
            ask("L898902C3")
        assert (caught.value.code, caught.value.args) == (code, ())


def test_every_kind_of_document_has_its_field():
    """Each kind's number is a field, and each purpose is itself."""
    assert all(field_of(document_field(kind)).column == "number" for kind in DOCUMENT_KINDS)
    assert [purpose_of(purpose) for purpose in PURPOSES] == list(PURPOSES)


def test_every_purpose_says_what_it_may_refer_to():
    """No purpose goes without a reference; only the own record is a passenger's, only rights a request's."""
    assert set(REFERENCES) == set(PURPOSES)
    assert all(REFERENCES.values())
    assert [p for p, kinds in REFERENCES.items() if "passenger" in kinds] == ["own_record"]
    assert [p for p, kinds in REFERENCES.items() if "request" in kinds] == ["rights_request"]


def test_roles_by_reach():
    """Clients reach their own, and two roles reach no passenger."""
    assert {"traveller", "booker", "client_admin"} == OWN_ORGANISATION
    assert {"auditor", "administrator"} == WITHOUT_PASSENGERS
