"""The matrix says what the design says, and a matrix with a gap keeps the product from starting."""

import json
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from security.actor import ROLES
from security.fields import FIELDS, OPEN_FIELDS
from security.policy.invariants import faults
from security.policy.matrix import HIDDEN, MATRIX, SOURCE, MatrixRefused, load_matrix
from security.policy.page import matrix_page

TEXT = SOURCE.read_text(encoding="utf-8")

DOCUMENTS = (
    "passport.number",
    "visa.number",
    "national_id.number",
    "residence_permit.number",
    "known_traveller.number",
    "document.scan",
)
CARDS = ("card.number", "card.expiry", "card.holder")
FLIGHT = ("border_filing", "visa_application", "carrier_check_in", "ground_handling")
INQUIRY = ("identity_check", "rights_request", "legal_hold")

# The design's table, written down a second time: role -> what each group of fields is to it.
# A word is a tier; a tuple is masked with these purposes.
SAID = {
    "traveller": {
        "docs": ("own_record",),
        "birth": ("own_record",),
        "cards": "masked",
        "iban": ("own_record",),
    },
    "booker": {"docs": "masked", "birth": "masked", "cards": "masked", "iban": "masked"},
    "client_admin": {"docs": "masked", "birth": "masked", "cards": "masked", "iban": "masked"},
    "sales": {"docs": "hidden", "birth": "hidden", "cards": "hidden", "iban": "hidden"},
    "service_agent": {"docs": "masked", "birth": "hidden", "cards": "masked", "iban": "hidden"},
    "operations": {"docs": FLIGHT, "birth": FLIGHT, "cards": "hidden", "iban": "hidden"},
    "finance": {
        "docs": "hidden",
        "birth": "hidden",
        "cards": ("payment_settlement", "refund", "chargeback"),
        "iban": ("payment_settlement", "refund"),
    },
    "compliance": {"docs": INQUIRY, "birth": INQUIRY, "cards": INQUIRY, "iban": INQUIRY},
    "auditor": {"docs": "hidden", "birth": "hidden", "cards": "hidden", "iban": "hidden"},
    "administrator": {"docs": "hidden", "birth": "hidden", "cards": "hidden", "iban": "hidden"},
}
GROUPS = {"docs": DOCUMENTS, "birth": ("birth_date",), "cards": CARDS, "iban": ("iban", "bic")}
EVERY = [(role, group, field) for role in SAID for group, fields in GROUPS.items() for field in fields]


def test_the_second_writing_covers_every_role_and_field():
    """The table in this test leaves out no role and no sealed field."""
    assert tuple(SAID) == ROLES
    assert {field for _, _, field in EVERY} == set(FIELDS)


@pytest.mark.parametrize(("role", "group", "field"), EVERY)
def test_each_cell_is_what_the_design_says(role, group, field):
    """Tier, purposes, window, second person and ownership of each cell are those of the design."""
    said = SAID[role][group]
    rule = MATRIX.rule(role, field)
    purposes = () if isinstance(said, str) else said
    assert rule.tier == (said if isinstance(said, str) else "masked")
    assert rule.purposes == purposes
    assert rule.window is (purposes == FLIGHT)
    assert rule.second_person is (purposes == INQUIRY)
    assert rule.own is (purposes == ("own_record",))


def test_name_and_contact_are_clear_to_all_but_auditor_and_administrator():
    """Whoever works with passengers sees name and contact; the two who do not, do not."""
    for field in OPEN_FIELDS:
        seen = {role: MATRIX.rule(role, field).tier for role in ROLES}
        assert {role for role, tier in seen.items() if tier == "hidden"} == {"auditor", "administrator"}
        assert set(seen.values()) == {"clear", "hidden"}


