"""Dates, times, amounts and names in each language. Traps 3 and 4."""

import datetime as dt

import pytest
from babel.units import format_unit

from i18n.formats import formats_for
from i18n.locale_data import babel_locale

AT = dt.datetime(2026, 11, 23, 20, 30, 5, tzinfo=dt.UTC)
TAGS = ("en", "zh-Hans", "ar")


@pytest.mark.parametrize(
    ("tag", "date", "moment"),
    [
        ("en", "23 Nov 2026", "23 Nov 2026, 20:30"),
        ("zh-Hans", "2026年11月23日", "2026年11月23日 20:30"),
        ("ar", "23 نوفمبر 2026", "23 نوفمبر 2026، 20:30"),
    ],
)
def test_days_and_times(tag: str, date: str, moment: str) -> None:
    """Each language writes a day and a time in its own order, by 24 hours, in Latin digits."""
    formats = formats_for(tag)
    assert formats.date(AT) == date
    assert formats.date(AT.date()) == date
    assert formats.datetime(AT) == moment
    assert formats.datetime(AT, exact=True).endswith("20:30:05")


def test_a_time_says_whose_it_is() -> None:
    """A zoned time names the city; the city comes in the reader's language, isolated."""
    assert formats_for("en", "Asia/Dubai").datetime_zoned(AT) == "24 Nov 2026, 00:30 \u2068Dubai\u2069"
    assert formats_for("ar", "Asia/Dubai").datetime_zoned(AT).endswith("\u2068دبي\u2069")
    assert formats_for("en").datetime_zoned(AT).endswith("\u2068UTC\u2069")


def test_local_and_own_on_another_day() -> None:
    """When the reader has another date, his own time says its day, and the shift is counted."""
    both = formats_for("en", "America/New_York").local_and_own(AT, "Asia/Dubai")
    assert both.local == "Tue, 24 Nov 2026, 00:30 \u2068Dubai\u2069"
    assert both.own == "your \u2068Mon, 23 Nov, 15:30\u2069"
    assert both.shift == -1


def test_local_and_own_on_the_same_day() -> None:
    """When only the hour differs, the day is not said twice."""
    both = formats_for("en", "Europe/London").local_and_own(AT, "Europe/Paris", "Le Bourget")
    assert both.local == "Mon, 23 Nov 2026, 21:30 \u2068Le Bourget\u2069"
    assert both.own == "your \u206820:30\u2069"


def test_own_time_is_left_out_where_clocks_agree() -> None:
    """Two zones with the same clock at that instant show one time."""
    assert formats_for("en", "Asia/Dubai").local_and_own(AT, "Asia/Muscat").own is None


def test_own_time_is_said_in_the_readers_language() -> None:
    """The word for "your" is translated, and the time inside it stands by itself."""
    assert (
        formats_for("ar", "UTC").local_and_own(AT, "Asia/Dubai").own
        == "بتوقيتك \u2068الاثنين، 23 نوفمبر، 20:30\u2069"
    )


@pytest.mark.parametrize("tag", TAGS)
def test_no_format_prints_none_or_a_key(tag: str) -> None:
    """Nothing Babel prints when it lacks a form (None, a unit's key) reaches a person."""
    formats = formats_for(tag, "Asia/Dubai")
    spans = [formats.duration(dt.timedelta(seconds=s)) for s in (0, 1, 61, 3_661, 90_061, 864_000)]
    sizes = [formats.bytes(n) for n in (0, 1, 999, 4_400, 4_400_000, 4_400_000_000)]
    lengths = [formats.unit(6448, "length-kilometer", "long"), formats.unit(6448, "length-kilometer")]
    for text in (*spans, *sizes, *lengths, formats.offset(AT, "Asia/Dubai"), formats.month(AT)):
        assert "None" not in text
        assert "-" not in text.replace("GMT-", "")


