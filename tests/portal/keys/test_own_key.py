"""The page and the API of an organisation's own key."""

from uuid import UUID

from tests.database import CellDb
from tests.kms_service import kms_service
from tests.portal.house import House, house
from tests.security.keeper.keys import ended
from tests.security.keeper.stage import PASSPORT, PASSWORD


async def _job(home: House, answer) -> None:
    assert answer.status_code == 202, answer.text
    assert (await ended(home.stage, UUID(answer.json()["id"].removeprefix("eu_")))).state == "done"


async def test_a_client_administrator_keeps_an_own_key(cell_db: CellDb) -> None:
    """Set on the page, shown in each language, closed at the service, removed over the API; nobody else comes near."""
    with kms_service() as service:
        async with house(cell_db, kms_endpoint=service.url) as home:
            await home.stage.on_file("passport.number", PASSPORT)
            arn = service.key()
            for tag in ("zh-Hans", "ar"):
                assert arn not in (await (await home.browser("client_admin", tag)).open("/own-key")).text
            visitor = await home.browser("client_admin")
            await visitor.open("/own-key")
            await visitor.submit("/own-key", expect=422, address="alias/mine", password=PASSWORD)
            await visitor.submit("/own-key", expect=403, address=arn, password="wrong")
            await visitor.submit("/own-key", address=arn, password=PASSWORD)
            assert arn in visitor.answer.text
            client = await home.api("client_admin")
            service.disable(arn)
            told = (await client.get("/api/v1/own-key")).json()
            assert (told["address"], told["closed"]) == (arn, "security:org_key_closed")
            assert "is closed at its key service" in (await visitor.open("/own-key")).text
            service.enable(arn)
            await client.post("/api/v1/me/step-ups", json={"password": PASSWORD})
            again = await client.put("/api/v1/own-key", json={"address": service.key()})
            assert (again.status_code, again.json()["code"]) == (409, "security:org_key_there")
            await _job(home, await client.delete("/api/v1/own-key"))
            assert (await client.get("/api/v1/own-key")).json()["address"] is None
            for role in ("booker", "administrator", "traveller", "compliance"):
                other = await home.api(role)
                assert (await other.get("/api/v1/own-key")).status_code == 403
                assert (await other.put("/api/v1/own-key", json={"address": arn})).status_code == 403
