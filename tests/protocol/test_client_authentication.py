from base64 import b64encode
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import (
    CLIENT_SECRET,
    NOW,
    OLDER_CLIENT_SECRET,
    a_client,
    a_context,
    a_form_call,
    a_public_client,
    basic,
    bearer,
)
from tests.support.vectors import vectors

from grantwell.protocol.client_authentication import (
    ClientCredentials,
    authenticate_client,
    read_client_credentials,
)
from grantwell.protocol.errors import InvalidClient, InvalidRequest
from grantwell.protocol.generated_secret import hash_secret
from grantwell.protocol.outcome import Use

ROTATED = a_client(older_secret_hash=hash_secret(OLDER_CLIENT_SECRET), older_secret_expires_at=NOW + 10)


def read(parameters: dict[str, str], authorization: str = "") -> ClientCredentials:
    return read_client_credentials(a_form_call(parameters, authorization=authorization), parameters)


@pytest.mark.parametrize("vector", vectors("basic"))
def test_http_basic_is_read_as_the_rfc_says(vector: dict[str, Any]) -> None:
    found = read({}, vector["header"])
    assert found == ClientCredentials(vector["client_id"], vector["client_secret"], True)


def test_credentials_are_read_from_the_body() -> None:
    assert read({"client_id": "a", "client_secret": "b"}) == ClientCredentials("a", "b", False)


def test_a_client_id_alone_is_read_from_the_body() -> None:
    assert read({"client_id": "a"}) == ClientCredentials("a", None, False)
    assert read({"client_id": "a", "client_secret": ""}) == ClientCredentials("a", None, False)


def test_a_bearer_is_neither_client_authentication_nor_an_error() -> None:
    assert read({"client_id": "a"}, bearer("anything")) == ClientCredentials("a", None, False)
    assert read({}, bearer("anything")) == ClientCredentials("", None, False)


def test_basic_may_repeat_its_client_id_in_the_body() -> None:
    assert read({"client_id": "a"}, basic("a", "b")) == ClientCredentials("a", "b", True)


def test_two_methods_at_once_are_refused() -> None:
    with refused(InvalidRequest, "client_two_methods"):
        read({"client_id": "a", "client_secret": "b"}, basic("a", "b"))


def test_two_clients_in_one_request_are_refused() -> None:
    with refused(InvalidRequest, "client_two_identities"):
        read({"client_id": "other"}, basic("a", "b"))


@pytest.mark.parametrize(
    "parameters", [{"client_id": "a" * 257}, {"client_id": "a", "client_secret": "b" * 257}], ids=["id", "secret"]
)
def test_endless_credentials_are_refused(parameters: dict[str, str]) -> None:
    with refused(InvalidRequest, "client_credentials_too_long"):
        read(parameters)


@pytest.mark.parametrize(
    "text",
    [b"no colon", b"", b"\xff:\xff", b"a\0:b", b"%00:b", b"a%00b:c", b"a" * 257 + b":b", b"a:" + b"b" * 257],
)
def test_malformed_basic_credentials_fail_as_basic(text: bytes) -> None:
    with refused(InvalidClient, "client_basic_malformed") as found:
        read({}, f"Basic {b64encode(text).decode()}")
    assert found.error.basic


@pytest.mark.parametrize("encoded", ["", "!!!", "YTpi YTpi", "YTp", "YT-_"])
def test_basic_that_is_no_base64_fails_as_basic(encoded: str) -> None:
    with refused(InvalidClient, "client_basic_malformed") as found:
        read({}, f"Basic {encoded}")
    assert found.error.basic


@given(st.text(max_size=40))
def test_whatever_basic_says_is_read_or_refused(text: str) -> None:
    with suppress(InvalidClient):
        assert "\0" not in read({}, basic(text, text)).client_id


def authenticate(client: Any, secret: str | None, *, basic: bool = False, now: int = NOW) -> tuple[Use, ...]:
    client_id = client.client_id if client else "somebody"
    return authenticate_client(client, ClientCredentials(client_id, secret, basic), a_context(now=now))