def test_the_long_units_are_really_missing() -> None:
    """The guard is needed: Babel prints the key of a long Chinese kilometre."""
    assert "length-kilometer" in format_unit(3, "length-kilometer", "long", locale=babel_locale("zh_Hans"))


@pytest.mark.parametrize(
    ("tag", "said"),
    [("en", "3 hours, 20 minutes"), ("zh-Hans", "3小时20分钟"), ("ar", "3 ساعات و20 دقيقة")],
)
def test_durations(tag: str, said: str) -> None:
    """A length of time is said in words, each part once (Babel says Arabic's second part twice)."""
    assert formats_for(tag).duration(dt.timedelta(hours=3, minutes=20, seconds=9)) == said


def test_relative_time() -> None:
    """How long ago is counted from the time given, and very near is now."""
    formats = formats_for("en")
    assert formats.relative(AT - dt.timedelta(hours=2), AT) == "2 hours ago"
    assert formats.relative(AT + dt.timedelta(days=3), AT) == "in 3 days"
    assert formats.relative(AT + dt.timedelta(seconds=3), AT) == "just now"


@pytest.mark.parametrize("tag", TAGS)
def test_digits_are_latin_by_default(tag: str) -> None:
    """Without a preference every number and date has the digits 0 to 9, in Arabic too."""
    formats = formats_for(tag)
    for text in (
        formats.datetime(AT),
        formats.number(1234567.5),
        formats.percent(0.962),
        formats.bytes(4_400_000),
    ):
        assert all(c in "0123456789" for c in text if c.isdigit())


def test_digits_as_the_person_prefers() -> None:
    """Who prefers the language's own digits gets them everywhere, with its own separators."""
    formats = formats_for("ar", "UTC", "native")
    assert formats.datetime(AT) == "٢٣ نوفمبر ٢٠٢٦، ٢٠:٣٠"
    assert formats.number(1234.5) == "١٬٢٣٤٫٥"
    assert "٩٦" in formats.percent(0.96)


def test_names_of_countries_and_languages() -> None:
    """Countries and languages have CLDR's names; codes that are none stay as they are."""
    assert formats_for("zh-Hans").country("ae") == "阿拉伯联合酋长国"
    assert formats_for("ar").language("zh-Hans") == "الصينية المبسطة"
    assert formats_for("en").country("QQ") == "QQ"


def test_countries_for_a_select() -> None:
    """The list has every country and nothing else, in the order a reader of the language looks for them."""
    english, chinese = formats_for("en").countries(), formats_for("zh-Hans").countries()
    codes = [code for code, _ in english]
    assert len(codes) == len(set(codes)) == 250
    assert not {"EU", "UN", "ZZ", "XA"} & set(codes)
    assert [name for _, name in english[:3]] == ["Afghanistan", "Åland Islands", "Albania"]
    assert [name for _, name in chinese[:3]] == ["阿尔巴尼亚", "阿尔及利亚", "阿富汗"]


def test_lists_are_joined_and_isolated() -> None:
    """A list is joined as the language does, and no item can turn the others around."""
    assert formats_for("en").list(["A", "دبي"]) == "\u2068A\u2069 and \u2068دبي\u2069"
    assert formats_for("zh-Hans").list(["A", "B", "C"]) == "\u2068A\u2069、\u2068B\u2069和\u2068C\u2069"


def test_formats_are_made_once() -> None:
    """The same person's formats are not made twice."""
    assert formats_for("ar", "Asia/Dubai") is formats_for("ar", "Asia/Dubai")


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize(
    ("zone", "distance"), [("America/St_Johns", "-03:30"), ("Asia/Kathmandu", "+05:45"), ("UTC", "+00:00")]
)
def test_distances_from_utc(tag: str, zone: str, distance: str) -> None:
    """Half hours west of Greenwich are not said to be half an hour more, as Babel says them."""
    assert formats_for(tag).offset(AT, zone).endswith(distance)
