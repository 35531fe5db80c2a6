"""What is kept of a refused request, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.support.values import NOW, a_context

from grantwell.protocol.authorization_errors import AuthorizationPageError, AuthorizationRedirectError
from grantwell.protocol.errors import InvalidGrant, InvalidScope
from grantwell.protocol.refused_request import (
    MASKED,
    MAXIMUM_URI,
    MAXIMUM_VALUE,
    RefusedRequest,
    masked_uri,
    tell_authorization,
    tell_token_request,
)

ASKED = {
    "client_id": "client-1",
    "redirect_uri": "https://client.example/cb?session=s3cret",
    "response_type": "code",
    "scope": "read write",
    "state": "a-secret-state",
    "code_challenge": "a-challenge",
    "code_challenge_method": "S256",
    "resource": None,
    "login_hint": "ada@example.com",
}


def test_a_refused_authorization_request_is_told_without_its_secrets() -> None:
    error = AuthorizationPageError(422, "invalid_request", "not registered", reason="redirect_uri_unknown")
    tell_authorization(error, ASKED, ("https://client.example/callback",), replace(a_context(), request_id="ref-1"))
    assert error.refused == RefusedRequest(
        "ref-1",
        NOW,
        "client-1",
        "authorize",
        "invalid_request",
        "redirect_uri_unknown",
        "not registered",
        "https://client.example/cb?session=…",
        (
            ("client_id", "client-1"),
            ("response_type", "code"),
            ("scope", "read write"),
            ("code_challenge_method", "S256"),
            ("state", MASKED),
            ("code_challenge", MASKED),
        ),
    )


def test_what_travels_by_redirect_is_told_as_the_error_that_it_is() -> None:
    error = AuthorizationRedirectError(
        "https://client.example/cb?error=invalid_scope", "unknown", reason="scope_unknown"
    )
    error.__cause__ = InvalidScope("unknown", reason="scope_unknown")
    tell_authorization(error, ASKED, (), a_context())
    assert error.refused is not None
    assert error.refused.error == "invalid_scope"
    assert "invalid_scope" not in (error.refused.redirect_uri or "")


def test_of_a_token_request_only_client_and_grant_type_are_told() -> None:
    error = InvalidGrant("used", reason="code_replayed")
    tell_token_request(error, "client-1", "authorization_code", replace(a_context(), request_id="ref-1"))
    assert error.refused == RefusedRequest(
        "ref-1", NOW, "client-1", "token", "invalid_grant", "code_replayed", "used", None,
        (("grant_type", "authorization_code"),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("https://a.test/cb", "https://a.test/cb"),
        ("https://a.test/cb?token=s3cret&x=", "https://a.test/cb?token=…&x="),
        ("https://a.test/cb?tenant=1&tenant=2", "https://a.test/cb?tenant=1&tenant=…"),
        ("https://a.test/cb?s3cret", "https://a.test/cb?…"),
        ("https://a.test/cb#s3cret", "https://a.test/cb#…"),
        ("https://ada:s3cret@a.test/cb", "https://…@a.test/cb"),
        ("https://s3cret@a.test", "https://…@a.test"),
        ("cursor://app/cb?code=s3cret", "cursor://app/cb?code=…"),
        ("com.example:/cb", "com.example:/cb"),
        ("s3cret", "s3cret"),
        ("https://a.test/<b>\x00é", "https://a.test/<b>\ufffd\ufffd"),
    ],
)
def test_a_redirect_uri_keeps_its_address_and_loses_its_values(sent: str, shown: str) -> None:
    assert masked_uri(sent, ("https://a.test/cb?tenant=1",)) == shown


def test_a_long_redirect_uri_is_cut() -> None:
    assert masked_uri("https://a.test/" + "x" * 3000, ()) == "https://a.test/" + "x" * (MAXIMUM_URI - 15) + MASKED


@given(st.text(max_size=3000), st.text(max_size=300))
def test_whatever_is_sent_little_is_kept_and_all_of_it_can_be_printed(uri: str, scope: str) -> None:
    error = AuthorizationPageError(400, "invalid_request", "x", reason="redirect_uri_unknown")
    tell_authorization(error, {"client_id": uri, "redirect_uri": uri, "scope": scope}, (), a_context())
    assert error.refused is not None
    assert len(error.refused.redirect_uri or "") <= MAXIMUM_URI + 1
    for value in (error.refused.client_id, error.refused.redirect_uri or "", *map(str, error.refused.sent)):
        assert value.isprintable()
    assert all(len(value) <= MAXIMUM_VALUE + 1 for _, value in error.refused.sent)
