"""Cron expressions: which are taken, what they mean, and when they fire where clocks change."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import pytest

from meshvisor.features.schedules.model.cron import (
    check_cron,
    check_zone,
    in_words,
    next_after,
    to_millis,
)
from tests.seeds import also_long, seeds

MINUTE: Final = 60_000


def fires(cron: str, zone: str, first: str, count: int) -> list[str]:
    """Return the next times after a moment, as they read in the zone."""
    moment = to_millis(datetime.fromisoformat(first))
    found = []
    for _ in range(count):
        following = next_after(cron, zone, moment)
        assert following is not None
        moment = following
        at = datetime.fromtimestamp(moment / 1000, UTC).astimezone(ZoneInfo(zone))
        found.append(at.isoformat(timespec="minutes"))
    return found


@pytest.mark.parametrize(
    ("cron", "first", "expected"),
    [
        ("@daily", "2026-03-01T12:00+00:00", "2026-03-02T00:00+00:00"),
        ("*/15 * * * *", "2026-03-01T12:00+00:00", "2026-03-01T12:15+00:00"),
        ("0 6 * jan,mar mon", "2026-02-01T12:00+00:00", "2026-03-02T06:00+00:00"),
        ("0 0 L * *", "2026-02-01T12:00+00:00", "2026-02-28T00:00+00:00"),
        ("0 0 LW * *", "2026-02-01T12:00+00:00", "2026-02-27T00:00+00:00"),
        ("0 0 * * MON#2", "2026-03-01T12:00+00:00", "2026-03-09T00:00+00:00"),
        ("0 0 * * 5L", "2026-03-01T12:00+00:00", "2026-03-27T00:00+00:00"),
        ("0 0 29 2 *", "2026-03-01T12:00+00:00", "2028-02-29T00:00+00:00"),
    ],
)
def test_expressions(cron: str, first: str, expected: str) -> None:
    """Names, steps, last days, weekdays by number, and words for the usual ones."""
    assert fires(check_cron(cron), "UTC", first, 1) == [expected]


@pytest.mark.parametrize(
    ("cron", "said"),
    [
        ("* * * *", "has 4 fields and not the five"),
        ("hourly", "'hourly' has 1 field and not the five"),
        ("* * * * * *", "has 6 fields and not the five"),
        ("", "has 0 fields"),
        ("61 * * * *", "its minute is wrong: allowed are 0 to 59"),
        ("* 24 * * *", "its hour is wrong: allowed are 0 to 23"),
        ("* * 32 * *", "its day of month is wrong: allowed are 1 to 31, L"),
        ("* * * 13 *", "its month is wrong: allowed are 1 to 12 or JAN to DEC"),
        ("* * 1 FOO *", "its month is wrong"),
        ("* * * * 8", "its day of week is wrong: allowed are 0 to 7 or SUN to SAT"),
        ("*/0 * * * *", "the step /0 of its minute is wrong: allowed are numbers from 1 on"),
        ("0 22-6 * * *", "22-6 goes backwards; write 22-23,0-6 in its place"),
        ("0 0 * nov-feb fri-mon", "nov-feb goes backwards; write NOV-DEC,JAN-FEB in its place"),
        ("0 0 * * 5,fri-mon", "fri-mon goes backwards; write FRI-SAT,SUN-MON in its place"),
        ("1-5-9 * * * *", "its minute is wrong"),
        ("0 6 1-9/x * *", "the step /x of its day of month is wrong"),
        ("5-1 * * * *", "5-1 goes backwards; write 5-59,0-1 in its place"),
        ("0 0 31 2 *", "never fires, for no such day comes"),
        ("0 0 30 FEB *", "never fires"),
        ("@reboot", "allowed with @ are @yearly"),
        ("１ * * * *", "is no cron expression"),
        ("0," * 200 + "0 * * * *", "is no cron expression"),
    ],
)
def test_wrong_expressions(cron: str, said: str) -> None:
    """One sentence says what is wrong, and has an example that works."""
    with pytest.raises(ValueError, match=re.escape(said)) as caught:
        check_cron(cron)
    text = str(caught.value)
    assert "*/15 * * * *" in text or "@daily" in text or "in its place" in text
    assert "\n" not in text


@pytest.mark.parametrize("zone", ["Europe/Berln", "", "Mars", "../etc/passwd", "Europe", "\0", "é"])
def test_wrong_zones(zone: str) -> None:
    """One sentence says what was probably meant, or shows some that there are."""
    with pytest.raises(ValueError, match="is no time zone of this machine; ") as caught:
        check_zone(zone)
    assert "did you mean" in str(caught.value) or "Europe/Berlin" in str(caught.value)


def test_words() -> None:
    """An expression is explained in English."""
    assert in_words("*/15 * * * *") == "Every 15th minute of every hour"
    assert in_words("@weekly") == in_words("0 0 * * 0")


def test_words_of_a_step_beyond_its_field() -> None:
    """It is not said to come every 90 minutes, which it does not."""
    assert in_words("*/90 * * * *") == in_words("0 * * * *")
    assert in_words("0 */24 * * *") == in_words("0 0 * * *")
    assert in_words("0 0 1 */12 *") == in_words("0 0 1 1 *")
    assert in_words("*/59 */23 * */11 *").startswith("Every 59th minute past every 23")


# ---- Where clocks change -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cron", "zone", "first", "expected"),
    [
        # Berlin goes forward at 02:00 on 29 March 2026, and back at 03:00 on 25 October.
        ("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00+01:00",
         ["2026-03-29T03:00+02:00", "2026-03-30T02:30+02:00"]),
        ("10,30 2 * * *", "Europe/Berlin", "2026-03-28T12:00+01:00",
         ["2026-03-29T03:00+02:00", "2026-03-30T02:10+02:00"]),
        ("30 * * * *", "Europe/Berlin", "2026-03-29T01:00+01:00",
         ["2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00"]),
        ("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00+02:00",
         ["2026-10-25T02:30+02:00", "2026-10-26T02:30+01:00"]),
        # Asked within the hour that comes twice: what was fired in the first one is over.
        ("30 2 * * *", "Europe/Berlin", "2026-10-25T02:15+01:00", ["2026-10-26T02:30+01:00"]),
        ("30 * * * *", "Europe/Berlin", "2026-10-25T01:45+02:00",
         ["2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", "2026-10-25T03:30+01:00"]),
        # Half an hour on Lord Howe Island, midnight in Havana.
        ("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00+10:30",
         ["2026-10-04T02:30+11:00", "2026-10-05T02:15+11:00"]),
        ("30 0 * * *", "America/Havana", "2026-03-07T12:00-05:00",
         ["2026-03-08T01:00-04:00", "2026-03-09T00:30-04:00"]),
    ],
)  # fmt: skip
def test_changes_of_clocks(cron: str, zone: str, first: str, expected: list[str]) -> None:
    """A time that is skipped fires at the end of the gap, one that comes twice the first time."""
    assert fires(cron, zone, first, len(expected)) == expected


ORACLES: Final = {
    "30 1 * * *": ({30}, {1}),
    "30 2 * * *": ({30}, {2}),
    "0 0 * * *": ({0}, {0}),
    "15,45 0,1,2,3 * * *": ({15, 45}, {0, 1, 2, 3}),
    "59 23 * * *": ({59}, {23}),
    "5 0-23 * * *": ({5}, set(range(24))),
    "*/20 * * * *": ({0, 20, 40}, set(range(24))),
    "45 * * * *": ({45}, set(range(24))),
    "*/20 2 * * *": ({0, 20, 40}, {2}),
    "0 */2 * * *": ({0}, set(range(0, 24, 2))),
}
"""Expressions, and the minutes and hours that they mean."""

SOME_ZONES: Final = (
    "Europe/Berlin", "America/New_York", "America/Havana", "Australia/Lord_Howe", "Africa/Cairo",
    "Asia/Kolkata", "Antarctica/Troll", "America/Santiago", "Asia/Tehran", "Pacific/Chatham",
)  # fmt: skip

OTHERS: Final = tuple(sorted(available_timezones() - {*SOME_ZONES, "localtime", "Factory"}))


def changes(zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the moments of 2020 to 2037 in which the offset of a zone changes."""
    day = datetime(2020, 1, 1, tzinfo=UTC)
    while day.year < 2038:
        low, high = day, day + timedelta(days=1)
        if low.astimezone(zone).utcoffset() != high.astimezone(zone).utcoffset():
            before = low.astimezone(zone).utcoffset()
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                middle = middle.replace(second=0, microsecond=0)
                if middle.astimezone(zone).utcoffset() == before:
                    low = middle
                else:
                    high = middle
            yield high
        day += timedelta(days=1)


