"""What tests of quotes say: an enquiry, an answer, an acceptance, over the API."""

from typing import Any

import httpx

from tests.portal.house import House
from tests.security.keeper.stage import PASSWORD

LEGS = [{"from": "GVA", "to": "TEB", "date": "2026-05-04", "time": "10:00"}]
BASE = "/api/v1/quotes"


def option(**changes: Any) -> dict[str, Any]:
    """Give an option for LEGS."""
    usual = {
        "aircraft": "Global 7500",
        "currency": "EUR",
        "reason": "Non-stop, with a bed for each",
        "valid_until": "2026-03-03T12:00:00Z",
        "legs": [{"departs_local": "2026-05-04T10:00"}],
        "prices": [{"kind": "charter", "amount": 9_850_000}, {"kind": "tax", "amount": 125_050}],
    }
    return usual | changes


async def asked(house: House, **changes: Any) -> dict[str, Any]:
    """Ask for a quote as the booker."""
    client = await house.api("booker")
    body = {"legs": LEGS, "seats": 3, "passengers": [house.mei], "needs": ["pets"], "wish": "A small dog"}
    made = await client.post(BASE, json=body | changes)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def answered(house: House, *options: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Ask for a quote and have sales answer it."""
    quote = await asked(house, **changes)
    sales = await house.api("sales")
    body = {"options": list(options) or [option()]}
    made = await sales.post(f"{BASE}/{quote['id']}/options", json=body)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def stepped_up(house: House, role: str = "booker") -> httpx.AsyncClient:
    """Give a client who has just confirmed with the password."""
    client = await house.api(role)
    done = await client.post("/api/v1/me/step-ups", json={"password": PASSWORD})
    assert done.status_code == 201, done.text
    return client


def agreement(quote: dict[str, Any], n: int = 0, **changes: Any) -> dict[str, Any]:
    """Give the body that accepts an option of a quote."""
    usual = {"option": quote["options"][n]["id"], "name": "person of  Booker", "terms": "2026-11"}
    return usual | changes
