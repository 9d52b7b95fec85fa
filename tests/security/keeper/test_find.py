"""Finding by a whole value: exact, within the matrix, one entry each time, and nothing that tells more."""

import asyncio
from dataclasses import replace

import asyncpg
import pytest
import uuid_utils.compat as uuids

from audit.blobs import FileBlobs
from security.keeper import find as finding
from security.keeper import indexing, searching
from security.keeper.client import Found, KeeperRefused, SealItem
from security.keeper.server import serve
from security.vault.blind_index import IndexRefused
from tests.security.keeper.stage import PASSPORT, Stage, request, until

IBAN = "GB82WEST12345698765432"
CARD = "4000056655665556"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what waits to be indexed wait for a moment only."""
    monkeypatch.setattr(indexing, "PAUSE", 0.05)


async def find(stage: Stage, role: str, field: str, value: str, state: str = "", **asked: str) -> Found:
    """Search as a role, for a purpose that fits."""
    purpose = asked.get("purpose", "identity_check")
    return await stage.client.find(await stage.sign_in(role), request(), field, value, state, purpose)


async def on_file(stage: Stage, field: str, value: str, state: str = "") -> None:
    """Seal a value with its issuing state, and store it as web would; the stage's documents are Dutch."""
    row = uuids.uuid7()
    item = SealItem(field, row, value, state)
    token = await stage.sign_in("booker")
    (sealed,) = await stage.client.seal(token, request(), stage.mei, stage.org, [item])
    await stage.store(sealed, stage.mei)


async def tags(stage: Stage) -> list[tuple[str, bytes]]:
    """Read all tags as the key store's owner."""
    connection = await asyncpg.connect(stage.db.keys_dsn("wx_admin"))
    try:
        rows = await connection.fetch("select name, tag from blind_tag order by row_id, tag")
    finally:
        await connection.close()
    return [(row["name"], row["tag"]) for row in rows]


async def test_a_passport_is_found_by_its_whole_number_in_any_spelling(stage: Stage) -> None:
    """Spaces, case and full-width letters find the same document; a digit less, or another state, finds nobody."""
    await on_file(stage, "passport.number", PASSPORT, "NLD")
    for spelling in (PASSPORT, " x4rt-bpfw4 ", "Ｘ4RTBPFW4"):
        assert (await find(stage, "operations", "passport.number", spelling, "NLD")).subjects == [stage.mei]
    for value, state in ((PASSPORT[:-1], "NLD"), (PASSPORT, "DEU"), (PASSPORT, "NL")):
        assert (await find(stage, "operations", "passport.number", value, state)).subjects == []
    assert (await find(stage, "operations", "visa.number", PASSPORT, "NLD")).subjects == []


async def test_cards_and_accounts_are_found_by_who_may_see_them(stage: Stage) -> None:
    """Finance finds a card and an account by their whole numbers."""
    await on_file(stage, "card.number", CARD)
    await on_file(stage, "iban", IBAN)
    spaced = "4000 0566 5566 5556"
    assert (await find(stage, "finance", "card.number", spaced, purpose="refund")).subjects == [stage.mei]
    assert (await find(stage, "finance", "iban", IBAN.lower(), purpose="refund")).subjects == [stage.mei]


REFUSED = [
    ("sales", "passport.number", "identity_check"),
    ("finance", "passport.number", "identity_check"),
    ("operations", "card.number", "refund"),
    ("service_agent", "iban", "refund"),
    ("booker", "passport.number", "identity_check"),
    ("traveller", "passport.number", "own_record"),
    ("auditor", "passport.number", "identity_check"),
    ("administrator", "card.number", "refund"),
    ("operations", "passport.number", "refund"),
    ("compliance", "passport.number", "own_record"),
]


async def test_a_search_outside_the_matrix_is_refused_and_recorded(stage: Stage) -> None:
    """Whoever may not see the mask, is a client, or names a purpose the field has not, is refused with an entry."""
    for role, field, purpose in REFUSED:
        with pytest.raises(KeeperRefused) as refused:
            await find(stage, role, field, PASSPORT, "NLD", purpose=purpose)
        assert (refused.value.code, refused.value.status) == ("passengers:purpose_not_allowed", 403), role
    leaves = await stage.leaves("passengers:index:searched")
    assert [(leaf["dec"], leaf["role"], leaf["res"]) for leaf in leaves] == [
        ("deny", role, field) for role, field, _ in REFUSED
    ]


