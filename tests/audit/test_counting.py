"""Counting over millions: what the columns say with the ledger is what the leaves say, whatever is covered."""

import json
import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from audit import piecing, wall
from audit.columns import Columns, Piece, cover, covered, pieces, standing
from audit.counting import Count, Counting, Zones
from audit.ledger import Filter
from audit.piecing import add_piece, clear_replaced
from tests.audit.running_log import SUBJECT, reveal, view

ACTORS = ("op_1", "op_2", "fi_1", "cl_1")
LIVED = {"op_1": "Asia/Kolkata", "op_2": "America/New_York", "fi_1": "Europe/Amsterdam"}
ZONES = sorted(set(LIVED.values()))
FIELDS = ("passport.number", "iban", "birth_date")


async def worked(log, entries=160):
    """Let a fortnight around a change of clocks pass, of reveals, refusals and list views; gives the leaves' parts."""
    chance = random.Random(5)  # noqa: S311 -- the same on every run
    people = [SUBJECT, *(type(SUBJECT)(int=1000 + n) for n in range(6))]
    log.clock[0] = datetime(2026, 10, 20, tzinfo=UTC)
    async with log.running() as made:
        for _ in range(entries // 10):
            log.clock[0] += timedelta(seconds=chance.randrange(100_000))
            facts = []
            for _ in range(10):
                who = chance.choice(ACTORS)
                about = {
                    "who": who,
                    "role": {"op": "operations", "fi": "finance", "cl": "traveller"}[who[:2]],
                    "subject": chance.choice(people),
                    "field": chance.choice(FIELDS),
                    "purpose": chance.choice(["refund", "border_filing", None]),
                }
                if chance.random() < 0.2:
                    code = chance.choice(["passengers:outside_window", "passengers:purpose_not_allowed"])
                    about |= {"decision": "deny", "document": {"refusal": code}}
                facts.append(reveal(**about))
            await made.append_many(facts)
            shown = tuple(chance.sample(people, 3))
            await log.record(view(kind="passengers:list:viewed", subject=None, members=shown))
            await log.settled()
    async with log.connected("wx_keeper") as connection:
        rows = await connection.fetch("select index, leaf from ledger_leaf order by index")
        beside = dict(await connection.fetch("select index, document from ledger_fact"))
        listed = await connection.fetch("select index, sub from ledger_member")
    leaves = [json.loads(leaf) for _, leaf in rows]
    for index, leaf in enumerate(leaves):
        leaf["index"] = index
        leaf["at"] = datetime.fromisoformat(leaf["ts"])
        leaf["refusal"] = json.loads(beside[index])["refusal"] if leaf["dec"] == "deny" else None
        leaf["members"] = {sub for place, sub in listed if place == index}
    return leaves


def asked(leaves, only):
    """Say by hand which leaves a filter means."""

    def is_meant(leaf):
        return (
            (only.who is None or leaf["who"] == only.who)
            and (only.role is None or leaf["role"] == only.role)
            and (only.kind is None or leaf["act"] == only.kind)
            and (not only.fields or leaf.get("res") in only.fields)
            and (only.purpose is None or leaf.get("why") == only.purpose)
            and (only.decision is None or leaf["dec"] == only.decision)
            and (only.subject is None or only.subject in {leaf.get("sub"), *leaf["members"]})
            and (only.since is None or leaf["at"] >= only.since)
            and (only.until is None or leaf["at"] < only.until)
        )

    return [leaf for leaf in leaves if is_meant(leaf)]


def counted(leaves, key):
    """Count by hand."""
    found = {}
    for leaf in leaves:
        found[key(leaf)] = found.get(key(leaf), Count()) + Count(
            leaf["dec"] == "allow", leaf["dec"] == "deny"
        )
    return found


def filters(leaves):
    """Give filters of every kind, some together, some that find nothing."""
    sub = next(leaf["sub"] for leaf in leaves if "sub" in leaf)
    middle = leaves[len(leaves) // 2]["at"]
    return [
        Filter(),
        Filter(who="op_2"),
        Filter(role="finance", decision="deny"),
        Filter(kind="passengers:list:viewed"),
        Filter(fields=("iban", "birth_date"), purpose="refund"),
        Filter(since=middle),
        Filter(until=middle, who="op_1"),
        Filter(since=middle, until=middle),
        Filter(subject=sub),
        Filter(subject=sub, role="operations", since=middle),
        Filter(who="nobody"),
    ]


async def every_answer_is_right(counting, leaves, *, every=1):
    """Put every question under every filter, and count by hand."""
    for only in filters(leaves)[::every]:
        meant = asked(leaves, only)
        span = await counting.span(only)
        for column, part in (("who", "who"), ("act", "act"), ("why", "why"), ("refusal", "refusal")):
            assert await counting.groups(only, column, span=span) == counted(
                meant, lambda leaf, part=part: leaf.get(part)
            )
        by_day = await counting.groups(
            only, wall.day_of(wall.distance("Europe/Amsterdam", 2026, 2026)), span=span
        )
        assert by_day == counted(meant, day_there)
        actors = {who: ZONES.index(zone) for who, zone in LIVED.items()}
        zones = Zones(wall.Clocks.of(ZONES, leaves[0]["at"], leaves[-1]["at"]), actors)
        assert await counting.hours_of_week(only, zones, span=span) == counted(meant, own_hour)
        subjects = await counting.top(only, "sub", span=span, limit=3)
        by_hand = counted([leaf for leaf in meant if "sub" in leaf], lambda leaf: leaf["sub"])
        assert [n.all for _, n in subjects] == sorted((n.all for n in by_hand.values()), reverse=True)[:3]
        assert all(by_hand[sub] == count for sub, count in subjects)
        actors = await counting.top(only, "who", span=span, limit=3)
        by_hand = counted(meant, lambda leaf: leaf["who"])
        assert actors == sorted(by_hand.items(), key=lambda item: (-item[1].all, item[0]))[:3]
        await pages_follow(counting, only, meant)


async def pages_follow(counting, only, meant):
    """Turn the pages to the end: every entry that is meant, newest first, once."""
    seen, before = [], None
    while page := await counting.page(only, before=before, limit=23):
        seen += [entry.index for entry in page]
        before = page[-1].index
    assert seen == [leaf["index"] for leaf in reversed(meant)]


def day_there(leaf):
    """Say on which day an entry was made in Amsterdam, from 1970 on."""
    day = leaf["at"].astimezone(ZoneInfo("Europe/Amsterdam")).date()
    return (day - datetime(1970, 1, 1, tzinfo=UTC).date()).days


def own_hour(leaf):
    """Say at which hour of the week an entry was made on its actor's own clock."""
    at = leaf["at"].astimezone(ZoneInfo(LIVED.get(leaf["who"], "UTC")))
    return at.weekday() * 24 + at.hour


async def small_pieces(connection, folder, places):
    """Make pieces of eight entries as a ledger does that grows slowly."""
    for place in places:
        before = await standing(connection, folder)
        assert covered(before) == place * 8
        mark = await piecing._mark(connection, place * 8 + 7)
        await piecing._add(connection, folder, before, 8, mark)


async def test_columns_and_ledger_together_say_what_the_leaves_say(log, tmp_path):
    """Uncovered, half covered, joined and with a piece lost: every answer is the one counted by hand."""
    leaves = await worked(log)
    folder = tmp_path / "columns"
    async with log.connected("wx_keeper") as connection:
        await every_answer_is_right(Counting(connection, Columns(folder)), leaves)
        await small_pieces(connection, folder, range(9))
        await every_answer_is_right(Counting(connection, Columns(folder)), leaves, every=3)
        await small_pieces(connection, folder, range(9, 16))
        while await add_piece(connection, folder, size=8):
            pass
        chosen = await standing(connection, folder)
        assert covered(chosen) == len(leaves) - len(leaves) % 8
        assert {piece.end - piece.start for piece in chosen} == {128, 8}
        columns = Columns(folder)
        await every_answer_is_right(Counting(connection, columns), leaves)
        await clear_replaced(folder, after=-1)
        assert sorted(pieces(folder)) == sorted(chosen)
        chosen[1].path.write_bytes(b"no longer a piece")
        await every_answer_is_right(Counting(connection, Columns(folder)), leaves, every=3)
        columns.close()


async def test_a_piece_of_another_ledger_is_not_taken(log, tmp_path):
    """A piece whose last leaf this ledger does not hold counts for nothing, nor does what follows it."""
    leaves = await worked(log, 40)
    folder = tmp_path / "columns"
    async with log.connected("wx_keeper") as connection:
        await small_pieces(connection, folder, range(4))
        first, second, *_ = sorted(pieces(folder))
        second.path.rename(second.path.with_name(second.path.name.replace(second.mark, "0" * 16)))
        assert await standing(connection, folder) == [first]
        await every_answer_is_right(Counting(connection, Columns(folder)), leaves, every=5)


async def test_subjects_met_lately_are_found_among_many(log, tmp_path, monkeypatch):
    """However few of the most frequent are looked at first, the top list is the one counted by hand."""
    leaves = await worked(log, 60)
    folder = tmp_path / "columns"
    async with log.connected("wx_keeper") as connection:
        await small_pieces(connection, folder, range(5))
        for wide in (1, 3):
            monkeypatch.setattr("audit.counting.WIDE", wide)
            await every_answer_is_right(Counting(connection, Columns(folder)), leaves, every=11)


async def test_what_a_killed_worker_left_is_cleared(log, tmp_path):
    """Half-made files and those of another form are no pieces, disturb nobody, and go."""
    folder = tmp_path / "columns"
    folder.mkdir()
    (folder / "000000000000-000000000008-0000000000000000.half-1").write_bytes(b"half")
    (folder / "some.csv").write_bytes(b"half")
    (folder / "000000000000-000000000008-0000000000000000.columns").write_bytes(b"of another form")
    assert pieces(folder) == []
    await clear_replaced(folder, after=-1)
    assert list(folder.iterdir()) == []


async def test_a_ledger_too_small_for_a_piece_has_nothing_to_clear(tmp_path):
    """Before the first piece there is no folder, which is no fault."""
    await clear_replaced(tmp_path / "columns")
    assert pieces(tmp_path / "columns") == []


@given(some.lists(some.tuples(some.integers(0, 20), some.integers(1, 9)), max_size=12))
def test_a_cover_has_no_gap_and_no_overlap(runs):
    """Whatever lies in the folder, what is chosen runs from the first entry on, each where the last one ended."""
    made = [Piece(start, start + length, "", None) for start, length in runs]
    chosen = cover(made)
    assert [piece.start for piece in chosen] == [0, *(piece.end for piece in chosen)][: len(chosen)]


@pytest.mark.parametrize(
    "zone", ["UTC", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]
)
@settings(deadline=None)
@given(at=some.datetimes(datetime(2019, 1, 1), datetime(2027, 12, 30)))  # noqa: DTZ001 -- hypothesis takes naive ones
def test_arithmetic_shows_what_the_clock_on_the_wall_shows(zone, at):
    """Day, week and hour of the week from the SQL's own arithmetic are those of Python's zone data."""
    at = at.replace(tzinfo=UTC)
    t, there = int(at.timestamp()), at.astimezone(ZoneInfo(zone))
    changes = wall.offsets(zone, 2019, 2027)
    clock = str(next(offset for since, offset in reversed(changes) if since <= t or since == changes[0][0]))

    def said(sql):
        return eval(sql, {"t": t})  # noqa: S307 -- SQL of ours that is Python too

    days = (there.date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days
    assert said(wall.day_of(clock)) == days
    assert said(wall.week_of(clock)) == days - there.weekday()
    assert said(wall.week_of(clock, 6)) == days - (there.weekday() + 1) % 7
    assert said(wall.hour_of_week(clock)) == there.weekday() * 24 + there.hour
    assert said(wall.hour_of(clock)) == t - there.minute * 60 - there.second


@given(
    zones=some.lists(some.sampled_from(["UTC", "Asia/Kathmandu", "America/New_York", "Australia/Lord_Howe"])),
    moments=some.lists(some.datetimes(datetime(2021, 1, 1), datetime(2027, 12, 30)), min_size=3, max_size=3),  # noqa: DTZ001 -- as above
)
@settings(deadline=None)
def test_in_a_stretch_of_time_no_clock_is_set(zones, moments):
    """Of an instant within a span, the stretch it lies in tells how far each zone's clock is from UTC then."""
    since, at, until = sorted(moment.replace(tzinfo=UTC) for moment in moments)
    clocks = wall.Clocks.of(zones, since, until)
    stretch = sum(change <= int(at.timestamp()) for change in clocks.changes)
    shown = [int(at.astimezone(ZoneInfo(zone)).utcoffset().total_seconds()) for zone in zones]
    assert [by[stretch] for by in clocks.distances] == shown
    assert eval(_as_python(clocks.stretch), {"t": int(at.timestamp())}) == stretch  # noqa: S307 -- SQL of ours


def _as_python(sql):
    """Write the SQL of a stretch as Python."""
    if not sql.startswith("("):
        return sql
    asked, rest = sql.removeprefix("(case when ").removesuffix(" end)").split(" then ", 1)
    deep = 0
    for place, word in enumerate(words := rest.split(" ")):
        deep += word.count("(") - word.count(")")
        if word == "else" and not deep:
            first, second = " ".join(words[:place]), " ".join(words[place + 1 :])
            return f"({_as_python(first)} if {asked} else {_as_python(second)})"
    raise AssertionError(sql)
