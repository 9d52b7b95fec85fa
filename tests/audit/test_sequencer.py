"""The sequencer against a real database: what is covered is there, in order, signed, published, provable."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from audit import ahead, ledger, merkle, sequencer
from audit.catalogue import ORIGIN_REFUSED
from audit.covered import NotCovered
from audit.entry import subject_pseudonym
from audit.note import parse_note, parse_vkey, verified_by
from audit.proof import parse_proof, verify_proof
from audit.sequencer import NotLeading
from tests.audit.running_log import LINK_KEY, NOON, SUBJECT, reveal, view


async def test_a_log_opens_with_the_leaf_that_names_its_key(log):
    """The first leaf says whose log it is and which key signs it; database and blobs hold one checkpoint."""
    async with log.running() as made:
        (first,) = await log.leaves()
        document = json.loads(await log.pool.fetchval("select document from ledger_fact"))
        assert first["act"] == "audit:log:opened"
        assert document == {"generation": "1", "origin": "waxwing.example/audit/eu", "vkey": made.vkey}
        assert made.leading
        assert made.size == 1
        assert made.last_checkpoint_at == NOON
    note = await log.pool.fetchval("select note from ledger_head")
    assert (log.folder / "checkpoint").read_text() == note
    verified_by(parse_note(note.encode()), [parse_vkey(made.vkey)])
    assert await log.verified() == {}


async def test_a_second_start_goes_on_with_the_same_log(log):
    """Stopping and starting again adds nothing by itself, and the next entry follows the last."""
    async with log.running() as made:
        assert (await made.append(reveal())).index == 1
    async with log.running() as made:
        assert made.size == 2
        assert (await made.append(reveal())).index == 2
    assert await log.verified() == {}


async def test_what_is_covered_is_stored_published_and_proved(log):
    """When an append returns, its leaf is in the database, the checkpoint in the blobs, and the proof holds."""
    async with log.running() as made:
        covered = await made.append(reveal(purpose="border_filing", reference="eu_1", dek=UUID(int=5)))
        published = (log.folder / "checkpoint").read_text()
        row = await log.pool.fetchrow("select * from ledger_leaf where index = $1", covered.index)
    assert covered.checkpoint == published == await log.pool.fetchval("select note from ledger_head")
    proof = parse_proof(covered.proof_text())
    assert verify_proof(proof, [parse_vkey(made.vkey)]).size == 2
    assert proof.leaf == row["leaf"].encode() == covered.leaf
    sub = subject_pseudonym(LINK_KEY, SUBJECT)
    said = {
        name: row[name] for name in ("act", "dec", "who", "role", "sub", "res", "tier", "why", "reference")
    }
    assert said == {
        "act": "passengers:passport:revealed",
        "dec": "allow",
        "who": "op_1",
        "role": "operations",
        "sub": sub,
        "res": "passport.number",
        "tier": "clear",
        "why": "border_filing",
        "reference": "eu_1",
    }
    assert row["hash"] == merkle.leaf_hash(covered.leaf)
    assert row["ts"] == NOON


async def test_what_the_web_states_is_sequenced_and_its_subject_leaves(log):
    """Facts stated in the web's own transaction become leaves; no uuid of a person remains."""
    async with log.running():
        await log.record(view(), view(decision="deny"))
        await log.settled()
    opened, first, second = await log.leaves()
    assert (first["act"], first["dec"], second["dec"]) == ("passengers:profile:viewed", "allow", "deny")
    assert first["sub"] == subject_pseudonym(LINK_KEY, SUBJECT)
    assert "ts" in opened
    assert await log.pool.fetchval("select count(*) from ledger_pending") == 0
    stored = await log.pool.fetch("select leaf from ledger_leaf")
    assert not any(str(SUBJECT) in row[0] for row in stored)


async def test_a_list_view_keeps_its_members_beside_and_a_document_its_text(log):
    """One leaf for a page of people, with their pseudonyms beside it in order; a document's text likewise."""
    people = tuple(UUID(int=n) for n in range(1, 4))
    async with log.running():
        await log.record(view(kind="passengers:list:viewed", subject=None, members=people))
        await log.record(view(document={"rows": "3"}))
        await log.settled()
        rows = await log.pool.fetch("select index, position, sub from ledger_member order by position")
        assert [tuple(row) for row in rows] == [
            (1, nth, subject_pseudonym(LINK_KEY, person)) for nth, person in enumerate(people)
        ]
        assert await log.pool.fetchval("select document from ledger_fact where index = 2") == '{"rows":"3"}'
    assert await log.verified() == {}


PENDING = (
    "insert into ledger_pending (id, at, origin, kind, decision, who, role, request, reference, document)"
    " values (nextval('ledger_pending_id'), '{at}', '{origin}', '{kind}', 'allow', '{who}', 'operations',"
    " gen_random_uuid(), {reference}, {document})"
)


