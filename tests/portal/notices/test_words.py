"""No fact is lost or altered on its way into words: what was rendered is read back, over random changes."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from i18n.isolates import balanced, plain
from portal.notices.rules import FIELDS, Leg, differences, written, written_local
from portal.notices.words import Reader, say_differences
from portal.trips.airports import airport

# The months as this test knows them, not as the portal's own library does.
MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"],
    "ar": [
        "يناير",
        "فبراير",
        "مارس",
        "أبريل",
        "مايو",
        "يونيو",
        "يوليو",
        "أغسطس",
        "سبتمبر",
        "أكتوبر",
        "نوفمبر",
        "ديسمبر",
    ],
}
LINES = {
    "en": r"(Departure airport|Arrival airport|Departure|Arrival|Aircraft|Registration): now (.+), before (.+)",
    "zh-Hans": r"(出发机场|到达机场|出发|到达|机型|注册号)：现为 (.+)，原为 (.+)",
    "ar": r"(مطار المغادرة|مطار الوصول|المغادرة|الوصول|الطائرة|التسجيل): الآن (.+)، وكانت? (.+)",
}
NAMES = {
    "en": ["Departure airport", "Arrival airport", "Departure", "Arrival", "Aircraft", "Registration"],
    "zh-Hans": ["出发机场", "到达机场", "出发", "到达", "机型", "注册号"],
    "ar": ["مطار المغادرة", "مطار الوصول", "المغادرة", "الوصول", "الطائرة", "التسجيل"],
}
AIRPORTS = ("EGLF", "OMDB", "ZBAA", "KTEB", "VIDP", "CYYT", "LFPB", "NZAA", "YSSY", "SBGR", "VNKT", "NFFN")
ZONES = (None, "Asia/Dubai", "Asia/Shanghai", "America/St_Johns", "Pacific/Auckland", "Europe/London")
moments = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2031, 1, 1)).map(  # noqa: DTZ001
    lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
)
makes = st.sampled_from(["Falcon 2000", "ARJ21-700", "بوينغ 737", "G650 (VIP), long", "公务机 Ａ"])
tails = st.from_regex(r"[A-Z0-9][A-Z0-9-]{1,6}[A-Z0-9]", fullmatch=True)


@st.composite
def legs(draw: st.DrawFn) -> Leg:
    """Draw a leg."""
    origin, destination = draw(st.sampled_from(AIRPORTS)), draw(st.sampled_from(AIRPORTS))
    departs = draw(moments)
    arrives = departs + timedelta(minutes=draw(st.integers(20, 1000)))
    there = [
        written_local(at.astimezone(ZoneInfo(airport(code).zone)))
        for at, code in ((departs, origin), (arrives, destination))
    ]
    return Leg(
        "1", draw(st.integers(1, 9)), origin, destination, there[0], written(departs), there[1], written(arrives),
        draw(makes), draw(tails),
    )  # fmt: skip


def read_moment(text: str, tag: str) -> list[str]:
    """Read an instant back by the airport's clock, and again by the reader's own if it is there."""
    clock = text.partition("UTC")[0]
    numbers = [int(number) for number in re.findall(r"\d+", clock)]
    if tag == "zh-Hans":
        year, month, day, hour, minute = numbers[:5]
    else:
        day, year, hour, minute = numbers[:4]
        month = next(n for n, name in enumerate(MONTHS[tag], 1) if re.search(rf"\b{name}\b", clock))
    sign, hours, minutes = re.search(r"UTC([+-])(\d\d):(\d\d)", text).groups()  # type: ignore[union-attr]
    offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    at = datetime(year, month, day, hour, minute, tzinfo=UTC) - offset
    found = [written(at)]
    own = re.search(r"UTC[+-]\d\d:\d\d \((.+)\)$", text)
    if own:
        found.append(re.findall(r"\d+:\d+", own.group(1))[-1])
    return found


def read_value(field: str, text: str, tag: str) -> list[str]:
    """Read a value of a line back to what it was made from."""
    if field in {"departs", "arrives"}:
        return read_moment(text, tag)
    if field in {"from", "to"}:
        return [airport(re.search(r"\(([A-Z]+)\)$", text).group(1)).icao]  # type: ignore[union-attr]
    return [text]


def expected(field: str, leg: Leg, zone: str | None) -> list[str]:
    """Give what reading back must find."""
    if field not in {"departs", "arrives"}:
        return [leg.value(field)[0]]
    local, at = leg.value(field)
    place = airport(leg.origin if field == "departs" else leg.destination).zone
    instant = datetime.fromisoformat(at)
    own = instant.astimezone(ZoneInfo(zone or place))
    same = own.utcoffset() == instant.astimezone(ZoneInfo(place)).utcoffset()
    assert local == written_local(instant.astimezone(ZoneInfo(place)))
    return [at] if same else [at, f"{own:%H:%M}"]


@pytest.mark.parametrize("tag", ["en", "zh-Hans", "ar"])
@settings(max_examples=400, deadline=None)
@given(before=legs(), after=legs(), zone=st.sampled_from(ZONES))
def test_words_are_read_back_to_the_same_facts(tag: str, before: Leg, after: Leg, zone: str | None) -> None:
    """Every airport, instant, own clock, aircraft and registration of every line is read back as it was."""
    found = differences([before], [after])
    said = say_differences(Reader(tag, zone), found)
    lines = [line for leg in said for line in leg.lines]
    assert len(lines) == len(found)
    for one, line in zip(found, lines, strict=True):
        assert balanced(line)
        name, new, old = re.fullmatch(LINES[tag], plain(line)).groups()  # type: ignore[union-attr]
        assert FIELDS[NAMES[tag].index(name)] == one.field
        assert read_value(one.field, new, tag) == expected(one.field, one.after, zone)
        assert read_value(one.field, old, tag) == expected(one.field, one.before, zone)


def test_half_hours_west_of_greenwich() -> None:
    """Newfoundland is three and a half hours behind UTC in winter, and is said to be."""
    leg = Leg("1", 1, "CYYT", "EGLF", "2026-01-10T08:30:00", "2026-01-10T12:00:00Z",
              "2026-01-10T17:00:00", "2026-01-10T17:00:00Z", "G650", "PH-ABC")  # fmt: skip
    later = Leg("1", 1, "CYYT", "EGLF", "2026-01-10T09:30:00", "2026-01-10T13:00:00Z",
                "2026-01-10T17:00:00", "2026-01-10T17:00:00Z", "G650", "PH-ABC")  # fmt: skip
    (said,) = say_differences(Reader("en", None), differences([leg], [later]))
    assert "08:30 Saint John UTC-03:30" in plain(said.lines[0])
