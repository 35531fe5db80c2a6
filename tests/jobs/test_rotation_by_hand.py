"""The next signing key when an operator asks for it, whether or not it is time."""

from grantwell.protocol.key_life import KeyPolicy, NewKey
from grantwell.protocol.key_rotation import plan_rotation_by_hand
from grantwell.protocol.records import SigningKeyRow

NOW = 1_800_000_000
POLICY = KeyPolicy("EdDSA", 90 * 86400, 660, 1800)


def key(sequence: int, *, activates_at: int = NOW - 5, revoked_at: int | None = None) -> SigningKeyRow:
    return SigningKeyRow(f"key-{sequence}", sequence, "ES256", "sealed", NOW - 9, activates_at, revoked_at)


def test_it_is_published_first_though_the_last_one_is_young() -> None:
    assert plan_rotation_by_hand([key(3)], NOW, POLICY, at_once=False) == NewKey(4, "EdDSA", NOW + 660)


def test_it_signs_at_once_where_that_is_asked_for() -> None:
    assert plan_rotation_by_hand([key(3)], NOW, POLICY, at_once=True) == NewKey(4, "EdDSA", NOW)


def test_it_signs_at_once_where_no_other_key_can() -> None:
    for rows in ([], [key(1, revoked_at=NOW - 1)]):
        assert plan_rotation_by_hand(rows, NOW, POLICY, at_once=False).activates_at == NOW


def test_a_successor_that_waits_already_does_not_hinder_it() -> None:
    rows = [key(1), key(2, activates_at=NOW + 60)]
    assert plan_rotation_by_hand(rows, NOW, POLICY, at_once=True) == NewKey(3, "EdDSA", NOW)