def use_of(secret: str, at: int = NOW) -> Use:
    return Use("client_secret", "client-1", at, hash_secret(secret))


def test_the_secret_proves_a_confidential_client() -> None:
    assert authenticate(a_client(), CLIENT_SECRET) == (use_of(CLIENT_SECRET),)


def test_an_id_is_all_that_a_public_client_has() -> None:
    assert authenticate(a_public_client(), None) == (Use("client", "public-1", NOW),)


def test_while_a_secret_is_rotated_both_work_each_with_its_own_last_use() -> None:
    assert authenticate(ROTATED, CLIENT_SECRET) == (use_of(CLIENT_SECRET),)
    assert authenticate(ROTATED, OLDER_CLIENT_SECRET) == (use_of(OLDER_CLIENT_SECRET),)


@pytest.mark.parametrize(
    ("client", "secret"),
    [
        (a_client(secret_last_used_at=NOW - 3, last_used_at=NOW - 2), CLIENT_SECRET),
        (a_public_client(last_used_at=NOW - 3), None),
    ],
)
def test_a_use_says_which_one_is_on_record(client: Any, secret: str | None) -> None:
    assert [use.noted_at for use in authenticate(client, secret)] == [NOW - 3]


@pytest.mark.parametrize("secret", [CLIENT_SECRET, OLDER_CLIENT_SECRET])
def test_while_a_secret_is_rotated_no_record_is_good_enough(secret: str) -> None:
    client = replace(ROTATED, secret_last_used_at=NOW, older_secret_last_used_at=NOW, last_used_at=NOW)
    assert [use.noted_at for use in authenticate(client, secret)] == [None]


def test_when_the_older_secret_has_ended_the_record_of_the_newest_is_good_enough() -> None:
    client = replace(ROTATED, secret_last_used_at=NOW)
    assert [use.noted_at for use in authenticate(client, CLIENT_SECRET, now=NOW + 10)] == [NOW]


def test_the_older_secret_ends_at_its_time() -> None:
    authenticate(ROTATED, OLDER_CLIENT_SECRET, now=NOW + 9)
    with refused(InvalidClient, "client_secret_expired"):
        authenticate(ROTATED, OLDER_CLIENT_SECRET, now=NOW + 10)


def test_an_older_secret_without_an_end_works_on() -> None:
    client = a_client(older_secret_hash=hash_secret(OLDER_CLIENT_SECRET))
    assert authenticate(client, OLDER_CLIENT_SECRET, now=10**12) == (use_of(OLDER_CLIENT_SECRET, 10**12),)


@pytest.mark.parametrize(
    ("client", "secret", "reason"),
    [
        (None, None, "client_unknown"),
        (None, CLIENT_SECRET, "client_unknown"),
        (a_client(enabled=False), CLIENT_SECRET, "client_disabled"),
        (a_public_client(enabled=False), None, "client_disabled"),
        (a_public_client(), CLIENT_SECRET, "client_public_with_secret"),
        (a_client(), None, "client_secret_missing"),
        (a_client(), "wrong", "client_secret_wrong"),
        (ROTATED, "wrong", "client_secret_wrong"),
        (a_client(secret_hash=None), CLIENT_SECRET, "client_secret_wrong"),
        (a_client(), hash_secret(CLIENT_SECRET), "client_secret_wrong"),
    ],
)
@pytest.mark.parametrize("basic", [True, False], ids=["basic", "body"])
def test_every_failure_reads_alike_on_the_wire(client: Any, secret: str | None, reason: str, basic: bool) -> None:
    with refused(InvalidClient, reason) as found:
        authenticate(client, secret, basic=basic)
    assert found.error.description == "client authentication failed"
    assert found.error.basic is basic


def test_whoever_names_no_client_is_refused_whatever_is_found() -> None:
    with refused(InvalidClient, "client_missing"):
        authenticate_client(a_public_client(), ClientCredentials("", None, False), a_context())
