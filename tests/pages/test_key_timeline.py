import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

from grantwell.pages.console.key_timeline import MOST, NARROWEST, WIDTH, Timeline, timeline_of

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def at(days: float) -> str:
    return (NOW + timedelta(days=days)).isoformat()


def key(signs_from: float, state: str = "signing", **times: float) -> dict[str, Any]:
    found = {
        "id": f"key-{signs_from}",
        "state": state,
        "signs_from": at(signs_from),
        "published_at": at(signs_from - 0.01),
    }
    return found | {
        name: at(times[name]) if name in times else None for name in ("signs_until", "verifies_until", "revoked_at")
    }


def timeline(*keys: dict[str, Any], next_rotation: float = 80) -> Timeline:
    found = timeline_of(list(keys), {"now": at(0), "next_rotation_at": at(next_rotation)})
    assert found is not None
    for bar in found.bars:
        ends = [(segment.x, segment.x + segment.width) for segment in bar.segments]
        assert all(0 <= start <= end <= WIDTH for start, end in ends)
        assert all(later[0] >= earlier[1] - 0.2 for earlier, later in itertools.pairwise(ends))
    return found


def phases(found: Timeline, number: int = 0) -> list[str]:
    return [segment.phase for segment in found.bars[number].segments]


def test_the_key_that_signs_did_so_until_now_and_will_until_it_is_replaced() -> None:
    found = timeline(key(-10))
    assert phases(found) == ["published", "signs", "planned"]
    _, signs, planned = found.bars[0].segments
    assert abs(signs.x + signs.width - found.now_at) < 1
    assert planned.x + planned.width < WIDTH


def test_a_key_that_was_replaced_verifies_for_a_while() -> None:
    found = timeline(key(-10), key(-100, "retired", signs_until=-10, verifies_until=-9.98))
    assert phases(found, 1) == ["published", "signs", "verifies"]
    assert found.phases == ("published", "signs", "planned", "verifies")


def test_a_phase_of_minutes_can_be_seen_beside_one_of_months() -> None:
    found = timeline(key(-10), key(-100, "retired", signs_until=-10, verifies_until=-9.98))
    assert min(segment.width for bar in found.bars for segment in bar.segments) >= NARROWEST


def test_a_key_that_waits_will_sign_to_the_end_of_the_picture() -> None:
    found = timeline(key(0.005, "published"), key(-90, signs_until=0.005, verifies_until=0.03), next_rotation=0.005)
    assert phases(found) == ["published", "planned"]
    # The key that signs now ends in the future.
    assert phases(found, 1) == ["published", "signs", "verifies"]


def test_a_key_that_was_removed_shows_when() -> None:
    found = timeline(key(-1), key(-10, "revoked", signs_until=-1, verifies_until=-1, revoked_at=-1))
    assert phases(found, 1) == ["published", "signs", "removed"]


def test_a_key_that_was_removed_before_its_turn_never_signed() -> None:
    found = timeline(key(-10), key(-1, "revoked", signs_until=-2, verifies_until=-2, revoked_at=-2))
    assert "signs" not in phases(found, 1)


def test_only_the_newest_are_drawn_and_without_keys_nothing_is() -> None:
    assert len(timeline(*(key(-day) for day in range(1, 20))).bars) == MOST
    assert timeline_of([], {"now": at(0), "next_rotation_at": None}) is None
