"""Every page opens for those who may, in every language."""

import pytest

from tests.portal.house import House

PAGES = {
    "traveller": (
        "/",
        "/passengers",
        "/trips",
        "/trail",
        "/matrix",
        "/sessions",
        "/preferences",
        "/step-up",
        "/help",
        "/status",
    ),
    "booker": ("/", "/passengers", "/passengers/new", "/trips", "/matrix"),
    "operations": ("/", "/passengers", "/trips", "/trips?when=past"),
    "auditor": (
        "/",
        "/ledger",
        "/ledger?kind=passengers:list:viewed",
        "/ledger/entries/0",
        "/ledger/exports",
        "/matrix",
    ),
    "administrator": ("/", "/matrix", "/third-party", "/status"),
}


@pytest.mark.parametrize("tag", ["en", "zh-Hans", "ar"])
@pytest.mark.parametrize("role", list(PAGES))
async def test_pages_open(house: House, role: str, tag: str) -> None:
    """Each role's pages open in each language, well-formed and in its direction."""
    visitor = await house.browser(role, tag)
    for path in PAGES[role]:
        await visitor.open(path)
    if role in {"booker", "operations", "traveller"}:
        await visitor.open(f"/passengers/{house.mei}")
        await visitor.open(f"/trips/{house.trip}")
