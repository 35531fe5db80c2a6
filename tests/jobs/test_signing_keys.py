from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.support.values import NOW

from grantwell.jobs.signing_keys import plan_rotation
from grantwell.protocol.key_life import KeyPolicy, NewKey, living
from grantwell.protocol.key_rotation import plan_rotation_by_hand
from grantwell.protocol.records import SigningKeyRow

DAY = 86400
POLICY = KeyPolicy("ES256", 90 * DAY, 660, 1800)


def row(sequence: int = 1, activates_at: int = NOW, **fields: Any) -> SigningKeyRow:
    return replace(
        SigningKeyRow(f"key-{sequence}", sequence, "ES256", "sealed", activates_at, activates_at, None), **fields
    )


def test_the_first_key_signs_at_once() -> None:
    assert plan_rotation((), NOW, POLICY) == NewKey(1, "ES256", NOW)


def test_a_successor_is_published_ahead_of_its_turn_so_that_it_signs_when_the_old_one_is_due() -> None:
    due = NOW + POLICY.rotation_seconds
    assert plan_rotation((row(),), due - POLICY.publish_ahead_seconds - 1, POLICY) is None
    made = plan_rotation((row(),), due - POLICY.publish_ahead_seconds, POLICY)
    assert made == NewKey(2, "ES256", due)


def test_a_late_successor_is_published_just_as_long() -> None:
    late = NOW + 1000 * DAY
    assert plan_rotation((row(),), late, POLICY) == NewKey(2, "ES256", late + POLICY.publish_ahead_seconds)


def test_a_successor_that_waits_for_its_turn_is_already_made() -> None:
    due = NOW + POLICY.rotation_seconds
    assert plan_rotation((row(), row(2, due)), due - 1, POLICY) is None
    assert plan_rotation((row(), row(2, due)), due, POLICY) is None


def test_another_algorithm_brings_a_new_key_in_its_turn() -> None:
    other = KeyPolicy("EdDSA", POLICY.rotation_seconds, POLICY.publish_ahead_seconds, POLICY.token_seconds)
    assert plan_rotation((row(),), NOW + 5, other) == NewKey(2, "EdDSA", NOW + 5 + POLICY.publish_ahead_seconds)


def test_processes_that_are_set_up_differently_do_not_make_keys_without_end() -> None:
    rows: list[SigningKeyRow] = [row()]
    for minute in range(60):
        now = NOW + 60 * minute
        for alg in ("ES256", "RS256"):
            policy = KeyPolicy(alg, POLICY.rotation_seconds, POLICY.publish_ahead_seconds, POLICY.token_seconds)
            made = plan_rotation(rows, now, policy)
            if made is not None:
                rows.append(row(made.sequence, made.activates_at, alg=made.alg))
    assert len(rows) <= 1 + 3600 // POLICY.publish_ahead_seconds + 1


def test_after_an_emergency_a_new_key_signs_at_once() -> None:
    revoked = (row(revoked_at=NOW), row(2, revoked_at=NOW))
    assert plan_rotation(revoked, NOW, POLICY) == NewKey(3, "ES256", NOW)


def test_when_the_newest_is_revoked_the_one_before_it_counts() -> None:
    rows = (row(), row(2, NOW + 5, revoked_at=NOW + 6))
    assert plan_rotation(rows, NOW + 10, POLICY) is None
    assert plan_rotation(rows, NOW + 91 * DAY, POLICY) == NewKey(3, "ES256", NOW + 91 * DAY + 660)


@given(st.lists(st.integers(1, 40 * DAY), min_size=1, max_size=40))
def test_whenever_it_is_asked_a_key_is_always_in_use_published_long_enough_and_never_too_old(
    pauses: Sequence[int],
) -> None:
    now, rows = NOW, [row()]
    published = {"key-1": NOW - 10**6}
    for pause in pauses:
        now += pause
        made = plan_rotation(rows, now, POLICY)
        if made is not None:
            rows.append(row(made.sequence, made.activates_at))
            published[f"key-{made.sequence}"] = now
        assert plan_rotation(rows, now, POLICY) is None
        alive = living(rows, now, POLICY)
        in_use = [each for each in alive if each.activates_at <= now]
        assert in_use
        assert now - in_use[-1].activates_at < POLICY.rotation_seconds + 40 * DAY + POLICY.publish_ahead_seconds
        for each in rows:
            assert each.activates_at - published[each.kid] >= POLICY.publish_ahead_seconds
        # Whoever signed within a token's life is still verified.
        signed_lately = [each for each in rows if each.activates_at <= now]
        assert set(signed_lately[-1:]) <= set(alive)


@pytest.mark.parametrize(
    ("rows", "at_once", "expected"),
    [
        ((), False, NewKey(1, "ES256", NOW)),
        ((row(),), False, NewKey(2, "ES256", NOW + 660)),
        ((row(),), True, NewKey(2, "ES256", NOW)),
        ((row(revoked_at=NOW),), False, NewKey(2, "ES256", NOW)),
    ],
)
def test_an_operator_rotates_when_it_seems_right(
    rows: tuple[SigningKeyRow, ...], at_once: bool, expected: NewKey
) -> None:
    assert plan_rotation_by_hand(rows, NOW, POLICY, at_once=at_once) == expected
