from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import CHALLENGE, VERIFIER, a_client, a_public_client, a_self_registered_client
from tests.support.vectors import vectors

from grantwell.protocol.errors import InvalidGrant, InvalidRequest
from grantwell.protocol.pkce import (
    accept_challenge,
    challenge_of,
    is_verifier,
    requires_pkce,
    verify_code_verifier,
)

UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
VERIFIERS = st.text(UNRESERVED, min_size=43, max_size=128)
METHODS = st.sampled_from(("S256", "plain"))


@pytest.mark.parametrize("vector", vectors("pkce"))
def test_a_challenge_is_made_as_the_rfc_says(vector: dict[str, Any]) -> None:
    assert challenge_of(vector["verifier"], vector["method"]) == vector["challenge"]
    verify_code_verifier(vector["verifier"], vector["challenge"], vector["method"])


@given(VERIFIERS, METHODS)
def test_whoever_made_the_challenge_passes(verifier: str, method: str) -> None:
    challenge, accepted = accept_challenge(a_client(), challenge_of(verifier, method), method, allow_plain=True) or (
        "",
        "",
    )
    verify_code_verifier(verifier, challenge, accepted)


@given(VERIFIERS, VERIFIERS, METHODS)
def test_nobody_else_passes(verifier: str, guess: str, method: str) -> None:
    if guess != verifier:
        with refused(InvalidGrant, "pkce_mismatch"):
            verify_code_verifier(guess, challenge_of(verifier, method), method)


def test_the_challenge_itself_is_no_verifier() -> None:
    with refused(InvalidGrant, "pkce_mismatch"):
        verify_code_verifier(CHALLENGE, CHALLENGE, "S256")


def test_a_verifier_is_missing() -> None:
    with refused(InvalidGrant, "pkce_verifier_missing"):
        verify_code_verifier(None, CHALLENGE, "S256")


def test_a_verifier_without_a_challenge_shows_that_somebody_took_the_challenge_away() -> None:
    with refused(InvalidGrant, "pkce_downgrade"):
        verify_code_verifier(VERIFIER, None, None)


def test_neither_challenge_nor_verifier_is_fine_once_it_was_accepted_so() -> None:
    verify_code_verifier(None, None, None)


@pytest.mark.parametrize("verifier", ["", "a" * 42, "a" * 129, "a" * 42 + " ", "a" * 42 + "é", "a" * 42 + "+"])
def test_a_malformed_verifier_is_told_apart_from_a_wrong_one(verifier: str) -> None:
    assert not is_verifier(verifier)
    with refused(InvalidGrant, "pkce_verifier_malformed"):
        verify_code_verifier(verifier, CHALLENGE, "S256")


@pytest.mark.parametrize("verifier", ["a" * 43, "a" * 128, UNRESERVED])
def test_43_to_128_unreserved_characters_are_a_verifier(verifier: str) -> None:
    assert is_verifier(verifier)


def test_a_challenge_whose_method_was_lost_is_compared_as_plain() -> None:
    verify_code_verifier(VERIFIER, VERIFIER, None)
    with refused(InvalidGrant, "pkce_mismatch"):
        verify_code_verifier(VERIFIER, CHALLENGE, None)


@pytest.mark.parametrize(
    ("client", "required"),
    [
        (a_client(), False),
        (a_client(require_pkce=True), True),
        (a_client(origin="registration"), True),
        (a_public_client(), True),
        (a_self_registered_client(), True),
    ],
)
def test_public_and_self_registered_clients_need_pkce_others_as_they_were_set_up(client: Any, required: bool) -> None:
    assert requires_pkce(client) is required
    if required:
        with refused(InvalidRequest, "pkce_required"):
            accept_challenge(client, None, None, allow_plain=True)
    else:
        assert accept_challenge(client, None, None, allow_plain=True) is None


def test_a_method_without_a_challenge_is_refused() -> None:
    with refused(InvalidRequest, "pkce_challenge_missing"):
        accept_challenge(a_client(), None, "S256", allow_plain=False)


def test_s256_is_accepted() -> None:
    assert accept_challenge(a_public_client(), CHALLENGE, "S256", allow_plain=False) == (CHALLENGE, "S256")


@pytest.mark.parametrize("method", ["S512", "s256", "PLAIN", "none", " S256"])
def test_an_unknown_method_is_refused(method: str) -> None:
    with refused(InvalidRequest, "pkce_method_unknown"):
        accept_challenge(a_public_client(), CHALLENGE, method, allow_plain=True)


@pytest.mark.parametrize("method", [None, "plain"])
def test_plain_is_refused_unless_it_was_switched_on_and_no_method_means_plain(method: str | None) -> None:
    with refused(InvalidRequest, "pkce_plain_refused"):
        accept_challenge(a_public_client(), VERIFIER, method, allow_plain=False)
    assert accept_challenge(a_public_client(), VERIFIER, method, allow_plain=True) == (VERIFIER, "plain")


@pytest.mark.parametrize(
    ("challenge", "method"),
    [
        ("", "S256"),
        (CHALLENGE[:-1], "S256"),
        (CHALLENGE + "A", "S256"),
        (CHALLENGE[:-1] + "=", "S256"),
        ("a" * 42, "plain"),
        ("a" * 129, "plain"),
        ("a" * 42 + "/", "plain"),
    ],
)
def test_a_malformed_challenge_is_refused(challenge: str, method: str) -> None:
    with refused(InvalidRequest, "pkce_challenge_malformed"):
        accept_challenge(a_public_client(), challenge, method, allow_plain=True)
