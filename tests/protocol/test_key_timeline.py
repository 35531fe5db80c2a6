from typing import Any

from msgspec.structs import replace
from tests.support.values import NOW

from grantwell.protocol.key_life import MARGIN_SECONDS, KeyPolicy, living
from grantwell.protocol.key_timeline import KeyLife, key_lives, key_states, next_rotation_at
from grantwell.protocol.records import SigningKeyRow

DAY = 86400
POLICY = KeyPolicy("ES256", 90 * DAY, 660, 1800)


def row(sequence: int, signs_from: int, **fields: Any) -> SigningKeyRow:
    made = SigningKeyRow(f"key-{sequence}", sequence, "ES256", "sealed", signs_from - 660, signs_from, None)
    return replace(made, **fields)


def lives(*rows: SigningKeyRow, now: int = NOW) -> list[KeyLife]:
    return list(key_lives(rows, now, POLICY))


def test_a_key_without_a_successor_signs_until_nobody_knows_when() -> None:
    (only,) = lives(row(1, NOW - DAY))
    assert only == KeyLife("key-1", "ES256", 1, "signing", NOW - DAY - 660, NOW - DAY, None, None, None)


def test_a_successor_tells_when_a_key_ceases_to_sign_and_when_to_verify() -> None:
    old, new = lives(row(1, NOW - DAY), row(2, NOW + 60))
    assert (old.state, old.signs_until) == ("signing", NOW + 60)
    assert old.verifies_until == NOW + 60 + POLICY.token_seconds + MARGIN_SECONDS
    assert (new.state, new.signs_until, new.verifies_until) == ("published", None, None)


def test_what_is_told_of_the_end_is_when_the_key_is_no_longer_there() -> None:
    rows = [row(1, NOW - DAY), row(2, NOW)]
    end = lives(*rows)[0].verifies_until
    assert end is not None
    assert [[each.kid for each in living(rows, now, POLICY)] for now in (end - 1, end)] == [
        ["key-1", "key-2"],
        ["key-2"],
    ]
    assert [key_states(rows, now, POLICY)["key-1"] for now in (end - 1, end)] == ["verifying", "retired"]


def test_a_revoked_key_ended_in_every_way_at_that_moment() -> None:
    revoked, _ = lives(row(1, NOW - DAY, revoked_at=NOW - 50), row(2, NOW - 50))
    assert (revoked.state, revoked.signs_until, revoked.verifies_until, revoked.revoked_at) == (
        "revoked",
        *(NOW - 50,) * 3,
    )


def test_a_key_that_was_revoked_long_after_its_time_ceased_to_sign_in_its_time() -> None:
    old, _ = lives(row(1, NOW - 9 * DAY, revoked_at=NOW), row(2, NOW - DAY))
    assert (old.signs_until, old.verifies_until) == (NOW - DAY, NOW)


def test_a_revoked_successor_ends_nobodys_time() -> None:
    old, _ = lives(row(1, NOW - DAY), row(2, NOW - 60, revoked_at=NOW))
    assert (old.state, old.signs_until, old.verifies_until) == ("signing", None, None)


def test_a_key_that_another_one_got_ahead_of_never_signs() -> None:
    waiting = row(2, NOW + 600)
    _, passed_over, _ = lives(row(1, NOW - DAY), waiting, row(3, NOW))
    assert passed_over.signs_until == passed_over.signs_from == NOW + 600
    states = key_states([row(1, NOW - DAY), waiting, row(3, NOW)], NOW + 600, POLICY)
    assert states == {"key-1": "verifying", "key-2": "verifying", "key-3": "signing"}


def test_the_next_rotation_is_when_the_waiting_key_begins_or_else_when_the_signing_one_is_due() -> None:
    assert next_rotation_at(lives(row(1, NOW - DAY)), POLICY) == NOW + 89 * DAY
    assert next_rotation_at(lives(row(1, NOW - DAY), row(2, NOW + 60)), POLICY) == NOW + 60
    assert next_rotation_at([], POLICY) is None
