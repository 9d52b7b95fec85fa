"""The passengers of the demo: the same people at every load, their documents counted from today."""

import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from portal.demo import papers
from portal.demo.canaries import CANARIES
from portal.demo.dice import dice
from portal.demo.names import Name, draw_name
from portal.demo.papers import BANK_OF, Account, Card, Paper
from portal.demo.people import DemoOrganisation, organisations_of
from portal.passengers.mrz import transliterate
from portal.passengers.sorting import sort_key
from portal.web.ids import new_id

# Ranges that regulators keep for films and books where they have one; elsewhere rows of noughts.
PHONES: Mapping[str, str] = {
    "GBR": "+447700900###",
    "FRA": "+33639980###",
    "DEU": "+4917139200##",
    "SWE": "+46701740###",
    "USA": "+12025550###",
    "CHN": "+861990000####",
    "ARE": "+97150000####",
    "SAU": "+96650000####",
    "QAT": "+97433000###",
    "BGR": "+359880000###",
    "ITA": "+39320000####",
    "ESP": "+34600000###",
    "CHE": "+4179000####",
    "AUS": "+61491570###",
}
FURTHER = {"visa": 0.4, "national_id": 0.3, "residence_permit": 0.12, "known_traveller": 0.15}
CARDS, SECOND_CARD, BANK = 0.66, 0.12, 0.6
YOUNGEST_PAYER = 2005


@dataclass(frozen=True, slots=True)
class Person:
    """A passenger: profile in the clear, the rest to be sealed. `account` is the sign-in name, if there is one."""

    org: str
    name: Name
    email: str = field(repr=False)
    phone: str = field(repr=False)
    born: date = field(repr=False)
    papers: tuple[Paper, ...]
    cards: tuple[Card, ...]
    banks: tuple[Account, ...]
    sort_key: bytes = field(repr=False)
    account: str = ""
    canary: bool = False
    id: UUID = field(default_factory=new_id)


def invent_passengers(region: str, today: date) -> list[Person]:
    """Invent everybody of a region, organisation by organisation, those with a part to play first."""
    known = tomllib.loads(Path(__file__).with_name("known.toml").read_text("utf-8"))["person"]
    return [person for org in organisations_of(region) for person in _people_of(org, known, today)]


def _people_of(org: DemoOrganisation, known: Iterable[Any], today: date) -> Iterator[Person]:
    chance = dice(f"people/{org.key}")
    parts = [entry for entry in known if entry["org"] == org.key]
    used: set[str] = set()
    for entry in parts:
        yield _known(chance, org, entry, today, used)
    for _ in range(org.passengers - len(parts)):
        yield _drawn(chance, org, today, used)


def _drawn(chance: Random, org: DemoOrganisation, today: date, used: set[str]) -> Person:
    name = draw_name(chance, org.key)
    while f"{name.given} {name.family}" in used:
        name = draw_name(chance, org.key)
    used.add(f"{name.given} {name.family}")
    year = chance.choice((*range(1946, 2001), *range(1965, 1998), *range(2008, 2022)))
    born = date(year, 1, 1) + timedelta(days=chance.randrange(365))
    kinds = [kind for kind, share in FURTHER.items() if chance.random() < share]
    bank = BANK_OF.get(name.state, "LU") if chance.random() < BANK else None
    count = (chance.random() < CARDS) + (chance.random() < SECOND_CARD)
    if year > YOUNGEST_PAYER:
        bank, count = None, 0
    return _person(chance, org, name, born, today, kinds=kinds, bank=bank, cards=count, used=used)


def _known(chance: Random, org: DemoOrganisation, entry: Any, today: date, used: set[str]) -> Person:
    order = entry.get("order", "given_first")
    name = Name(
        entry["given"], entry["family"], entry.get("native", ""), order, "known", entry["state"], entry["sex"]
    )
    number = entry.get("canary")
    made = _person(
        chance,
        org,
        name,
        entry["born"],
        today,
        kinds=entry.get("papers", []),
        bank=entry.get("bank"),
        cards=1,
        used=used,
        number=CANARIES[number].passport if number else None,
        account=entry.get("account", ""),
    )
    return _with_canary(made, number, today) if number else made


def _with_canary(person: Person, number: int, today: date) -> Person:
    canary = CANARIES[number]
    expires = today + timedelta(days=900)
    paper = Paper("national_id", person.name.state, expires, canary.national_id)
    expiry = f"{today.month:02d}/{(today.year + 3) % 100:02d}"
    return Person(
        person.org,
        person.name,
        person.email,
        person.phone,
        person.born,
        (*person.papers, paper),
        (Card(canary.card, expiry, canary.holder),),
        (Account(canary.iban),),
        person.sort_key,
        canary=True,
    )


def _person(
    chance: Random,
    org: DemoOrganisation,
    name: Name,
    born: date,
    today: date,
    *,
    kinds: Iterable[str],
    bank: str | None,
    cards: int,
    used: set[str],
    number: str | None = None,
    account: str = "",
) -> Person:
    holder = transliterate(f"{name.given} {name.family}").replace("<", " ")
    first = papers.passport(chance, name.state, born, today, number)
    others = (papers.further(chance, kind, name.state, born, today) for kind in kinds)
    return Person(
        org=org.key,
        name=name,
        email=account or _email(name, org.domain, used),
        phone=_phone(chance, name.state),
        born=born,
        papers=(first, *(paper for paper in others if paper)),
        cards=tuple(papers.card(chance, holder, today, state=name.state) for _ in range(cards)),
        banks=(papers.account(chance, bank),) if bank else (),
        sort_key=sort_key(name.family, name.given, name.native),
        account=account,
    )


def _email(name: Name, domain: str, used: set[str]) -> str:
    spelt = transliterate(f"{name.given.split(' ')[0]} {name.family}").lower().replace("<", ".")
    plain = unicodedata.normalize("NFKD", spelt).encode("ascii", "ignore").decode()[:60].strip(".")
    found = next(e for n in range(1, 100) if (e := f"{plain}{n if n > 1 else ''}@{domain}") not in used)
    used.add(found)
    return found


def _phone(chance: Random, state: str) -> str:
    shape = PHONES.get(state, PHONES["GBR"])
    return "".join(chance.choice("0123456789") if sign == "#" else sign for sign in shape)
