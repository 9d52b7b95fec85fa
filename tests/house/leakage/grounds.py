"""The grounds on which the gate stands: a house with mail and work in it, and a passenger made of canaries."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx
import uuid_utils.compat as uuids

from portal.web.session import page_token
from security.settings import Limits
from tests.database import CellDb
from tests.house.leakage.canaries import Canaries
from tests.portal.asking import agreement, answered, asked, stepped_up
from tests.portal.house import ORIGIN, House, house
from tests.portal.notices.scene import Scene, scene

NOTHING = "eu_00000000-0000-7000-8000-000000000000"  # an id in form only: what is said of it counts too


@dataclass
class Grounds:
    """A house, its scene, ids of one of each thing, and the sessions of those who look around."""

    house: House
    scene: Scene
    ids: dict[str, str] = field(default_factory=dict)
    _callers: dict[str, httpx.AsyncClient] = field(default_factory=dict)
    _pages: dict[str, tuple[httpx.AsyncClient, str]] = field(default_factory=dict)

    async def caller(self, role: str) -> httpx.AsyncClient:
        """Give the client that speaks for a role, `nobody` too."""
        if role not in self._callers:
            self._callers[role] = self.house.client() if role == "nobody" else await self.house.api(role)
        return self._callers[role]

    def forget_sessions(self) -> None:
        """Sign in anew before the next look."""
        self._callers.clear()
        self._pages.clear()

    async def page_caller(self, role: str) -> tuple[httpx.AsyncClient, str]:
        """Give a client with a role's cookie, and the token of its forms."""
        if role not in self._pages:
            client, secret = self.house.client(headers={"origin": ORIGIN}), ""
            if role != "nobody":
                secret = await self.house.stage.sign_in(role)
                client.cookies.set(self.house.app.state.settings.cookie, secret)
            self._pages[role] = client, page_token(secret or "nobody")
        return self._pages[role]


@contextlib.asynccontextmanager
async def grounds(db: CellDb) -> AsyncIterator[Grounds]:
    """Build the house, with the person of each role, a quote in each state, a case, a notice, an export."""
    async with house(db, limits=_generous()) as built, scene(built) as made:
        ground = Grounds(built, made)
        await _furnish(ground)
        yield ground


def _generous() -> Limits:
    many = 10_000_000
    return Limits(
        reveals_per_minute=many,
        finds_per_minute=many,
        failures=many,
        failures_per_address=many,
        step_up_uses=many,
        view_repeat_seconds=0,
    )


async def _furnish(ground: Grounds) -> None:
    built = ground.house
    open_quote, accepted = await asked(built), await answered(built)
    client = await stepped_up(built)
    done = await client.post(f"/api/v1/quotes/{accepted['id']}/acceptance", json=agreement(accepted))
    assert done.status_code in {200, 201}, done.text
    calendar = await (await ground.page_caller("booker"))[0].post(
        "/en/calendar", data={"csrf": (await ground.page_caller("booker"))[1]}
    )
    ground.ids |= {
        "quotes.wanted": accepted["id"],
        "quotes.open": open_quote["id"],
        "trips.wanted": built.trip,
        "trips.leg": f"eu_{ground.scene.leg}",
        "ledger.index": "1",
        "ledger.actor": await built.stage.owner.fetchval(
            "select code from gate.account where role = 'operations' limit 1"
        ),
        "ledger.search_id": await _kept_search(ground),
        "feeds.secret": calendar.text.partition("/feeds/")[2].partition(".ics")[0][:60].partition('"')[0],
        "sessions.session": NOTHING,
        "n.token": "nobody-has-this-token",
        "q.token": "nobody-has-this-token",
        "trail.index": "1",
        "keys.code": "shred",
        "keys.job": NOTHING,
        "matrix.wanted": NOTHING,
        "alarms.wanted": NOTHING,
        "alarms.code": "mass_reveal",
        "access-reviews.line": NOTHING,
        "reports.tag": "en",
        "security-reports.tag": "en",
        "rules.code": "vip",
        "access-reviews.wanted": NOTHING,
        "reports.wanted": NOTHING,
        "security-reports.wanted": NOTHING,
        "alarm-rules.code": "vip",
        "passengers.scan": NOTHING,
        "passengers.number": "1",
        "extracts.wanted": NOTHING,
        "extracts.deed": "pause",
        "schedules.wanted": NOTHING,
        "schedules.deed": "pauses",
        "findings.wanted": NOTHING,
        "auditors.wanted": NOTHING,
        "auditors.token": "nobody-has-this-token",
    }


async def _kept_search(ground: Grounds) -> str:
    """Keep a search of the ledger, and share it."""
    auditor = await ground.caller("auditor")
    body = {"name": "Refusals", "filters": {"decision": "deny"}, "shared": True}
    kept = await auditor.post("/api/v1/ledger/searches", json=body)
    assert kept.status_code == 201, kept.text
    return str(kept.json()["id"])


async def plant(ground: Grounds, n: int) -> Canaries:
    """Add the passenger with these canaries, and put her aboard."""
    canaries, built = Canaries(n), ground.house
    booker = await ground.caller("booker")
    made = await booker.post("/api/v1/passengers", json=canaries.body)
    assert made.status_code == 201, made.text
    person = made.json()
    await built.stage.owner.execute(
        "insert into leg_passenger (id, leg_id, trip_id, passenger_id, org_id) values ($1, $2, $3, $4, $5)",
        uuids.uuid7(),
        ground.scene.leg,
        built.stage.trip,
        person["id"].removeprefix("eu_"),
        built.stage.org,
    )
    for table in (
        "gate.account",
        "member",
    ):  # the traveller is herself: what only she sees of herself counts too
        sql = f"update {table} set passenger_id = $1 where email = 'traveller@example.test'"
        await built.stage.owner.execute(sql, person["id"].removeprefix("eu_"))
    ground.ids |= {
        "passengers.wanted": person["id"],
        "passengers.document": person["documents"][0]["id"],
        "passengers.item": person["cards"][0]["id"],
        "passengers.card": person["cards"][0]["id"],
        "passengers.account": person["bank_accounts"][0]["id"],
        "passengers.part": "cards",
        "trips.person": person["id"],
    }
    return canaries
