"""Residency shown: the last statement with its proof, the keys held, witnesses, and that nothing crosses."""

import json
from typing import Any

import asyncpg
import pytest

from audit.proof import parse_proof
from portal.web.settings import WebSettings
from portal.worker import Worker
from security.actor import CLIENT_ROLES, ROLES
from tests.portal.desk.test_cases import leaves_of
from tests.portal.house import House


async def stated(house: House) -> dict[str, Any]:
    """Let the worker state what lies here, and give the document."""
    settings: WebSettings = house.app.state.settings
    worker = Worker(
        WebSettings(
            **{name: getattr(settings, name) for name in WebSettings.__slots__ if name != "database_url"},
            database_url=house.stage.db.dsn("wx_worker"),
        )
    )
    worker.pool = await asyncpg.create_pool(worker.settings.database_url, min_size=1, max_size=2)
    try:
        await worker._state_residency(house.stage.clock())
    finally:
        await worker.keeper.close()
        worker.pool.terminate()
    (leaf,) = await leaves_of(house, "security:residency:stated", 1)
    document: dict[str, Any] = leaf["document"]
    return document


async def test_the_statement_names_the_keys_held(house: House) -> None:
    """The daily statement holds ids and epochs of the keys that the keeper holds, and counts every table."""
    document = await stated(house)
    held = (await house.stage.client.status()).keks
    assert json.loads(document["keks"]) == {kek: str(epoch) for kek, epoch in held.items()}
    assert list(held.values()) == [1]
    assert {"passenger", "desk_case", "case_step", "trip", "member"} <= set(json.loads(document["rows"]))
    assert document["foreign_rows"] == "0"


async def test_a_foreign_row_is_counted(house: House) -> None:
    """A case of an organisation of another region is a foreign row in the statement."""
    await house.stage.owner.execute(
        "update organisation set region = 'cn' where id = $1", house.stage.other_org
    )
    assert int((await stated(house))["foreign_rows"]) >= 2


async def test_without_the_keeper_the_statement_waits(house: House) -> None:
    """A keeper that is away leaves the day unstated, rather than stated without its keys."""
    await house.stage.ended()
    with pytest.raises((TimeoutError, ValueError)):
        await stated(house)


@pytest.mark.parametrize("role", ROLES)
async def test_everybody_reads_where_data_lives(house: House, role: str) -> None:
    """Each role reads the page; clients get the short form, without keys, counts or the database's identity."""
    document = await stated(house)
    (kek,) = json.loads(document["keks"])
    visitor = await house.browser(role)
    await visitor.open("/residency")
    answer = (await (await house.api(role)).get("/api/v1/residency")).json()
    assert answer["statement"]["foreign_rows"] == 0
    assert (answer["crossings"], answer["default_crossing"]) == ([], "redact")
    short = role in CLIENT_ROLES
    assert (kek in visitor.answer.text) is not short
    assert (document["system_identifier"] in visitor.answer.text) is not short
    assert (answer["keys"] is None) is short
    assert (answer["statement"]["rows"] is None) is short
    assert "Nothing has crossed" in visitor.words()


async def test_the_proof_is_anybodys_to_check(house: House) -> None:
    """A client takes the proof of the statement, and it holds against the published checkpoint."""
    await stated(house)
    client = await house.api("traveller")
    answer = await client.get("/en/residency/proof")
    proof = parse_proof(answer.text)
    shown = (await client.get("/api/v1/residency")).json()["statement"]
    assert proof.index == shown["index"]


async def test_before_the_first_statement(house: House) -> None:
    """A cell that has stated nothing yet says so, and has no proof to give."""
    visitor = await house.browser("compliance", "zh-Hans")
    await visitor.open("/residency")
    assert (await (await house.api("compliance")).get("/api/v1/residency")).json()["statement"] is None
    await visitor.open("/residency/proof", expect=404)


async def test_a_keeper_away_is_said(house: House) -> None:
    """With the keeper away the page stands, and says that the keys cannot be told."""
    visitor = await house.browser("administrator")
    await house.stage.ended()
    await visitor.open("/residency")
    assert "The keeper does not answer" in visitor.words()


async def test_a_witness_is_shown_once_it_has_cosigned(house: House) -> None:
    """Who cosigned the log stands on the page, up to which size."""
    await house.stage.owner.execute(
        "create table if not exists ledger_cosignature (witness text primary key, origin text not null,"
        " size bigint not null, note text not null, line text not null, cosigned_at timestamptz not null);"
        " grant select on ledger_cosignature to wx_web"
    )
    await house.stage.owner.execute(
        "insert into ledger_cosignature values ('outside.example', 'o', 41, 'n', 'l', $1)",
        house.stage.clock(),
    )
    answer = (await (await house.api("auditor")).get("/api/v1/residency")).json()
    assert [(w["name"], w["size"]) for w in answer["witnesses"]] == [("outside.example", 41)]
    visitor = await house.browser("traveller", "ar")
    await visitor.open("/residency")
    assert "outside.example" in visitor.words()
