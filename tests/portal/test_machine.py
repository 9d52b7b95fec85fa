"""Addresses for machines: health, readiness, metrics, static files, the API's description."""

import re

import httpx

from portal.web.edge import Edge
from tests.portal.house import ORIGIN, House


async def test_readiness_names_what_is_missing(house: House) -> None:
    """A ready cell says so; with the keeper gone it says 503 and names it, and is still alive."""
    client = house.client()
    assert (await client.get("/readyz")).json() == {"status": "ready", "missing": []}
    house.stage.stop.set()
    await house.app.state.keeper.close()
    for _ in range(100):
        answer = await client.get("/readyz")
        if answer.status_code == 503:
            break
    assert answer.json() == {"status": "waiting", "missing": ["keeper"]}
    assert (await client.get("/healthz")).json() == {"status": "alive"}
    refused = await client.post("/api/v1/sessions", json={"email": "a@b.test", "password": "x"})
    assert (refused.status_code, refused.json()["code"]) == (503, "security:keeper_unavailable")


async def test_metrics_are_for_this_machine_or_the_token(house: House) -> None:
    """Figures go to the machine itself or to the token's holder, and a label never holds an id or a name."""
    operations = await house.api("operations")
    await operations.get(f"/api/v1/passengers/{house.mei}?q=secretname")
    transport = httpx.ASGITransport(app=house.edge, client=("203.0.113.9", 1))
    abroad = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
    assert (await abroad.get("/metrics")).status_code == 404
    told = await abroad.get("/metrics", headers={"authorization": "Bearer a metrics token"})
    assert 'route="/api/v1/passengers/{wanted}"' in told.text
    assert house.mei not in told.text
    assert "secretname" not in told.text
    assert "wx_keeper_up 1.0" in told.text
    assert re.search(r"wx_ledger_size [1-9]", told.text)


async def test_description_is_openapi_3_1_and_needs_no_internet(house: House) -> None:
    """The API describes itself as OpenAPI 3.1, and its page loads nothing from anywhere else."""
    client = house.client()
    document = (await client.get("/api/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert "/api/v1/passengers/{wanted}/reveals" in document["paths"]
    page = await client.get("/api/docs")
    assert page.status_code == 200
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert not [address for address in loaded if address.startswith(("http", "//"))]
    assert "/api/v1/ledger/exports" in page.text


async def test_static_files_stay_in_their_folder(house: House) -> None:
    """Static addresses are hashed and cached for ever; nothing outside the folder can be had."""
    client = house.client()
    page = await client.get("/en/sign-in")
    sheet = re.search(r'href="(/static/[^"]+portal\.css)"', page.text)
    assert sheet
    answer = await client.get(sheet[1])
    assert answer.headers["cache-control"].endswith("immutable")
    for path in (
        "/static/x/../../pyproject.toml",
        "/static/x/%2e%2e/%2e%2e/settings.py",
        "/static/built/../npm.py",
    ):
        assert (await client.get(path)).status_code in {302, 404}


async def test_unknown_addresses(house: House) -> None:
    """An unknown page is a page in the reader's language, an unknown API address a problem; a wrong method is said."""
    client = house.client()
    page = await client.get("/ar/nothing-here")
    assert (page.status_code, 'dir="rtl"' in page.text) == (404, True)
    problem = await client.get("/api/v1/nothing")
    assert (problem.status_code, problem.headers["content-type"]) == (404, "application/problem+json")
    method = await client.put("/api/v1/me")
    assert (method.status_code, method.json()["code"]) == (405, "web:method_not_allowed")


async def test_language_is_in_the_path(house: House) -> None:
    """A page without a language leads to the one the browser prefers; each page names its other languages."""
    client = house.client()
    answer = await client.get("/sign-in", headers={"accept-language": "ar-EG,ar;q=0.9,en;q=0.5"})
    assert answer.headers["location"] == "/ar/sign-in"
    page = await client.get("/zh-Hans/sign-in")
    assert '<html lang="zh-Hans" dir="ltr"' in page.text
    assert 'hreflang="ar" href="/ar/sign-in"' in page.text


async def test_every_answer_has_the_headers(house: House) -> None:
    """Pages, API answers and errors carry the policy, no sniffing, a request id, and are not stored."""
    client = await house.api("booker")
    for path in ("/en/passengers", "/api/v1/passengers", "/api/v1/nothing", "/en/nothing"):
        headers = (await client.get(path)).headers
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "no-store" in headers["cache-control"]
        assert headers["x-request-id"]
    assert isinstance(house.edge, Edge)
