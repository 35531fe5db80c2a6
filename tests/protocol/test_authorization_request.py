from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import (
    CALLBACK,
    CHALLENGE,
    ISSUER,
    NOW,
    PUBLIC_CALLBACK,
    RESOURCE,
    VERIFIER,
    a_client,
    a_context,
    a_public_client,
    a_self_registered_client,
)

from grantwell.protocol.authorization_errors import AuthorizationPageError, AuthorizationRedirectError
from grantwell.protocol.authorization_request import (
    AuthorizationRequest,
    accept,
    answer,
    read_authorization_request,
    trust_redirect_uri,
)
from grantwell.protocol.consent_rules import metadata_digest
from grantwell.protocol.outcome import ConsentRequest
from grantwell.protocol.records import Client

ASKED = {
    "client_id": "client-1",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "read write",
    "state": "of the client",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
    "resource": RESOURCE,
}


def read(**changes: str | None) -> AuthorizationRequest:
    """The request of `ASKED`, with parameters changed, or with None left out."""
    return read_authorization_request(
        {name: value for name, value in {**ASKED, **changes}.items() if value is not None}
    )


def ask(client: Client | None = None, server: dict[str, Any] | None = None, **changes: str | None) -> ConsentRequest:
    return accept(read(**changes), client or a_client(), a_context(**(server or {})))


def page(status: int, error: str, found: Any) -> bool:
    return bool((found.error.page_status, found.error.page_error) == (status, error))


def test_everything_that_was_asked_is_read() -> None:
    assert read(prompt="consent", response_mode="query") == AuthorizationRequest(
        "client-1", CALLBACK, "code", "read write", "of the client", CHALLENGE, "S256", RESOURCE, "consent", "query", ()
    )


def test_unknown_parameters_do_not_count_however_long_they_are() -> None:
    assert read(nonce="n", login_hint="a" * 5000) == read()


@pytest.mark.parametrize("name", [name for name in ASKED if name not in ("client_id", "redirect_uri")])
def test_a_parameter_without_a_value_counts_as_left_out(name: str) -> None:
    assert read(**{name: ""}) == read(**{name: None})
    assert getattr(read(**{name: ""}), name) is None


@pytest.mark.parametrize("value", ["", None])
@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_without_client_or_redirect_uri_a_page_says_so(name: str, value: str | None) -> None:
    with refused(AuthorizationPageError, f"{name}_missing") as found:
        read(**{name: value})
    assert page(400, "invalid_request", found)


def test_state_is_at_most_1_kib_and_everything_else_2() -> None:
    assert read(state="s" * 1024).state == "s" * 1024
    with refused(AuthorizationPageError, "state_too_long") as found:
        read(state="s" * 1025)
    assert page(400, "invalid_request", found)
    for name in ("client_id", "redirect_uri", "scope", "resource", "code_challenge", "prompt"):
        assert getattr(read(**{name: "a" * 2048}), name) == "a" * 2048
        with refused(AuthorizationPageError, "parameter_too_long") as found:
            read(**{name: "a" * 2049})
        assert page(400, "invalid_request", found)


@pytest.mark.parametrize("client", [None, a_client(enabled=False)], ids=["unknown", "disabled"])
def test_an_unknown_client_is_told_to_the_person_and_nothing_is_redirected(client: Client | None) -> None:
    with refused(AuthorizationPageError, "authorize_client_unknown") as found:
        trust_redirect_uri(read(), client)
    assert page(404, "invalid_client", found)


@pytest.mark.parametrize("uri", ["https://evil.test/", CALLBACK + "/", CALLBACK + "?x=1", CALLBACK.upper(), "//"])
def test_a_redirect_uri_that_is_not_registered_is_told_to_the_person(uri: str) -> None:
    with refused(AuthorizationPageError, "redirect_uri_unknown") as found:
        trust_redirect_uri(read(redirect_uri=uri), a_client())
    assert page(422, "invalid_request", found)


def test_a_registered_redirect_uri_is_trusted() -> None:
    client = a_client()
    assert trust_redirect_uri(read(), client) is client
    native = a_public_client()
    assert trust_redirect_uri(read(redirect_uri=PUBLIC_CALLBACK.replace("7777", "1234")), native) is native


def test_a_person_is_asked_for_exactly_what_the_client_asked() -> None:
    asked = ask(prompt="consent")
    assert asked == ConsentRequest(
        asked.consent_id, "client-1", metadata_digest(a_client()), CALLBACK, ("read", "write"), RESOURCE,
        "of the client", CHALLENGE, "S256", "consent", NOW, NOW + 600,
    )  # fmt: skip
    assert len(asked.consent_id) == 22


def test_what_was_not_asked_is_filled_from_client_and_server() -> None:
    asked = ask(scope=None, resource=None, state=None, code_challenge=None, code_challenge_method=None)
    assert (asked.scopes, asked.resource, asked.state) == (("admin", "read", "write"), ISSUER, None)
    assert (asked.code_challenge, asked.code_challenge_method, asked.prompt) == (None, None, None)


