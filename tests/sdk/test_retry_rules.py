"""When to try again, and after how long: plain values."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwell.sdk.retries import is_worth_repeating, pause_seconds

NOW = 1_767_225_600.0


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504, 599])
def test_these_answers_invite_another_try(status: int) -> None:
    assert is_worth_repeating(status, {})


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 410, 422, 423])
def test_these_do_not(status: int) -> None:
    assert not is_worth_repeating(status, {})


def test_the_servers_own_word_wins_over_the_status() -> None:
    assert not is_worth_repeating(503, {"x-should-retry": "false"})
    assert is_worth_repeating(404, {"x-should-retry": "true"})
    assert is_worth_repeating(503, {"x-should-retry": "perhaps"})


@pytest.mark.parametrize(
    ("retries", "seconds"), [(0, 0.5), (1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 8.0), (9999, 8.0)]
)
def test_each_pause_is_twice_the_last_up_to_eight_seconds(retries: int, seconds: float) -> None:
    assert pause_seconds({}, retries, now=NOW, luck=0.0) == seconds
    assert pause_seconds({}, retries, now=NOW, luck=1.0) == seconds * 0.75


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "60"}, 60.0),
        ({"retry-after": formatdate(NOW + 30, usegmt=True)}, 30.0),
        ({"retry-after-ms": "150"}, 0.15),
        ({"retry-after-ms": "150", "retry-after": "7"}, 0.15),
        ({"retry-after-ms": "soon", "retry-after": "7"}, 7.0),
    ],
)
def test_a_pause_that_the_server_asks_for_is_kept(headers: dict[str, str], seconds: float) -> None:
    assert pause_seconds(headers, 0, now=NOW, luck=0.5) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "value", ["0", "-1", "61", "nan", "inf", "", "tomorrow", formatdate(NOW - 30, usegmt=True), formatdate(NOW + 90)]
)
def test_a_pause_of_nothing_or_of_more_than_a_minute_is_not(value: str) -> None:
    assert pause_seconds({"retry-after": value}, 0, now=NOW, luck=0.0) == 0.5


@given(header=st.text(), retries=st.integers(0, 10_000), luck=st.floats(0, 1))
def test_whatever_a_server_sends_the_pause_is_between_nothing_and_a_minute(
    header: str, retries: int, luck: float
) -> None:
    for name in ("retry-after", "retry-after-ms"):
        assert 0 < pause_seconds({name: header}, retries, now=NOW, luck=luck) <= 60
