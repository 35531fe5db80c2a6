import pytest
from hypothesis import given
from hypothesis import strategies as st

from grantwell.protocol.numbers import BUCKETS, DURATIONS, SLOT_SECONDS, SLOTS, Slot, in_steps, percentile, sum_of

NOW = 1_800_000_003.5
LAST = int(NOW) // SLOT_SECONDS - 1


def durations(**counts: int) -> list[int]:
    """Counts by bucket: `b0` is the first."""
    found = [0] * BUCKETS
    for name, times in counts.items():
        found[int(name.removeprefix("b"))] = times
    return found


def test_slots_add_up() -> None:
    one = Slot(2, 1, durations(b0=2), {"a": 1}, {"refresh_token": 1})
    other = Slot(3, 0, durations(b1=3), {"a": 2, "b": 1}, {})
    total = sum_of([one, other])
    assert total == Slot(5, 1, durations(b0=2, b1=3), {"a": 3, "b": 1}, {"refresh_token": 1})
    assert total.refused == 4
    assert one.refusals == {"a": 1}


def test_an_hour_in_steps_ends_with_the_last_slot_that_is_over() -> None:
    slots = {
        LAST + 1: Slot(requests=100),
        LAST: Slot(requests=1),
        LAST - 5: Slot(requests=2),
        LAST - 6: Slot(requests=4),
    }
    steps = in_steps(slots, NOW, 60)
    assert len(steps) == 60
    assert [slot.requests for _, slot in steps[-2:]] == [4, 3]
    assert steps[-1][0] + 60 == (LAST + 1) * SLOT_SECONDS
    assert sum(slot.requests for _, slot in steps) == 7


@pytest.mark.parametrize("step", [10, 30, 60, 300])
def test_every_step_covers_its_own_slots_and_the_whole_hour_is_covered(step: int) -> None:
    slots = {LAST - number: Slot(requests=1) for number in range(SLOTS + 5)}
    steps = in_steps(slots, NOW, step)
    assert {slot.requests for _, slot in steps} == {step // SLOT_SECONDS}
    assert sum(slot.requests for _, slot in steps) == SLOTS


def test_there_is_no_percentile_of_nothing() -> None:
    assert percentile([0] * BUCKETS, 0.5) is None


@pytest.mark.parametrize(
    ("counts", "part", "seconds"),
    [
        ({"b0": 10}, 0.5, 0.000125),
        ({"b2": 100}, 0.5, 0.00075),
        ({"b2": 99, "b13": 1}, 0.99, 0.001),
        ({"b2": 98, "b13": 2}, 0.99, 3.75),
        ({"b14": 1}, 0.5, 5.0),
        ({"b0": 1, "b14": 99}, 0.5, 5.0),
    ],
)
def test_a_percentile_lies_within_its_bucket(counts: dict[str, int], part: float, seconds: float) -> None:
    assert percentile(durations(**counts), part) == pytest.approx(seconds)


@given(st.lists(st.integers(0, 50), min_size=BUCKETS, max_size=BUCKETS))
def test_percentiles_never_fall_and_never_leave_the_buckets_that_have_requests(counts: list[int]) -> None:
    found = [percentile(counts, part / 20) for part in range(1, 21)]
    if not any(counts):
        assert set(found) == {None}
        return
    told = [each for each in found if each is not None]
    assert told == sorted(told)
    highest = max(bucket for bucket, times in enumerate(counts) if times)
    assert told[-1] <= DURATIONS[min(highest, len(DURATIONS) - 1)]
