from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import (
    CALLBACK,
    CHALLENGE,
    ISSUER,
    NOW,
    a_call,
    a_client,
    a_context,
    finish,
)

from grantwell.operations.authorize import AUTHORIZE
from grantwell.protocol.authorization_errors import AuthorizationPageError, AuthorizationRedirectError
from grantwell.protocol.call import Call
from grantwell.protocol.consent_token import browser_binding
from grantwell.protocol.outcome import ConsentRequest, Outcome, Reply
from grantwell.protocol.records import Client
from grantwell.storage.dictionary import DictionaryBackend

ASKED = {
    "client_id": "client-1",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "state": "s",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def decide(client: Client | None, server: dict[str, Any] | None = None, **changes: str) -> Outcome:
    context = a_context(**(server or {}))
    request = AUTHORIZE.read(a_call(query={**ASKED, **changes}), context)
    return AUTHORIZE.decide(request, client, context)


def redirect(server: dict[str, Any] | None = None) -> Reply:
    reply = decide(a_client(), server).reply
    assert callable(reply)
    return reply("the consent token")


def test_the_person_is_sent_to_the_consent_page_with_the_token() -> None:
    reply = redirect()
    headers = dict(reply.headers)
    assert (reply.status, reply.body) == (302, None)
    assert headers["Location"] == f"{ISSUER}/consent?consent_token=the+consent+token"
    assert headers["Cache-Control"] == "no-store"


def test_an_anonymous_caller_writes_nothing() -> None:
    outcome = decide(a_client())
    assert outcome.changes == ()
    assert outcome.client_id == "client-1"
    assert isinstance(outcome.unsealed, ConsentRequest)
    assert (outcome.unsealed.client_id, outcome.unsealed.expires_at) == ("client-1", NOW + 600)


def test_our_own_page_is_bound_to_the_browser() -> None:
    name, value = browser_binding("the consent token", secure=True)
    cookie = dict(redirect().headers)["Set-Cookie"]
    assert cookie == f"{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=600; Secure"


def test_a_plain_loopback_server_binds_without_https() -> None:
    issuer = "http://127.0.0.1:8000"
    cookie = dict(redirect({"issuer": issuer, "consent_url": f"{issuer}/consent"}).headers)["Set-Cookie"]
    assert not cookie.startswith("__Host-")
    assert cookie.endswith("; Path=/; HttpOnly; SameSite=Lax; Max-Age=600")


@pytest.mark.parametrize("url", ["https://pages.example.test/consent", f"{ISSUER}.evil.test/consent"])
def test_somebody_elses_page_gets_no_cookie_of_ours(url: str) -> None:
    headers = dict(redirect({"consent_url": url}).headers)
    assert headers["Location"] == f"{url}?consent_token=the+consent+token"
    assert "Set-Cookie" not in headers


def test_somebody_elses_page_may_have_a_query_of_its_own() -> None:
    location = dict(redirect({"consent_url": "https://pages.example.test/?page=consent"}).headers)["Location"]
    assert parse_qs(urlsplit(location).query) == {"page": ["consent"], "consent_token": ["the consent token"]}


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        (b"client_id=a&client_id=b&redirect_uri=c", "repeated_parameter"),
        (b"client_id=a&redirect_uri=b&redirect_uri=c", "repeated_parameter"),
        (b"client_id=%ff", "invalid_encoding"),
        (b"client_id=%00", "nul_character"),
    ],
)
def test_a_query_that_two_readers_could_read_differently_is_told_to_the_person(query: bytes, reason: str) -> None:
    with refused(AuthorizationPageError, reason) as found:
        AUTHORIZE.read(Call("GET", {}, query, "", "", b""), a_context())
    assert (found.error.page_status, found.error.page_error) == (400, "invalid_request")


def test_the_client_is_looked_up_whoever_owns_it() -> None:
    backend = DictionaryBackend()
    backend.tables.clients["client-1"] = a_client()
    request = AUTHORIZE.read(a_call(query=ASKED), a_context())
    assert finish(AUTHORIZE.load(backend, request, a_context())) == a_client()


def test_nothing_is_redirected_before_client_and_redirect_uri_are_trusted() -> None:
    wrong: dict[str, Any] = {"response_type": "token", "scope": "fly"}
    with refused(AuthorizationPageError, "authorize_client_unknown"):
        decide(None, **wrong)
    with refused(AuthorizationPageError, "redirect_uri_unknown"):
        decide(a_client(), redirect_uri="https://evil.test/", **wrong)
    with refused(AuthorizationRedirectError, "response_type_unknown") as found:
        decide(a_client(), **wrong)
    assert found.error.location.startswith(f"{CALLBACK}?error=unsupported_response_type")
