"""Windows of time, in which rate limits count."""

import pytest

from grantwell.asgi import windows
from grantwell.asgi.windows import Limit, Windows, parse_limit


@pytest.mark.parametrize(
    ("text", "limit"),
    [("1/second", (1, 1)), ("30/minute", (30, 60)), ("100/hour", (100, 3600)), ("7/day", (7, 86400))],
)
def test_a_limit_is_read_as_a_count_and_the_seconds_of_its_unit(text: str, limit: tuple[int, int]) -> None:
    assert parse_limit(text) == Limit(*limit)


@pytest.mark.parametrize("text", ["", "30", "30/fortnight", "many/hour"])
def test_what_is_no_limit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"limit|int"):
        parse_limit(text)


def test_a_window_begins_with_the_first_time_and_ends_after_its_seconds() -> None:
    counted = Windows()
    first, last, next_window = (counted.count(("a",), 60, now) for now in (100, 159, 160))
    assert (first.ends_at, last.count, next_window.count, next_window.ends_at) == (160, 2, 1, 220)


def test_each_key_has_a_window_of_its_own() -> None:
    counted = Windows()
    counted.count(("a", "b"), 60, 0)
    assert counted.count(("a", "c"), 60, 0).count == 1


def test_looking_does_not_count() -> None:
    counted = Windows()
    assert counted.seen(("a",), 0) is None
    counted.count(("a",), 60, 0)
    assert [window.count for window in (counted.seen(("a",), 0), counted.seen(("a",), 59)) if window] == [1, 1]
    assert counted.seen(("a",), 60) is None


def test_windows_that_are_over_are_forgotten_and_living_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MANY", 4)
    counted = Windows()
    counted.count(("lives",), 1000, 0)
    for number in range(100):
        counted.count((str(number),), 1, number)
    assert len(counted) < 20
    assert counted.count(("lives",), 1000, 99).count == 2


def test_there_is_a_most_that_is_kept_and_the_oldest_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(windows, "MANY", 4)
    monkeypatch.setattr(windows, "MOST", 16)
    counted = Windows()
    for number in range(100):
        counted.count((str(number),), 1000, 0)
    assert len(counted) <= 16
    assert counted.seen(("99",), 0)
    assert not counted.seen(("0",), 0)
