import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.support.values import OTHER_SECRETS, SECRETS, a_code, a_lineage, a_refresh_token

from grantwell.protocol.encoding import encode_base64url
from grantwell.protocol.generated_secret import (
    AUTHORIZATION_CODE,
    REFRESH_TOKEN,
    payload_of,
    with_checksum,
)
from grantwell.protocol.lineage_token import LineageToken, is_genuine, read_lineage_token, write_lineage_token
from grantwell.protocol.server_secrets import server_secrets

KEYS = SECRETS.lineage
NUMBERS = st.integers(0, 2**32 - 1)


def presented(text: str) -> LineageToken:
    found = read_lineage_token(text)
    assert found is not None
    return found


@given(st.binary(min_size=16, max_size=16), NUMBERS, st.text(max_size=30))
def test_what_is_written_is_read_again_and_is_genuine(identifier: bytes, number: int, salt: str) -> None:
    lineage = a_lineage(lineage_id=encode_base64url(identifier), salt=salt)
    token = presented(write_lineage_token(lineage, number, KEYS))
    assert (token.lineage_id, token.number) == (lineage.lineage_id, number)
    assert is_genuine(token, lineage, KEYS)


def test_number_0_is_written_as_a_code_and_every_other_as_a_refresh_token() -> None:
    assert a_code().startswith("gw_code_")
    assert a_refresh_token(1).startswith("gw_refresh_")


def test_the_same_number_is_the_same_string_whenever_it_is_written() -> None:
    assert a_refresh_token(7) == a_refresh_token(7, a_lineage(generation=9, rotated_at=1, expires_at=2))


def test_no_two_numbers_share_a_string() -> None:
    assert len({a_refresh_token(number) for number in range(1, 200)}) == 199


@given(st.data())
def test_a_string_with_one_character_changed_is_never_genuine(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from((a_code(), a_refresh_token(1), a_refresh_token(300))))
    place = data.draw(st.integers(0, len(text) - 1))
    character = data.draw(st.characters(codec="ascii").filter(lambda found: found != text[place]))
    token = read_lineage_token(text[:place] + character + text[place + 1 :])
    assert token is None or not is_genuine(token, a_lineage(), KEYS)


@given(st.binary(min_size=32, max_size=32), NUMBERS)
def test_a_string_with_a_guessed_mac_is_read_but_not_genuine(mac: bytes, number: int) -> None:
    prefix = AUTHORIZATION_CODE if number == 0 else REFRESH_TOKEN
    token = presented(with_checksum(prefix, bytes(16) + number.to_bytes(4) + mac))
    assert not is_genuine(token, a_lineage(), KEYS)


@given(NUMBERS.filter(lambda number: number != 1))
def test_a_mac_of_one_number_does_not_serve_another(number: int) -> None:
    assert not is_genuine(replace(presented(a_refresh_token(1)), number=number), a_lineage(), KEYS)


def test_a_mac_of_one_lineage_does_not_serve_another() -> None:
    other = a_lineage(lineage_id="BBBBBBBBBBBBBBBBBBBBBB")
    assert not is_genuine(replace(presented(a_refresh_token(1)), lineage_id=other.lineage_id), other, KEYS)


def test_the_database_alone_cannot_make_a_string() -> None:
    assert not is_genuine(
        presented(
            write_lineage_token(
                a_lineage(key_id=OTHER_SECRETS.lineage.primary_id),
                1,
                OTHER_SECRETS.lineage,
            )
        ),
        a_lineage(),
        KEYS,
    )


def test_the_server_key_alone_cannot_make_a_string() -> None:
    assert not is_genuine(presented(a_refresh_token(1, a_lineage(salt="guessed"))), a_lineage(), KEYS)


def test_nothing_is_genuine_once_its_key_is_no_longer_known() -> None:
    assert not is_genuine(presented(a_refresh_token(1)), a_lineage(), OTHER_SECRETS.lineage)


def test_what_an_older_server_secret_made_stays_genuine() -> None:
    old, new = b"a server secret for tests, of 32+", b"the secret that has followed it, 32+"
    both = server_secrets((new, old)).lineage
    assert both.primary_id != KEYS.primary_id
    assert is_genuine(presented(a_refresh_token(1)), a_lineage(), both)


@pytest.mark.parametrize(
    ("prefix", "number"),
    [(AUTHORIZATION_CODE, 1), (AUTHORIZATION_CODE, 2**32 - 1), (REFRESH_TOKEN, 0)],
)
def test_a_string_in_the_clothes_of_the_other_kind_is_nothing(prefix: str, number: int) -> None:
    text = write_lineage_token(a_lineage(), number, KEYS)
    payload = payload_of(AUTHORIZATION_CODE if number == 0 else REFRESH_TOKEN, text)
    assert payload is not None
    assert read_lineage_token(with_checksum(prefix, payload)) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gw_code_",
        "gw_refresh_",
        "gw_key_AAAA",
        a_code().swapcase(),
        a_code() + "A",
        a_code()[:-1],
        with_checksum(AUTHORIZATION_CODE, bytes(51)),
        with_checksum(AUTHORIZATION_CODE, bytes(53)),
        with_checksum(REFRESH_TOKEN, bytes(100)),
        "gw_refresh_" + "A" * 100_000,
    ],
)
def test_what_this_server_could_not_have_made_is_nothing(text: str) -> None:
    assert read_lineage_token(text) is None


@given(st.one_of(st.text(), st.text().map(lambda text: f"gw_refresh_{text}")))
def test_any_text_is_read_without_complaint(text: str) -> None:
    assert read_lineage_token(text) is None
