"""The demo's people: enough of them, in four scripts, with documents that are invented and hold."""

import unicodedata
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from schwifty import IBAN

from portal.demo.canaries import BIRTH_DATES, canaries_of, sealed_of
from portal.demo.numbers import CHINESE, SPANISH
from portal.demo.passengers import invent_passengers
from portal.demo.people import EDITORS
from portal.demo.sealing import values_of
from portal.passengers import rules
from portal.passengers.mrz import encode_td3, parse_mrz, transliterate
from security.actor import ROLES
from security.sign_in.accounts import sign_in_name
from security.vault.cards import check_pan, luhn_ok
from tests.people import ACCOUNTS, ORGANISATIONS

TODAY = date(2026, 3, 28)
PEOPLE = invent_passengers("eu", TODAY)
SEALED = sealed_of("eu")
PAPERS = [(person, paper) for person in PEOPLE for paper in person.papers]


def of_kind(kind, state=None):
    return [
        (person, paper)
        for person, paper in PAPERS
        if paper.kind == kind and state in {None, paper.issuing_state}
    ]


def test_every_role_can_be_tried():
    """Each role has an account, each organisation an editor, each interface language a few people."""
    assert {account.role for account in ACCOUNTS} == set(ROLES)
    assert {account.org for account in ACCOUNTS if account.role in EDITORS} == {o.key for o in ORGANISATIONS}
    assert {a.locale for a in ACCOUNTS if a.role == "traveller"} == {"en", "zh-Hans", "ar"}
    assert (
        len({sign_in_name(a.email) for a in ACCOUNTS}) == len({a.password for a in ACCOUNTS}) == len(ACCOUNTS)
    )
    assert all(ZoneInfo(account.time_zone) for account in ACCOUNTS)


def test_every_travelling_account_is_a_passenger():
    """A traveller's account is a passenger of the same organisation."""
    expected = {(a.email, a.org) for a in ACCOUNTS if a.role == "traveller"}
    assert {(p.account, p.org) for p in PEOPLE if p.account} == expected


def test_there_are_enough_in_four_scripts():
    """At least 300 passengers, with native names in Chinese, Arabic and Cyrillic, the rest in Latin script."""
    scripts = [unicodedata.name(person.name.native[:1] or "A").split()[0] for person in PEOPLE]
    assert len(PEOPLE) >= 300
    assert all(scripts.count(script) >= 30 for script in ("CJK", "ARABIC", "CYRILLIC", "LATIN"))


def test_names_that_break_forms_are_among_them():
    """Single, hyphenated, very long and one-letter names are there."""
    names = [person.name for person in PEOPLE]
    assert any(not name.given for name in names)
    assert any("-" in name.family for name in names)
    assert any(len(name.given + name.family) > 60 for name in names)
    assert any(len(name.family) == 1 for name in names)


def test_profiles_pass_the_forms_own_rules():
    """Names, e-mail addresses, phones and states are such as the forms accept; no address can be somebody's."""
    for person in PEOPLE:
        assert rules.international_phone(person.phone) == person.phone
        assert rules.email_problem(person.email) is None
        assert person.email.endswith(".example")
        assert rules.state_problem(person.name.state) is None
        assert rules.birth_problem(person.born, TODAY) is None
        for part in (person.name.given, person.name.family, person.name.native):
            assert rules.name_problem(part) is None
    assert len({person.email for person in PEOPLE}) == len(PEOPLE)


def test_passports_go_into_machine_readable_lines_and_back():
    """Every passport's two lines can be written, and read again with every check digit right."""
    for person, paper in of_kind("passport"):
        name = person.name
        lines = encode_td3(
            issuing_state="D" if paper.issuing_state == "DEU" else paper.issuing_state,
            family=name.family,
            given=name.given,
            number=paper.number,
            nationality="D" if name.state == "DEU" else name.state,
            birth_date=person.born,
            sex=name.sex,
            expires_on=paper.expires_on,
        )
        found = parse_mrz(lines, today=TODAY)
        assert (found.number, found.birth_date, found.expires_on) == (
            paper.number,
            person.born,
            paper.expires_on,
        )
        whole = transliterate(name.family).replace("<", " ")
        assert whole.startswith(found.family)
    assert len({paper.number for _, paper in of_kind("passport")}) == len(PEOPLE)