def test_plain_is_remembered_where_it_is_allowed() -> None:
    asked = ask(server={"allow_plain_pkce": True}, code_challenge=VERIFIER, code_challenge_method=None)
    assert (asked.code_challenge, asked.code_challenge_method) == (VERIFIER, "plain")


REFUSALS: list[tuple[dict[str, Any], str, str]] = [
    ({"request": "eyJ"}, "request_not_supported", "request_object"),
    ({"request_uri": "https://a.test"}, "request_not_supported", "request_object"),
    ({"response_type": None}, "invalid_request", "response_type_missing"),
    ({"response_type": "token"}, "unsupported_response_type", "response_type_unknown"),
    ({"response_type": "code id_token"}, "unsupported_response_type", "response_type_unknown"),
    ({"response_mode": "fragment"}, "invalid_request", "response_mode_unknown"),
    ({"prompt": "none"}, "interaction_required", "prompt_none"),
    ({"prompt": "none consent"}, "interaction_required", "prompt_none"),
    ({"scope": "read  write"}, "invalid_scope", "scope_malformed"),
    ({"scope": "fly"}, "invalid_scope", "scope_unknown"),
    ({"resource": "other"}, "invalid_target", "resource_malformed"),
    ({"code_challenge": None}, "invalid_request", "pkce_challenge_missing"),
    ({"code_challenge": "short"}, "invalid_request", "pkce_challenge_malformed"),
    ({"code_challenge_method": "plain"}, "invalid_request", "pkce_plain_refused"),
    ({"code_challenge_method": None}, "invalid_request", "pkce_plain_refused"),
    ({"code_challenge_method": "S512"}, "invalid_request", "pkce_method_unknown"),
]


@pytest.mark.parametrize(("changes", "error", "reason"), REFUSALS)
def test_other_refusals_travel_back_to_the_client_with_state_and_iss(
    changes: dict[str, Any], error: str, reason: str
) -> None:
    with refused(AuthorizationRedirectError, reason) as found:
        ask(**changes)
    where, _, query = found.error.location.partition("?")
    said = parse_qs(query)
    assert where == CALLBACK
    assert (said["error"], said["state"], said["iss"]) == ([error], ["of the client"], [ISSUER])
    assert said["error_description"] == [found.error.description]
    assert "code" not in said


@pytest.mark.parametrize(
    ("client", "changes", "error", "reason"),
    [
        (a_client(allowed_grant_types=("client_credentials",)), {}, "unauthorized_client", "grant_type_not_allowed"),
        (a_client(allowed_scopes=("read",)), {}, "invalid_scope", "scope_not_allowed"),
        (a_client(allowed_scopes=()), {"scope": None}, "invalid_scope", "scope_none_left"),
        (a_self_registered_client(), {"scope": "admin"}, "invalid_scope", "scope_not_allowed"),
        (
            a_public_client(),
            {"code_challenge": None, "code_challenge_method": None},
            "invalid_request",
            "pkce_required",
        ),
        (
            a_client(require_pkce=True),
            {"code_challenge": None, "code_challenge_method": None},
            "invalid_request",
            "pkce_required",
        ),
    ],
)
def test_what_this_client_may_not_ask_travels_back_too(
    client: Client, changes: dict[str, Any], error: str, reason: str
) -> None:
    with refused(AuthorizationRedirectError, reason) as found:
        ask(client, **changes)
    assert parse_qs(urlsplit(found.error.location).query)["error"] == [error]


def test_a_resource_that_is_not_served_travels_back_with_both_values() -> None:
    with refused(AuthorizationRedirectError, "resource_unknown") as found:
        ask(server={"resources": ("https://one.test",)}, resource="https://other.test")
    description = parse_qs(urlsplit(found.error.location).query)["error_description"]
    assert description == ["resource https://other.test is not one of https://one.test"]


def test_an_empty_request_object_is_none() -> None:
    assert ask(request="", request_uri="").client_id == "client-1"


def test_a_request_that_no_consent_token_could_carry_is_refused_at_once() -> None:
    uri = CALLBACK + "?" + "a" * 1900
    client = a_client(redirect_uris=(uri,))
    assert ask(client, redirect_uri=uri).redirect_uri == uri
    with refused(AuthorizationRedirectError, "request_too_long") as found:
        ask(client, redirect_uri=uri, resource="https://a.test/" + "b" * 1000)
    assert parse_qs(urlsplit(found.error.location).query)["error"] == ["invalid_request"]


def test_state_in_characters_that_take_four_bytes_is_refused_when_it_is_too_long() -> None:
    assert ask(state="😀" * 400).state == "😀" * 400
    with refused(AuthorizationRedirectError, "request_too_long"):
        ask(state="😀" * 1024)


@given(st.text(min_size=1, max_size=100))
def test_state_comes_back_as_it_was_sent(state: str) -> None:
    location = answer(CALLBACK, state, a_context(), {"code": "c"})
    assert parse_qs(urlsplit(location).query) == {"code": ["c"], "state": [state], "iss": [ISSUER]}


def test_without_state_none_comes_back() -> None:
    assert (
        answer(CALLBACK, None, a_context(), {"code": "c"}) == f"{CALLBACK}?code=c&iss=https%3A%2F%2Fauth.example.test"
    )