async def test_every_search_is_one_entry_that_names_the_found_and_never_the_value(stage: Stage) -> None:
    """A hit and a miss are one entry each, alike but for those found; neither holds the value or its tag."""
    await on_file(stage, "passport.number", PASSPORT, "NLD")
    hit = await find(stage, "operations", "passport.number", PASSPORT, "NLD")
    miss = await find(stage, "operations", "passport.number", "Z" + PASSPORT, "NLD")
    first, second = await stage.leaves("passengers:index:searched")
    assert (first["document"], second["document"]) == ({"found": "1"}, {"found": "0"})
    assert set(first) - set(second) == {"set"}
    assert first["why"] == "identity_check"
    shown = await stage.owner.fetch("select index from ledger_member")
    assert [row["index"] for row in shown] == [hit.index]
    everything = hit.leaf + miss.leaf
    assert PASSPORT not in everything
    for _, tag in await tags(stage):
        assert tag.hex() not in everything


UNASKED = [
    ("shoe.size", "41", "identity_check", "passengers:unknown_field"),
    ("passport.number", "X", "curiosity", "passengers:unknown_purpose"),
    ("birth_date", "1961-04-12", "identity_check", "passengers:not_searchable"),
    ("card.holder", "NOBODY", "identity_check", "passengers:not_searchable"),
    ("passport.number", "—", "identity_check", "passengers:bad_search"),
]


async def test_weak_columns_and_empty_values_are_not_searched(stage: Stage) -> None:
    """A birth date has no index, nonsense is named as such, and none of it is an entry."""
    for field, value, purpose, code in UNASKED:
        with pytest.raises(KeeperRefused) as refused:
            await find(stage, "compliance", field, value, "NLD", purpose=purpose)
        assert refused.value.code == code
    assert await stage.leaves("passengers:index:searched") == []


async def test_who_searches_too_often_waits(stage: Stage) -> None:
    """The twenty-first search of a minute is refused with a time to wait; a minute later it goes on."""
    token = await stage.sign_in("operations")
    asks = ("passport.number", PASSPORT, "NLD", "identity_check")
    await asyncio.gather(*(stage.client.find(token, request(), *asks) for _ in range(20)))
    for _ in range(2):
        with pytest.raises(KeeperRefused) as refused:
            await stage.client.find(token, request(), *asks)
        assert refused.value.code == "security:too_many_searches"
        assert refused.value.fields["retry_after"] == 60
    denied = [leaf for leaf in await stage.leaves("passengers:index:searched") if leaf["dec"] == "deny"]
    assert len(denied) == 1
    stage.clock.pass_by(minutes=1)
    await stage.client.find(token, request(), *asks)


