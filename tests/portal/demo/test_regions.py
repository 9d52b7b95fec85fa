"""The demo of each region: everybody can be tried there, and nobody of one region stands in another."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest

from portal.demo.canaries import BIRTH_DATES, CANARIES, canaries_of, sealed_of
from portal.demo.joining import joined_at
from portal.demo.passengers import invent_passengers
from portal.demo.people import EDITORS, accounts_of, organisations_of, regions
from portal.demo.sealing import values_of
from portal.demo.trips import plan_trips
from portal.passengers import rules
from portal.trips.airports import airport
from portal.web.settings import KNOWN_REGIONS
from security.actor import ROLES
from security.vault.cards import check_pan

NOW = datetime(2026, 3, 28, 15, 0, tzinfo=UTC)
PEOPLE = {region: invent_passengers(region, NOW.date()) for region in regions()}
STAFF = "waxwing.example"


def trips_of(region):
    people = PEOPLE[region]
    return plan_trips(region, people, joined_at(people, NOW - timedelta(days=60), NOW), NOW)


def test_every_known_region_has_a_demo():
    """No region is known that has no demo."""
    assert set(regions()) == set(KNOWN_REGIONS) == set(BIRTH_DATES)


@pytest.mark.parametrize("region", KNOWN_REGIONS)
def test_every_role_can_be_tried_in_every_region(region):
    """Each role has an account, each organisation an editor, and travellers are passengers of their own."""
    accounts = accounts_of(region)
    keys = {organisation.key for organisation in organisations_of(region)}
    assert {account.role for account in accounts} == set(ROLES)
    assert {account.org for account in accounts if account.role in EDITORS} == keys
    assert len({account.email for account in accounts}) == len(accounts)
    assert len({account.password for account in accounts}) == len(accounts)
    travellers = {(a.email, a.org) for a in accounts if a.role == "traveller"}
    assert {(p.account, p.org) for p in PEOPLE[region] if p.account} == travellers


@pytest.mark.parametrize("region", KNOWN_REGIONS)
def test_clients_sign_in_with_their_own_domain(region):
    """A client's address ends in the domain of the own organisation, staff's in the operator's, a firm's in neither."""
    domains = {organisation.key: organisation.domain for organisation in organisations_of(region)}
    for account in accounts_of(region):
        domain = account.email.partition("@")[2]
        if account.firm:
            assert domain not in {STAFF, *domains.values()}
        else:
            assert domain == (domains[account.org] if account.org else STAFF)


@pytest.mark.parametrize(("region", "passengers", "trips"), [("eu", 300, 60), ("cn", 80, 40), ("us", 20, 15)])
def test_there_are_enough(region, passengers, trips):
    """Each region has passengers and trips in every state, more where more is shown."""
    planned = trips_of(region)
    assert len(PEOPLE[region]) >= passengers
    assert len(planned) >= trips
    assert {trip.state for trip in planned} == {"draft", "confirmed", "flown", "cancelled"}


def test_chinese_organisations_fly_in_asia():
    """Most legs of the region cn begin at an airport whose clock is Asia's."""
    zones = [airport(leg.origin).zone for trip in trips_of("cn") for leg in trip.legs]
    assert len([zone for zone in zones if zone.startswith("Asia/")]) > len(zones) * 0.8


@pytest.mark.parametrize("region", KNOWN_REGIONS)
def test_profiles_pass_the_forms_own_rules_everywhere(region):
    """Names, addresses, phones, documents and cards are such as the forms accept."""
    for person in PEOPLE[region]:
        assert rules.international_phone(person.phone) == person.phone
        assert rules.email_problem(person.email) is None
        assert all(not rules.name_problem(part) for part in (person.name.given, person.name.native))
        assert all(rules.document_number(paper.number) == paper.number for paper in person.papers)
        assert all(check_pan(card.number) for card in person.cards)


def test_canaries_are_of_one_region():
    """Every canary is planted in one region, and none of another is sealed or shown there."""
    assert sum(len(canaries_of(region)) for region in regions()) == len(CANARIES)
    for region, people in PEOPLE.items():
        values = {value for person in people for _, _, value in values_of(person)}
        assert set(sealed_of(region)) <= values
        for other in set(regions()) - {region}:
            assert not values & set(sealed_of(other))


def test_no_client_is_at_home_twice():
    """No organisation, domain, or passenger's address is in two regions."""
    for one, other in combinations(regions(), 2):
        mine, theirs = organisations_of(one), organisations_of(other)
        assert not {o.domain for o in mine} & {o.domain for o in theirs}
        assert not {o.key for o in mine} & {o.key for o in theirs}
        assert not {p.email for p in PEOPLE[one]} & {p.email for p in PEOPLE[other]}
