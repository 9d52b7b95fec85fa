"""Signing in, stepping up, ending sessions; and what an unsafe request must bring."""

from tests.portal.house import ORIGIN, House
from tests.security.keeper.stage import PASSWORD


async def test_sign_in_and_out_on_pages(house: House) -> None:
    """A person signs in, sees the own sessions, ends them all, and is out."""
    visitor = await house.browser("booker")
    await visitor.open("/sessions")
    assert "This session" in visitor.words()
    await visitor.submit("/sessions/end-all")
    assert "Sign in" in visitor.words()
    await visitor.open("/passengers")
    assert visitor.answer.url.path == "/en/sign-in"


async def test_ended_session_is_dead_at_once(house: House) -> None:
    """A token that was signed out answers 401 from then on."""
    client = await house.api("booker")
    assert (await client.get("/api/v1/me")).status_code == 200
    assert (await client.delete("/api/v1/sessions/current")).status_code == 204
    gone = await client.get("/api/v1/me")
    assert (gone.status_code, gone.json()["code"]) == (401, "web:not_signed_in")


async def test_wrong_password_and_unknown_name_are_alike(house: House) -> None:
    """A wrong password and an unknown name get the same refusal, and neither is echoed into it."""
    client = house.client()
    answers = [
        await client.post("/api/v1/sessions", json={"email": name, "password": "wrong wrong"})
        for name in ("booker@example.test", "nobody@example.test")
    ]
    bodies = [{k: v for k, v in answer.json().items() if k != "request"} for answer in answers]
    assert bodies[0] == bodies[1]
    assert bodies[0]["code"] == "security:wrong_credentials"
    assert "nobody" not in answers[1].text


async def test_throttled_after_failures(house: House) -> None:
    """After five wrong passwords the name must wait, even with the right one, and the answer says how long."""
    client = house.client()
    for _ in range(5):
        await client.post("/api/v1/sessions", json={"email": "booker@example.test", "password": "wrong"})
    answer = await client.post(
        "/api/v1/sessions", json={"email": "booker@example.test", "password": PASSWORD}
    )
    assert (answer.status_code, answer.json()["code"]) == (429, "security:too_many_attempts")
    assert int(answer.headers["retry-after"]) > 0
    visitor_answer = await house.client().get("/zh-Hans/sign-in")
    assert visitor_answer.status_code == 200


async def test_foreign_origin_is_refused(house: House) -> None:
    """A form posted from another origin, or from none, changes nothing and says why."""
    visitor = await house.browser("booker")
    await visitor.open("/passengers/new")
    await visitor.submit("/passengers", expect=403, origin="http://evil.test", family="Foreign")
    assert "did not come from this portal" in visitor.words()
    bare = await visitor.client.post("/en/passengers", data={"family": "Foreign"})
    assert bare.status_code == 403
    await visitor.submit("/passengers/search", q="Foreign")
    assert "Nobody by that name" in visitor.words()


async def test_wrong_page_token_is_refused(house: House) -> None:
    """A form without the token of this session's pages is refused; an API call with a cookie needs it in a header."""
    visitor = await house.browser("booker")
    for token in ("", "0" * 64):
        answer = await visitor.client.post(
            "/en/passengers", data={"family": "Foreign", "csrf": token}, headers={"origin": ORIGIN}
        )
        assert answer.status_code == 403
    api = await visitor.client.post(
        "/api/v1/me/step-ups", json={"password": PASSWORD}, headers={"origin": ORIGIN}
    )
    assert (api.status_code, api.json()["code"]) == (403, "web:stale_token")


async def test_other_regions_cookie_is_not_read(house: House) -> None:
    """A cookie of another region's cell is dropped unread, even with a token that would be good here."""
    token = await house.stage.sign_in("booker")
    client = house.client(cookies={"wx_cn": token})
    assert (await client.get("/api/v1/me")).status_code == 401
    own = house.client(cookies={"wx_eu": token})
    assert (await own.get("/api/v1/me")).status_code == 200


async def test_preferences_change_language_zone_and_theme(house: House) -> None:
    """What a person chooses holds on every later page and in the API."""
    visitor = await house.browser("booker")
    await visitor.open("/preferences")
    await visitor.submit("/preferences", locale="ar", time_zone="Asia/Dubai", theme="dark")
    assert 'dir="rtl"' in visitor.answer.text
    assert 'data-theme="dark"' in visitor.answer.text
    me = (await (await house.api("booker")).get("/api/v1/me")).json()
    assert (me["locale"], me["time_zone"]) == ("ar", "Asia/Dubai")
    visitor.tag = "ar"
    await visitor.open("/preferences")
    await visitor.submit("/preferences", expect=422, locale="xx", time_zone="Mars/Base", theme="pink")


async def test_next_leads_only_inside(house: House) -> None:
    """After signing in one goes on to a page of this portal, never to an address somebody put into the link."""
    for target in ("//evil.test", "https://evil.test", "/\\evil.test"):
        client = house.client()
        page = await client.get(f"/en/sign-in?next={target}")
        token = page.text.split('name="csrf" value="')[1].split('"')[0]
        fields = {"csrf": token, "next": target, "email": "booker@example.test", "password": PASSWORD}
        answer = await client.post("/en/sign-in", data=fields, headers={"origin": ORIGIN})
        assert answer.headers["location"] == "/en/"


async def test_me_says_who(house: House) -> None:
    """`me` has exactly the fields of the contract; staff have no organisation."""
    me = (await (await house.api("operations")).get("/api/v1/me")).json()
    assert set(me) == {"id", "role", "region", "org", "locale", "time_zone"}
    assert (me["role"], me["region"], me["org"]) == ("operations", "eu", None)