@pytest.mark.parametrize(
    ("claim", "res"),
    [
        ({"kind": "passengers:passport:revealed"}, "passengers:passport:revealed"),
        ({"kind": "passengers:soul:sold"}, None),
        ({"origin": "some body"}, "passengers:profile:viewed"),
        ({"who": "Ana María"}, "passengers:profile:viewed"),
        ({"reference": "repeat('x', 70000)"}, "passengers:profile:viewed"),
        ({"document": '\'{"b": "1"}\''}, "passengers:profile:viewed"),
        ({"document": "'[1]'"}, "passengers:profile:viewed"),
    ],
)
async def test_a_false_claim_becomes_a_refusal_and_holds_nothing_up(log, claim, res):
    """A row slipped past the trigger is judged again: a refusal stands in its place, nothing is held up."""
    stated = {
        "at": "2026-05-04 11:00Z",
        "origin": "wx_web",
        "kind": "passengers:profile:viewed",
        "who": "op_1",
    }
    row = {**stated, "reference": "null", "document": "null", **claim}
    await log.tampered(PENDING.format(**row))
    await log.record(view())
    async with log.running():
        await log.settled()
    _, refusal, following = await log.leaves()
    assert (refusal["act"], refusal["dec"], refusal.get("res")) == (ORIGIN_REFUSED, "deny", res)
    assert refusal["who"] == ("unknown" if "origin" in claim else "wx_web")
    assert refusal["at"] == "2026-05-04T11:00:00.000000Z"
    assert following["act"] == "passengers:profile:viewed"
    assert await log.verified() == {}


async def test_time_never_goes_backwards(log):
    """With the clock set back, entries keep the last time; with the clock ahead, they follow it."""
    async with log.running() as made:
        log.clock[0] = NOON - timedelta(hours=1)
        await made.append(reveal())
    log.clock[0] = NOON - timedelta(hours=2)
    async with log.running() as made:
        await made.append(reveal())
        log.clock[0] = NOON + timedelta(seconds=1)
        await made.append(reveal())
    said = [leaf["ts"] for leaf in await log.leaves()]
    assert said == ["2026-05-04T12:00:00.000000Z"] * 3 + ["2026-05-04T12:00:01.000000Z"]


async def test_many_at_once_are_each_covered_in_order(log):
    """Entries appended together follow one another, and each has its own proof."""
    async with log.running() as made:
        many = await made.append_many([reveal() for _ in range(1500)])
        keys = [parse_vkey(made.vkey)]
        assert [covered.index for covered in many] == list(range(1, 1501))
        for covered in many[::100]:
            verify_proof(parse_proof(covered.proof_text()), keys)
    assert await log.verified() == {}
    partial = {str(path.relative_to(log.folder)) for path in log.folder.rglob("*.p/*")}
    assert partial == {"tile/0/005.p/221", "tile/entries/005.p/221", "tile/1/000.p/5"}


async def test_nothing_is_covered_before_it_leads(log):
    """A sequencer that was not started covers nothing, and says so at once."""
    with pytest.raises(NotCovered) as refused:
        await log.sequencer().append(reveal())
    assert refused.value.code == "audit:not_covered"


@pytest.mark.parametrize("facts", [view(), reveal(who="Ana María"), reveal(reference="a\0b")])
async def test_an_entry_that_may_not_be_is_not_covered(log, facts):
    """A kind that is not the keeper's, or facts that are no leaf, fail alone: others are covered."""
    async with log.running() as made:
        results = await asyncio.gather(made.append(facts), made.append(reveal()), return_exceptions=True)
    assert isinstance(results[0], NotCovered)
    assert results[1].index == 1
    assert len(await log.leaves()) == 2


async def test_only_one_process_sequences(log, monkeypatch):
    """While one leads, another is refused; when the one is gone, the other may."""
    monkeypatch.setattr(sequencer, "LOCK_SECONDS", 0.1)
    async with log.running():
        with pytest.raises(NotLeading):
            await log.sequencer().start()
    async with log.running() as made:
        assert made.leading


async def test_what_waits_is_counted(log):
    """The figures for readiness and metrics say how much waits, in the database and in memory."""
    made = log.sequencer()
    await log.record(view(), view())
    assert await made.pending_count() == 2
    assert made.waiting_count == 0


@pytest.mark.parametrize("anew", [0.0, 3600.0])
async def test_a_row_committed_after_later_ones_is_not_passed_over(log, monkeypatch, anew):
    """However many wait, and however seldom it begins with the first: each is taken once, the late one too."""
    monkeypatch.setattr(sequencer, "BATCH", 2)
    monkeypatch.setattr(ahead, "ANEW_SECONDS", anew)
    async with log.connected("wx_web") as late:
        transaction = late.transaction()
        await transaction.start()
        await ledger.record(late, view(who="op_late"))
        await log.record(*(view(who=f"op_{n}") for n in range(40)))
        async with log.running() as made, asyncio.timeout(10):
            while made.size < 9:
                await asyncio.sleep(0)
            await transaction.commit()
            await log.settled()
    assert sorted(leaf["who"] for leaf in (await log.leaves())[1:]) == sorted(
        ["op_late", *(f"op_{n}" for n in range(40))]
    )


def test_many_that_wait_are_begun_with_the_first_again():
    """For half a second it goes on behind the last row taken, then begins anew."""
    begun = ahead.Behind().now(100.0)
    assert begun == ahead.Behind(0, 100.0)
    going_on = replace(begun, row=7)
    assert going_on.now(100.4) == going_on
    assert going_on.now(100.5) == ahead.Behind(0, 100.5)
