"""What the front door hands on: the cell's form with the address in it, from anywhere, changing nothing."""

import pytest

from tests.portal.house import House
from tests.security.keeper.stage import PASSWORD

COUNTS = "select (select count(*) from gate.session), (select count(*) from ledger_pending), count(*) from ledger_leaf"


@pytest.mark.parametrize("origin", ["http://front.waxwing.test", "null", None])
@pytest.mark.parametrize("tag", ["en", "zh-Hans", "ar"])
async def test_the_form_is_filled_in(house: House, tag: str, origin: str | None) -> None:
    """A form from the front door, or with no origin to tell, shows the sign-in form with the address in it."""
    headers = {"origin": origin} if origin else {}
    answer = await house.client().post(
        f"/{tag}/sign-in/start", data={"email": "somebody@example.test"}, headers=headers
    )
    assert answer.status_code == 200
    assert 'value="somebody@example.test"' in answer.text
    assert f'lang="{tag}"' in answer.text
    assert f'action="/{tag}/sign-in"' in answer.text


async def test_it_changes_nothing(house: House) -> None:
    """No session, no entry, no statement to the ledger comes of it, known address or not; none signs in."""
    before = await house.stage.owner.fetchrow(COUNTS)
    client = house.client()
    for email in ("booker@example.test", "nobody@example.test"):
        answer = await client.post("/en/sign-in/start", data={"email": email, "password": "anything"})
        assert set(answer.cookies) == {"wx_visitor_eu"}
    assert await house.stage.owner.fetchrow(COUNTS) == before


@pytest.mark.parametrize("email", ['"><script>alert(1)</script>', "a\u0000b", "x" * 600, ""])
async def test_what_is_no_address_leaves_the_form_whole(house: House, email: str) -> None:
    """Anything may be handed on: it is shown as text or left out, and the form stands."""
    answer = await house.client().post("/en/sign-in/start", data={"email": email})
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert 'name="password"' in answer.text


async def test_one_goes_on_from_it(house: House) -> None:
    """The form that it shows signs in, with its own token."""
    client = house.client()
    started = await client.post("/en/sign-in/start", data={"email": "booker@example.test"})
    token = started.text.split('name="csrf" value="')[1].split('"')[0]
    fields = {"csrf": token, "email": "booker@example.test", "password": PASSWORD}
    wrong = await client.post("/en/sign-in", data=fields, headers={"origin": "http://front.waxwing.test"})
    assert wrong.status_code == 403
    answer = await client.post("/en/sign-in", data=fields, headers={"origin": "http://eu.waxwing.test"})
    assert answer.status_code == 303
    assert "wx_eu" in answer.cookies


async def test_another_language_begins_anew(house: House) -> None:
    """The language menu of the handed-on form leads to the form, without an address in the link."""
    answer = await house.client().get("/ar/sign-in/start")
    assert (answer.status_code, answer.headers["location"]) == (303, "/ar/sign-in")