async def test_nobody_else_finds_by_the_tag(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another's document that shares the tag is opened, compared and not returned; as many are opened for a miss."""
    opened: list[bytes] = []
    real = searching.open_envelope
    monkeypatch.setattr(searching, "open_envelope", lambda e, **k: opened.append(e) or real(e, **k))
    await on_file(stage, "passport.number", PASSPORT, "NLD")
    other = "SHARES1TAG"
    await on_file(stage, "passport.number", other, "NLD")
    await _let_all_share_a_tag(stage)
    counts = []
    for wanted, expected in ((PASSPORT, [stage.mei]), (other, [stage.mei]), ("NOBODYS77", [])):
        opened.clear()
        assert (await find(stage, "operations", "passport.number", wanted, "NLD")).subjects == expected
        counts.append(len(opened))
    assert counts == [searching.OPENINGS] * 3


async def _let_all_share_a_tag(stage: Stage) -> None:
    connection = await asyncpg.connect(stage.db.keys_dsn("wx_admin"))
    try:
        await connection.execute(
            "insert into blind_tag select a.row_id, a.subject_id, a.class, a.name, a.version, a.bits, b.tag"
            " from blind_tag a, blind_tag b on conflict do nothing"
        )
    finally:
        await connection.close()


async def test_answers_leave_on_ticks(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hit and a miss are answered on the next tick after the question, never in between."""
    monkeypatch.setattr(finding, "TICK", 0.4)
    await on_file(stage, "passport.number", PASSPORT, "NLD")
    token = await stage.sign_in("operations")
    loop = asyncio.get_running_loop()
    for value in (PASSPORT, "NOBODYS77"):
        began = loop.time()
        await stage.client.find(token, request(), "passport.number", value, "NLD", "identity_check")
        assert loop.time() - began >= 0.4


async def test_a_changed_number_is_found_by_the_new_one_only(stage: Stage) -> None:
    """After a new number was stored the old one finds nobody, and its tag is struck off."""
    await on_file(stage, "passport.number", PASSPORT, "NLD")
    row = await stage.owner.fetchval("select id from travel_document")
    renewed = await stage.seal("passport.number", "RENEWED42", row=row)
    sql = "update travel_document set number = $2 where id = $1"
    await stage.owner.execute(sql, row, renewed.envelope)
    await _until_indexed(stage)
    assert (await find(stage, "operations", "passport.number", PASSPORT, "NLD")).subjects == []
    assert (await find(stage, "operations", "passport.number", "RENEWED42", "NLD")).subjects == [stage.mei]
    assert len(await tags(stage)) == 1


async def test_a_corrected_issuing_state_is_followed(stage: Stage) -> None:
    """When only the issuing state is corrected, the number is found under the new one, though nobody typed it again."""
    await on_file(stage, "passport.number", PASSPORT, "NLD")
    await stage.owner.execute("update travel_document set issuing_state = 'DEU'")
    await _until_indexed(stage)
    assert (await find(stage, "operations", "passport.number", PASSPORT, "DEU")).subjects == [stage.mei]
    assert (await find(stage, "operations", "passport.number", PASSPORT, "NLD")).subjects == []


async def test_a_removed_document_leaves_no_tag(stage: Stage) -> None:
    """Removing a document removes its tag from the key store."""
    await on_file(stage, "passport.number", PASSPORT, "NLD")
    await stage.owner.execute("delete from travel_document")
    await _until_indexed(stage)
    assert await tags(stage) == []


async def test_who_loses_the_key_loses_the_tags(stage: Stage) -> None:
    """Deleting a subject's data key deletes the tags of that class with it, and no others."""
    await on_file(stage, "passport.number", PASSPORT, "NLD")
    await on_file(stage, "iban", IBAN)
    connection = await asyncpg.connect(stage.db.keys_dsn("wx_keeper"))
    await connection.execute("delete from subject_key where class = 'document'")
    await connection.close()
    assert [name for name, _ in await tags(stage)] == ["account"]
    assert (await find(stage, "operations", "passport.number", PASSPORT, "NLD")).subjects == []


async def test_an_index_never_made_is_made_at_the_start(stage: Stage) -> None:
    """Rows sealed before there was an index are tagged when a keeper starts, and searches say so until it is done."""
    await stage.on_file("passport.number", PASSPORT)
    await _forget_index(stage)
    stop = asyncio.Event()
    await stage.ended()
    serving = asyncio.create_task(serve(stage.settings, FileBlobs(stage.settings.blobs), stage.clock, stop))
    await until(stage.settings.socket.exists)
    await stage.restarted()
    async with asyncio.timeout(10):
        while not await stage.leaves("security:index:rebuilt"):
            await asyncio.sleep(0.02)
    await _until_indexed(stage)
    found = await find(stage, "operations", "passport.number", PASSPORT, "NLD")
    assert (found.subjects, found.complete) == ([stage.mei], True)
    assert (await stage.leaves("security:index:rebuilt"))[-1]["document"] == {"rows": "1"}
    stop.set()
    await serving


async def test_a_tag_of_the_wrong_size_keeps_the_keeper_from_starting(stage: Stage) -> None:
    """A tag so long that it names one row, or so short that a search would open a thousand, is refused at the start."""
    for bits in (20, 4):
        settings = replace(stage.settings, index_bits=bits)
        with pytest.raises(IndexRefused):
            await serve(settings, FileBlobs(stage.settings.blobs), stage.clock, asyncio.Event())


async def _forget_index(stage: Stage) -> None:
    connection = await asyncpg.connect(stage.db.keys_dsn("wx_admin"))
    await connection.execute("delete from blind_tag; delete from blind_index_made")
    await connection.close()


async def _until_indexed(stage: Stage) -> None:
    for _ in range(2000):
        if not await stage.owner.fetchval("select exists (select from index_pending)"):
            return
        await asyncio.sleep(0.01)
    raise TimeoutError