def test_what_is_not_named_is_hidden():
    """A role or field that nobody has heard of gets the hidden rule, without purposes."""
    assert MATRIX.rule("stranger", "passport.number") == HIDDEN
    assert MATRIX.rule("compliance", "document.stamp") == HIDDEN
    assert HIDDEN.purposes == ()


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('  "visa.number",\n', "", "missing_field"),
        ('fields = ["iban", "bic"]', 'fields = ["iban", "bic", "birth_date"]', "field_twice"),
        ('fields = ["iban", "bic"]', 'fields = ["iban", "bic", "shoe_size"]', "unknown_field"),
        ('fields = ["name", "contact"]', 'fields = ["name"]', "missing_field"),
        ('operations = "flight"\n', "", "missing_role"),
        ('operations = "flight"', 'operations = "flight"\nstranger = "hidden"', "unknown_role"),
        ('operations = "flight"', 'operations = "*"', "unknown_cell"),
        ('operations = "flight"', 'operations = "clear"', "tier_of_field"),
        ('sales = "clear"', 'sales = "masked"', "tier_of_field"),
        ('"rights_request", "legal_hold"', '"rights_request", "curiosity"', "unknown_purpose"),
        ('"rights_request", "legal_hold"', '"rights_request", "rights_request"', "unknown_purpose"),
        ('purposes = ["own_record"]', "purposes = []", "unknown_purpose"),
        ("own = true ", "own = false ", "own_record_is_own"),
        ("version = 2", "version = 3", "unknown_version"),
        ("[reveals.flight]", "[reveals.masked]", "reserved_name"),
        ('finance = "repayment"', 'finance = "hidden"', "unused_reveal"),
        ("window = true ", "windows = true ", "unreadable"),
        ("second_person = true", 'second_person = "no"', "unreadable"),
        ("[groups.cards]", "[groups.cards", "unreadable"),
        ('places = ["eu", "cn", "us", "me"]', "places = []", "unknown_place"),
        ('places = ["eu", "cn", "us", "me"]', 'places = ["eu", "eu"]', "unknown_place"),
        ('places = ["eu", "cn", "us", "me"]', 'places = ["eu", "atlantis"]', "unknown_place"),
        ('places = ["eu", "cn", "us", "me"]\n', "", "unreadable"),
        ("version = 2", "version = 2\n[extras]", "unknown_table"),
        ('finance = "hidden"', 'finance = "settlement"', "purpose_of_other_field"),
        ('booker = "masked"', 'booker = "flight"', "client_opens"),
        ('administrator = "hidden"', 'administrator = "clear"', "role_without_passengers"),
        ('traveller = "own_record"', 'traveller = "hidden"', "traveller_sees_own"),
        ('sales = "hidden"', 'sales = "own_record"', "own_of_others"),
        ("window = true ", "window = false ", "document_unheld"),
        ("second_person = true", "second_person = false", "inquiry_alone"),
        (
            'purposes = ["identity_check", "rights_request", "legal_hold"]',
            'purposes = ["border_filing"]',
            "purpose_of_other_field",
        ),
    ],
)
def test_a_matrix_with_a_gap_or_a_slip_is_refused(old, new, reason):
    """Leaving out, repeating, misspelling or loosening anything is refused by name."""
    assert old in TEXT
    with pytest.raises(MatrixRefused) as caught:
        load_matrix(TEXT.replace(old, new, 1))
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ('sales = "clear"', 'sales = "masked"', "profile.sales"),
        ('finance = "hidden"', 'finance = "settlement"', "documents.finance"),
        ('operations = "flight"', 'operations = "*"', "documents.operations"),
        ('fields = ["iban", "bic"]', 'fields = ["iban", "bic", "shoe_size"]', "shoe_size"),
        ("second_person = true", 'second_person = "no"', "reveals.inquiry"),
        ("window = true ", "windows = true ", "reveals.flight"),
        ("[groups.cards]", "[groups.cards", ""),
    ],
)
def test_a_fault_is_named_by_cell_and_line(old, new, where):
    """Whoever has to mend the file is told the cell and the line that was touched."""
    with pytest.raises(MatrixRefused) as caught:
        load_matrix(TEXT.replace(old, new, 1))
    line = TEXT[: TEXT.index(old)].count("\n") + 1
    assert (caught.value.where, caught.value.line) == (where, line)