def simulated(cron: str, zone: ZoneInfo, first: datetime, last: datetime) -> list[datetime]:
    """Return when Debian's cron runs something: it looks at the local clock once a minute.

    What has a star in front of its minutes or hours runs when the clock shows its time.  All else
    runs once for each time that the clock has shown or has skipped, when that is noticed.
    """
    minutes, hours = ORACLES[cron]
    has_star = any(field.startswith("*") for field in cron.split()[:2])
    found = []
    shown = _local(first - timedelta(minutes=1), zone)
    at = first
    while at <= last:
        local = _local(at, zone)
        looked_at = [local] if has_star else list(_minutes(shown, local))
        if any(one.minute in minutes and one.hour in hours for one in looked_at):
            found.append(at)
        shown = max(shown, local)
        at += timedelta(minutes=1)
    return found


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)


def _minutes(after: datetime, until: datetime) -> Iterable[datetime]:
    while after < until:
        after += timedelta(minutes=1)
        yield after


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", [*SOME_ZONES, *also_long(OTHERS)])
def test_as_the_cron_of_debian(name: str) -> None:
    """Around every change of clocks from 2020 to 2037 it fires when Debian's cron would."""
    zone = ZoneInfo(name)
    for change in changes(zone):
        first, last = change - timedelta(hours=5), change + timedelta(hours=5)
        for cron in ORACLES:
            expected = simulated(cron, zone, first, last)
            found, moment = [], to_millis(first) - 1
            while (following := next_after(cron, name, moment)) is not None:
                if following > to_millis(last):
                    break
                found.append(datetime.fromtimestamp(following / 1000, UTC))
                moment = following
            assert found == expected, (cron, change)


@pytest.mark.parametrize("seed", seeds(20, 500))
def test_it_goes_on(seed: int, chance: random.Random) -> None:
    """Wherever one asks, the answer is later, a full minute, and the same from in between."""
    cron = chance.choice([*ORACLES, "@hourly", "0 12 * * MON#1", "7 3 L * *", "*/7 */5 * 3,10 *"])
    zone = chance.choice([*SOME_ZONES, *OTHERS])
    moment = chance.randint(to_millis(datetime(2020, 1, 1, tzinfo=UTC)), 2_145_000_000_000)
    for _ in range(20):
        following = next_after(cron, zone, moment)
        assert following is not None
        assert following > moment
        assert following % MINUTE == 0
        assert next_after(cron, zone, chance.randrange(moment, following)) == following
        moment = following
