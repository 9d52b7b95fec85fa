"""Where an address belongs: by its domain alone, the same way every time, readable by nobody without the key."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.directory.rules import domain_digest, domain_of, placed_region

LABELS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=20)
DOMAINS = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
REGIONS = st.lists(st.sampled_from(["eu", "cn", "us", "me"]), min_size=1, unique=True)


@given(DOMAINS, st.text("abc.+-", min_size=1, max_size=10))
def test_only_the_domain_decides(domain: str, local: str) -> None:
    """Whoever stands before the last @, in whatever case the domain is written, the domain is the same."""
    plain = domain_of(f"{local}@{domain}")
    assert plain == domain
    assert domain_of(f"  another@{domain.upper()}. ") == plain


@pytest.mark.parametrize(
    "text", ["", "nobody", "@", "a@", "@b.example", "a@b c", "a@..", "a@b..c", "a@" + "x" * 300, "a@\x00"]
)
def test_what_is_no_address_has_no_domain(text: str) -> None:
    """Half an address, or none, is refused and not placed."""
    assert domain_of(text) is None


@given(st.text(max_size=300))
def test_any_text_is_a_domain_or_none(text: str) -> None:
    """No text whatever makes it fail."""
    found = domain_of(text)
    assert found is None or (found.isascii() and found)


def test_a_name_in_another_script_is_its_ascii_form() -> None:
    """A domain in Chinese or with an umlaut is the same as its ASCII form."""
    assert domain_of("a@bücher.example") == domain_of("b@xn--bcher-kva.example") == "xn--bcher-kva.example"


@given(DOMAINS, REGIONS)
def test_an_unknown_domain_always_gets_the_same_region(domain: str, regions: list[str]) -> None:
    """The draw falls among the regions listed, the same way every time."""
    digest = domain_digest("key", domain)
    assert placed_region(digest, regions) == placed_region(digest, regions)
    assert placed_region(digest, regions) in regions


def test_every_region_is_about_as_likely() -> None:
    """Of many domains each region gets its share: the answer says nothing about a domain."""
    regions = ["eu", "cn", "us", "me"]
    drawn = Counter(placed_region(domain_digest("key", f"d{n}.example"), regions) for n in range(4000))
    assert all(800 < drawn[region] < 1200 for region in regions)


@given(DOMAINS)
def test_without_the_key_nobody_can_try_names(domain: str) -> None:
    """Another key gives another hash, so that a copied table can be searched by nobody who lacks it."""
    assert domain_digest("one", domain) != domain_digest("other", domain)
    assert len(domain_digest("one", domain)) == 32