def test_every_line_of_the_matrix_counts():
    """Taking any one line out of the file that says something is refused: none of them can be lost unseen."""
    lines = TEXT.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.strip() and not line.lstrip().startswith("#"):
            with pytest.raises(MatrixRefused):
                load_matrix("".join(lines[:number] + lines[number + 1 :]))


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_no_other_cell_gets_in_unseen(data):
    """Whatever one cell is changed to, the matrix either says exactly that or is refused: nothing is half read."""
    group = data.draw(st.sampled_from([group.code for group in MATRIX.groups]))
    role = data.draw(st.sampled_from(ROLES))
    cell = data.draw(
        st.sampled_from(["hidden", "masked", "clear", "own_record", "flight", "settlement", "inquiry"])
    )
    document = tomllib.loads(TEXT)
    document["groups"][group]["cells"][role] = cell
    try:
        read = load_matrix(toml_of(document))
    except MatrixRefused:
        return
    for one in MATRIX.groups:
        for whom in ROLES:
            if (one.code, whom) != (group, role):
                assert read.group(one.code).rules[whom] == one.rules[whom]
    got = read.group(group).rules[role]
    assert not faults(read)
    assert got.tier == (cell if cell in {"hidden", "masked", "clear"} else "masked")


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60), st.integers(min_value=0, max_value=len(TEXT)))
def test_noise_in_the_file_never_loosens_it(noise, place):
    """Whatever is typed into the file by accident, it says no more than it said, or it is refused."""
    try:
        read = load_matrix(TEXT[:place] + noise + TEXT[place:])
    except MatrixRefused:
        return
    assert not faults(read)
    for key, rule in MATRIX.rules.items():
        assert read.rules[key].tier == rule.tier or rule.tier != "hidden"
    assert not [
        key for key, rule in read.rules.items() if set(rule.purposes) - set(MATRIX.rules[key].purposes)
    ]


def toml_of(document):
    """Write a document of this file's shape."""
    lines = [f"version = {document['version']}"]
    for name, reveal in document["reveals"].items():
        lines += [f"[reveals.{name}]", *(f"{key} = {json.dumps(value)}" for key, value in reveal.items())]
    for name, group in document["groups"].items():
        lines += [f"[groups.{name}]", f"fields = {json.dumps(group['fields'])}", f"[groups.{name}.cells]"]
        lines += [f"{role} = {json.dumps(cell)}" for role, cell in group["cells"].items()]
    return "\n".join(lines)


def test_the_page_shows_every_cell_once():
    """The page has a cell per role in every row, and its rows hold every field once, as the rules say."""
    page = matrix_page()
    assert page.roles == ROLES
    assert sorted(field for row in page.rows for field in row.fields) == sorted((*OPEN_FIELDS, *FIELDS))
    for row in page.rows:
        assert tuple(cell.role for cell in row.cells) == ROLES
        for cell in row.cells:
            for field in row.fields:
                rule = MATRIX.rule(cell.role, field)
                assert (cell.tier, cell.purposes) == (rule.tier, rule.purposes)


def test_the_page_names_the_conditions_of_a_reveal():
    """A cell that may be opened names its conditions, step-up and reference always; any other names none."""
    cells = {(row.group, cell.role): cell for row in matrix_page().rows for cell in row.cells}
    assert cells["documents", "operations"].conditions == ("reference", "window", "step_up")
    assert cells["documents", "traveller"].conditions == ("own", "reference", "step_up")
    assert cells["cards", "compliance"].conditions == ("reference", "second_person", "step_up")
    assert cells["cards", "finance"].conditions == ("reference", "step_up")
    assert cells["documents", "booker"].conditions == cells["profile", "sales"].conditions == ()
