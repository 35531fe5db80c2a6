"""The browser's part of a login: where the person is sent, and what is made of where they come back to."""

from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.sdk.clients import Both
from tests.sdk.recording_server import RecordingServer, as_json

from grantwell.sdk import AuthorizationDeniedError, AuthorizationRequest, CallbackError, Grantwell
from grantwell.sdk.login.pkce import code_challenge, new_code_verifier

CALLBACK = "https://app.test/callback"
ISSUER = "https://auth.test"
TOKEN = {"access_token": "access-s3cret", "token_type": "Bearer", "expires_in": 1800}


def begin(**arguments: Any) -> AuthorizationRequest:
    given: dict[str, Any] = {
        "client_id": "c",
        "redirect_uri": CALLBACK,
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/a",
    }
    return AuthorizationRequest(**given | arguments)


def answer(request: AuthorizationRequest, query: str = "code=abc&iss=https%3A%2F%2Fauth.test") -> str:
    return f"{CALLBACK}?state={request.state}&{query}"


def test_the_challenge_is_that_of_the_rfc() -> None:
    # RFC 7636, appendix B.
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert code_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_verifier_is_long_enough_and_never_the_same() -> None:
    verifiers = {new_code_verifier() for _ in range(50)}
    assert len(verifiers) == 50
    assert {len(verifier) for verifier in verifiers} == {43}


def test_the_address_holds_everything_that_the_server_must_know_and_not_the_verifier(both: Both) -> None:
    request = both.client.oauth.authorization_url(
        client_id="c", redirect_uri=CALLBACK, scope="a b", resource="https://api.test", prompt="consent"
    )
    query = dict(parse_qsl(urlsplit(request.url).query))
    assert urlsplit(request.url).path == "/v2/oauth/authorize"
    assert query == {
        "response_type": "code",
        "client_id": "c",
        "redirect_uri": CALLBACK,
        "scope": "a b",
        "resource": "https://api.test",
        "state": request.state,
        "code_challenge": code_challenge(request.code_verifier),
        "code_challenge_method": "S256",
        "prompt": "consent",
    }
    assert request.code_verifier not in request.url


def test_parameters_of_ones_own_cannot_weaken_a_login() -> None:
    request = begin(parameters={"state": "mine", "code_challenge_method": "plain", "prompt": "login"})
    query = dict(parse_qsl(urlsplit(request.url).query))
    assert (query["state"], query["code_challenge_method"], query["prompt"]) == (request.state, "S256", "login")


def test_an_endpoint_with_a_query_keeps_it() -> None:
    assert "/a?tenant=7&" in begin(authorization_endpoint=f"{ISSUER}/a?tenant=7").url


def test_no_two_logins_share_a_state_or_a_verifier() -> None:
    one, other = begin(), begin()
    assert {one.state, one.code_verifier}.isdisjoint({other.state, other.code_verifier})


def test_the_secrets_of_a_login_do_not_show() -> None:
    request = begin()
    assert request.state not in repr(request)
    assert request.code_verifier not in repr(request)


def test_a_login_survives_being_kept_in_a_session() -> None:
    request = begin(scope="a", parameters={"prompt": "login"})
    assert AuthorizationRequest(**asdict(request)) == request
    assert AuthorizationRequest(**asdict(request)).url == request.url


def test_the_code_is_taken_from_an_answer_that_is_this_servers_to_this_request() -> None:
    request = begin()
    assert request.code_from(answer(request)) == "abc"
    assert request.code_from(answer(request, "code=abc")) == "abc"


@pytest.mark.parametrize(
    ("query", "complaint"),
    [
        (
            "code=abc&iss=https%3A%2F%2Fevil.test",
            "the answer is from https://evil.test, and was to be from https://auth.test",
        ),
        ("code=abc&iss=", "the answer is from , and was to be"),
        ("code=abc&iss=https%3A%2F%2Fauth.test%2F", "the answer is from https://auth.test/"),
        ("code=abc&code=def", "a parameter twice"),
        ("code=abc&iss=https%3A%2F%2Fauth.test&iss=https%3A%2F%2Fevil.test", "a parameter twice"),
        ("", "neither a code nor an error"),
        ("code=", "neither a code nor an error"),
    ],
)
def test_an_answer_with_the_right_state_may_still_be_wrong(query: str, complaint: str) -> None:
    request = begin()
    with pytest.raises(CallbackError, match=complaint):
        request.code_from(answer(request, query))


@pytest.mark.parametrize(
    "callback_url",
    [
        f"{CALLBACK}?code=abc",
        f"{CALLBACK}?code=abc&state=",
        f"{CALLBACK}?code=abc&state=another",
        f"{CALLBACK}?code=abc&state=%C3%BC",
        f"{CALLBACK}?error=access_denied&state=another",
        CALLBACK,
        "",
    ],
)
def test_an_answer_to_another_request_is_refused_whatever_it_says(callback_url: str) -> None:
    request = begin()
    with pytest.raises(CallbackError, match="another request") as raised:
        request.code_from(callback_url)
    assert not isinstance(raised.value, AuthorizationDeniedError)
    assert request.state not in str(raised.value)


@pytest.mark.parametrize("query", ["state=x&state={state}", "state={state}&state=x", "state={state}&state={state}"])
def test_a_second_state_does_not_smuggle_an_answer_in(query: str) -> None:
    request = begin()
    with pytest.raises(CallbackError, match="another request"):
        request.code_from(f"{CALLBACK}?code=abc&{query.format(state=request.state)}")


def test_a_server_that_always_says_who_it_is_must_say_so() -> None:
    request = begin(issuer_required=True)
    with pytest.raises(CallbackError, match="does not say who it is from"):
        request.code_from(answer(request, "code=abc"))
    assert request.code_from(answer(request)) == "abc"


def test_a_denial_says_why_on_one_line() -> None:
    request = begin()
    with pytest.raises(AuthorizationDeniedError) as raised:
        request.code_from(answer(request, "error=access_denied&error_description=said%20no%0Aforged"))
    assert (raised.value.error, raised.value.error_description) == ("access_denied", "said no forged")
    assert str(raised.value) == "authorization failed: access_denied: said no forged"


def test_the_exchange_shows_verifier_redirect_and_resource(both: Both, server: RecordingServer) -> None:
    server.will(as_json(TOKEN))
    request = both.client.oauth.authorization_url(client_id="c", redirect_uri=CALLBACK, resource="https://api.test")
    callback_url = f"{CALLBACK}?code=abc&state={request.state}&iss={server.origin}"
    token = both.done(both.client.oauth.exchange(request, callback_url, client_secret="s", timeout=5))
    assert token.access_token == "access-s3cret"
    assert server.last.form == {
        "grant_type": "authorization_code",
        "client_id": "c",
        "client_secret": "s",
        "code": "abc",
        "code_verifier": request.code_verifier,
        "redirect_uri": CALLBACK,
        "resource": "https://api.test",
    }


def test_nothing_is_sent_for_an_answer_that_is_not_one(server: RecordingServer) -> None:
    with Grantwell(base_url=server.base_url) as client:
        request = client.oauth.authorization_url(client_id="c", redirect_uri=CALLBACK)
        with pytest.raises(CallbackError):
            client.oauth.exchange(request, f"{CALLBACK}?code=abc&state=x")
    assert server.asked == []
