from typing import Any

import pytest
from msgspec.structs import replace
from tests.support.values import NOW, OTHER_SECRETS, SECRETS, Entropy

from grantwell.protocol.encoding import encode_base64url
from grantwell.protocol.key_life import (
    MARGIN_SECONDS,
    KeyPolicy,
    key_set,
    living,
    open_private_key,
    seal_private_key,
)
from grantwell.protocol.keys import KeySet, generate_private_key, serialize_private_key
from grantwell.protocol.records import SigningKeyRow
from grantwell.protocol.server_secrets import server_secrets

POLICY = KeyPolicy("ES256", 90 * 86400, 660, 1800)
KEYS = SECRETS.signing_keys
DER = serialize_private_key(generate_private_key("ES256"))


def row(kid: str = "key-1", sequence: int = 1, activates_at: int = NOW, **fields: Any) -> SigningKeyRow:
    sealed = seal_private_key(DER, kid, KEYS, Entropy()(12))
    return replace(SigningKeyRow(kid, sequence, "ES256", sealed, activates_at, activates_at, None), **fields)


def kids(*rows: SigningKeyRow, now: int = NOW) -> list[str]:
    return [each.kid for each in living(rows, now, POLICY)]


def test_a_sealed_key_is_opened_again() -> None:
    assert open_private_key(row(), KEYS) == DER


def test_nothing_of_the_key_can_be_read_in_its_sealed_form() -> None:
    assert encode_base64url(DER)[20:40] not in row().private_key


def test_a_sealed_key_names_the_server_secret_that_sealed_it() -> None:
    assert row().private_key.startswith(f"{KEYS.primary_id}.")


def test_a_sealed_key_that_was_moved_to_another_row_opens_nothing() -> None:
    with pytest.raises(ValueError, match="signing key key-2 cannot be opened"):
        open_private_key(row("key-2", private_key=row("key-1").private_key), KEYS)


def test_a_key_that_another_server_sealed_says_which_secret_is_missing() -> None:
    with pytest.raises(ValueError, match="signing key key-1 is sealed with a server secret that is not given"):
        open_private_key(row(), OTHER_SECRETS.signing_keys)


def test_another_purposes_key_opens_nothing() -> None:
    with pytest.raises(ValueError, match="signing key key-1"):
        open_private_key(row(), SECRETS.consent)


def test_an_older_server_secret_still_opens_what_it_sealed() -> None:
    rotated = server_secrets((b"the secret that has followed it, 32+", b"a server secret for tests, of 32+"))
    assert open_private_key(row(), rotated.signing_keys) == DER


@pytest.mark.parametrize(
    "text", ["", ".", "garbage", f"{KEYS.primary_id}.", f"{KEYS.primary_id}.!", f"{KEYS.primary_id}.AAAA"]
)
def test_a_damaged_row_is_told_by_its_name(text: str) -> None:
    with pytest.raises(ValueError, match=r"key-1|Nonce"):
        open_private_key(row(private_key=text), KEYS)


def test_a_changed_ciphertext_opens_nothing() -> None:
    sealed = row().private_key
    changed = sealed[:-2] + ("A" if sealed[-2] != "A" else "B") + sealed[-1]
    with pytest.raises(ValueError, match="cannot be opened"):
        open_private_key(row(private_key=changed), KEYS)


def test_the_only_key_lives_however_old_it_is() -> None:
    assert kids(row(activates_at=NOW - 10**9)) == ["key-1"]


def test_a_key_lives_until_its_last_token_has_expired_by_every_clock() -> None:
    old, new = row("old", 1, NOW - 10**6), row("new", 2, NOW)
    last = NOW + POLICY.token_seconds + MARGIN_SECONDS
    assert kids(old, new, now=NOW) == ["old", "new"]
    assert kids(old, new, now=last - 1) == ["old", "new"]
    assert kids(old, new, now=last) == ["new"]


def test_a_key_that_waits_for_its_turn_lives_and_replaces_nobody_yet() -> None:
    assert kids(row("old", 1, NOW - 10**6), row("new", 2, NOW + 660), now=NOW) == ["old", "new"]


def test_a_revoked_key_is_gone_at_once() -> None:
    assert kids(row("old", 1, revoked_at=NOW), row("new", 2)) == ["new"]


def test_a_revoked_successor_replaces_nobody() -> None:
    old, revoked = row("old", 1, NOW - 10**6), row("revoked", 2, NOW - 10**5, revoked_at=NOW)
    assert kids(old, revoked, now=NOW) == ["old"]


def test_when_all_are_revoked_none_lives() -> None:
    assert kids(row(revoked_at=NOW)) == []


def test_keys_are_opened_once() -> None:
    rows = (row("one"), row("two", 2, NOW + 5))
    first = key_set(rows[:1], KEYS, KeySet(()))
    both = key_set(rows, KEYS, first)
    assert both.keys[0] is first.keys[0]
    assert [(key.kid, key.alg, key.activates_at) for key in both.keys] == [
        ("one", "ES256", NOW),
        ("two", "ES256", NOW + 5),
    ]


def test_a_key_that_cannot_be_opened_stops_the_reading() -> None:
    with pytest.raises(ValueError, match="key-1"):
        key_set((row(),), OTHER_SECRETS.signing_keys, KeySet(()))