def test_document_numbers_are_such_as_the_forms_seal():
    """Every number is already in the spelling that the forms seal."""
    assert all(rules.document_number(paper.number) == paper.number for _, paper in PAPERS)


def test_identity_numbers_hold_their_states_check_digits():
    """Spanish, Chinese, Emirati and Saudi identity numbers end in what their rules reckon."""
    for _, paper in of_kind("national_id", "ESP"):
        assert SPANISH[int(paper.number[:8]) % 23] == paper.number[8]
    for person, paper in of_kind("national_id", "CHN"):
        if not person.canary:
            total = sum(int(d) * pow(2, 17 - place, 11) for place, d in enumerate(paper.number[:17]))
            assert CHINESE[total % 11] == paper.number[17]
            assert paper.number[6:14] == f"{person.born:%Y%m%d}"
    for state in ("ARE", "SAU"):
        assert all(luhn_ok(p.number) for person, p in of_kind("national_id", state) if not person.canary)
    assert len(of_kind("national_id")) > 20


@pytest.mark.parametrize("kind", ["visa", "national_id", "residence_permit", "known_traveller"])
def test_other_documents_are_there(kind):
    """Each kind of document is somebody's."""
    assert len(of_kind(kind)) >= 20


def test_some_passports_are_about_to_expire_or_have():
    """Some hold for less than six months, a few no more; those who sign in can travel."""
    left = [(person, paper.expires_on - TODAY) for person, paper in of_kind("passport")]
    assert len([1 for _, days in left if timedelta(0) < days < timedelta(days=183)]) >= 10
    assert len([1 for _, days in left if days < timedelta(0)]) >= 4
    assert all(days > timedelta(days=183) for person, days in left if person.account)


def test_cards_and_accounts_hold():
    """Card numbers pass their check digit in a known brand, expiries lie ahead, IBANs are their country's."""
    cards = [card for person in PEOPLE for card in person.cards]
    assert {check_pan(card.number).brand for card in cards} >= {"visa", "mastercard", "amex", "unionpay"}
    assert all(rules.card_expiry(card.expiry, TODAY) == card.expiry for card in cards)
    ibans = [bank.iban for person in PEOPLE for bank in person.banks]
    assert all(IBAN(iban).compact == iban for iban in ibans)
    assert 0.4 < len(ibans) / len(PEOPLE) < 0.65
    assert len({card.number for card in cards}) == len(cards)


def test_children_pay_nothing():
    """Nobody under age has a card or an account."""
    assert not [1 for p in PEOPLE if p.born.year > 2008 and (p.cards or p.banks)]


@pytest.mark.parametrize("later", [1, 400, 1500])
def test_the_same_people_come_at_every_load(later):
    """On another day the same people have the same numbers; only dates are counted anew."""
    again = invent_passengers("eu", TODAY + timedelta(days=later))

    def lasting(people):
        return [
            (
                p.name,
                p.email,
                p.phone,
                p.born,
                [d.number for d in p.papers],
                [c.number for c in p.cards],
                p.banks,
            )
            for p in people
        ]

    def without_ids(rows):
        return [(*row[:-1], [bank.iban for bank in row[-1]]) for row in rows]

    assert without_ids(lasting(again)) == without_ids(lasting(PEOPLE))


def test_canaries_are_where_tests_will_look():
    """Every canary value is to be sealed for one of four people, and stands in nobody's profile."""
    sealed = {value for person in PEOPLE for _, _, value in values_of(person)}
    assert set(SEALED) <= sealed
    assert len([person for person in PEOPLE if person.canary]) == len(canaries_of("eu")) == 4
    profile = repr([(p.name.given, p.name.family, p.name.native, p.email, p.phone) for p in PEOPLE])
    assert not any(value in profile for value in SEALED)
    assert [p.born.isoformat() for p in PEOPLE].count(BIRTH_DATES["eu"]) == 4


def test_nothing_of_a_person_prints():
    """The repr of a passenger shows no name, number or date."""
    shown = repr(PEOPLE[0])
    person = PEOPLE[0]
    assert person.name.family not in shown
    assert not any(value in shown for _, _, value in values_of(person))
