"""Servers that are not ours, or not well: what a protected resource takes from them, and what not."""

import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest
from tests.requirements.marker import requirement
from tests.resource.issuer import INTROSPECT, JWKS, METADATA, Issuer, issuing
from tests.resource.refusing import admits, reason_of
from tests.support.clock import Clock

from grantwell.resource import Introspection, ProtectedResource
from grantwell.resource.discovery import Endpoints, NoUsableAnswer, check_issuer, read_server_metadata, well_known

RESOURCE = "https://api.example.com"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with issuing() as made:
        yield made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def api(issuer: Issuer, clock: Clock) -> ProtectedResource:
    return ProtectedResource(RESOURCE, issuer=issuer.origin, clock=clock)


def test_a_token_may_name_several_audiences_and_leave_out_what_is_ours(issuer: Issuer, api: ProtectedResource) -> None:
    token = api.verify(issuer.token(aud=["https://other.example.com", RESOURCE]))
    assert token.audience == ("https://other.example.com", RESOURCE)
    assert (token.subject, token.client_id, token.scopes) == ("ada", "", frozenset())


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"cnf": {"jkt": "x"}}, "token_bound"),
        ({"nbf": 4_000_000_000}, "token_not_yet_valid"),
        ({"scope": ["orders:read"]}, "token_malformed"),
        ({"exp": "tomorrow"}, "token_malformed"),
        ({"aud": None}, "token_malformed"),
        ({"padding": "x" * 9000}, "token_malformed"),
    ],
)
def test_a_genuine_token_may_be_no_good(
    claims: dict[str, Any], reason: str, issuer: Issuer, api: ProtectedResource
) -> None:
    assert reason_of(api, issuer.token(**claims)) == reason


@requirement("protected-resource.critical")
def test_an_extension_that_must_be_understood_is_not(issuer: Issuer, api: ProtectedResource) -> None:
    token = issuer.token({"crit": ["b64"], "b64": True})
    assert reason_of(api, token) == "token_malformed"


@requirement("protected-resource.type")
@pytest.mark.parametrize(
    ("typ", "reason"),
    [
        ("at+jwt", None),
        ("AT+JWT", None),
        ("application/at+jwt", None),
        ("JWT", "token_wrong_type"),
        ("dpop+jwt", "token_wrong_type"),
    ],
)
def test_only_a_token_of_the_right_type_is_an_access_token(
    typ: str, reason: str | None, issuer: Issuer, api: ProtectedResource
) -> None:
    token = issuer.token({"typ": typ})
    assert admits(api, token) if reason is None else reason_of(api, token) == reason


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({METADATA: b"<html>"}, id="metadata that are no JSON"),
        pytest.param({METADATA: ["issuer"]}, id="metadata that are no object"),
        pytest.param({METADATA: {"issuer": "https://evil.example.com"}}, id="metadata of another issuer"),
        pytest.param({METADATA: None}, id="no metadata"),
        pytest.param({JWKS: {"error": "oops"}}, id="no key set"),
        pytest.param({JWKS: b"[" * 100_000}, id="a key set that is nested without end"),
        pytest.param({JWKS: b" " * 1_100_000 + b'{"keys":[]}'}, id="a key set of more than a mebibyte"),
        pytest.param({JWKS: None}, id="nothing where the keys are said to be"),
    ],
)
def test_a_server_that_answers_nonsense_has_not_answered(
    answers: dict[str, Any], issuer: Issuer, api: ProtectedResource, clock: Clock
) -> None:
    good = dict(issuer.answers)
    issuer.answers |= answers
    assert reason_of(api, issuer.token()) == "keys_unavailable"
    issuer.answers = good
    clock.advance(1)
    assert admits(api, issuer.token())


def test_a_server_that_never_comes_to_an_end_is_not_waited_for(issuer: Issuer, clock: Clock) -> None:
    api = ProtectedResource(RESOURCE, issuer=issuer.origin, clock=clock, timeout_seconds=0.2)
    issuer.drips = True
    # Each byte comes in time; all of them together never do.
    assert reason_of(api, issuer.token()) == "keys_unavailable"
    issuer.drips = False


def test_nonsense_does_not_take_the_keys_away_that_are_known(
    issuer: Issuer, api: ProtectedResource, clock: Clock
) -> None:
    token = issuer.token(exp=4_000_000_000)
    assert admits(api, token)
    issuer.answers[JWKS] = {"error": "oops"}
    clock.advance(300)
    assert admits(api, token)


def test_a_redirect_is_not_followed(issuer: Issuer, api: ProtectedResource) -> None:
    issuer.status, issuer.headers = 302, {"Location": f"{issuer.origin}{JWKS}"}
    assert reason_of(api, issuer.token()) == "keys_unavailable"
    assert len(issuer.received) == 1


def test_the_server_says_how_long_its_keys_are_good(issuer: Issuer, api: ProtectedResource, clock: Clock) -> None:
    issuer.headers = {"Cache-Control": "max-age=3600", "Age": "600"}
    token = issuer.token(exp=4_000_000_000)
    assert admits(api, token)
    clock.advance(3000 * 0.8 - 1)
    assert admits(api, token)
    assert len(issuer.received) == 2
    clock.advance(3000)
    assert admits(api, token)
    assert len(issuer.received) == 4


def asking(issuer: Issuer, clock: Clock, **more: Any) -> ProtectedResource:
    introspection = Introspection(client_id="orders", client_secret="hush", **more)
    return ProtectedResource(RESOURCE, issuer=issuer.origin, introspection=introspection, clock=clock)


def test_an_opaque_token_is_asked_about(issuer: Issuer, clock: Clock) -> None:
    issuer.answers[INTROSPECT] = {"active": True, "aud": RESOURCE, "sub": "ada", "scope": "orders:read"}
    api = asking(issuer, clock)
    token = api.verify("opaque-0123", ["orders:read"])
    api.close()
    assert (token.subject, token.issuer, token.expires_at) == ("ada", issuer.origin, None)
    path, _, body = issuer.received[-1]
    assert path == INTROSPECT
    assert parse_qs(body.decode()) == {
        "token": ["opaque-0123"],
        "token_type_hint": ["access_token"],
        "client_id": ["orders"],
        "client_secret": ["hush"],
    }


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"active": False, "aud": RESOURCE}, "token_inactive"),
        ({"active": True}, "token_wrong_audience"),
        ({"active": True, "aud": RESOURCE, "iss": "https://other.example.com"}, "token_wrong_issuer"),
        ({"active": True, "aud": RESOURCE, "exp": 1}, "token_expired"),
        ({"active": True, "aud": RESOURCE, "cnf": {"jkt": "x"}}, "token_bound"),
        ({"active": True, "aud": RESOURCE, "token_type": "DPoP"}, "token_wrong_type"),
        ({"active": True, "aud": 7}, "token_malformed"),
        ({"active": "true", "aud": RESOURCE}, "introspection_unavailable"),
        ({"error": "invalid_request"}, "introspection_unavailable"),
        (["active"], "introspection_unavailable"),
        (b"<html>", "introspection_unavailable"),
    ],
)
def test_an_answer_about_a_token_is_judged_like_a_token(said: Any, reason: str, issuer: Issuer, clock: Clock) -> None:
    issuer.answers[INTROSPECT] = said
    api = asking(issuer, clock)
    assert reason_of(api, "opaque-0123") == reason
    api.close()


def test_no_token_and_no_secret_is_ever_in_the_log(
    issuer: Issuer, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    issuer.answers[INTROSPECT] = {"active": True, "aud": RESOURCE}
    api = asking(issuer, clock, only_for=("payments:write",))
    token = issuer.token(scope="payments:write")
    assert admits(api, token)
    issuer.status = 500
    assert reason_of(api, token) == "introspection_unavailable"
    api.close()
    for secret in (token, token.split(".")[2], "hush"):
        assert secret not in caplog.text
    assert "a token could not be introspected: the server answered 500" in caplog.text


@pytest.mark.parametrize(
    "issuer", ["", "auth.example.com", "http://auth.example.com", "https://", "https://a/?x", "https://a/#x", "ftp://a"]
)
def test_an_issuer_that_cannot_be_is_noticed_at_the_start(issuer: str) -> None:
    with pytest.raises(ValueError, match="issuer must"):
        ProtectedResource(RESOURCE, issuer=issuer)


@pytest.mark.parametrize(
    "issuer", ["https://auth.example.com", "http://localhost:8000", "http://127.0.0.1", "http://[::1]:9"]
)
def test_an_issuer_is_on_https_or_on_this_machine(issuer: str) -> None:
    check_issuer(issuer)


def test_keys_that_anybody_on_the_way_could_change_are_not_used() -> None:
    metadata = {"issuer": "https://auth.example.com", "jwks_uri": "http://auth.example.com/jwks"}
    with pytest.raises(NoUsableAnswer, match="no jwks_uri on https"):
        read_server_metadata(metadata, "https://auth.example.com", Endpoints("", None))


@pytest.mark.parametrize(
    ("identifier", "address"),
    [
        ("https://a.example", "https://a.example/.well-known/x"),
        ("https://a.example/", "https://a.example/.well-known/x"),
        ("https://a.example/tenant", "https://a.example/.well-known/x/tenant"),
        ("https://a.example:8443/v2/mcp", "https://a.example:8443/.well-known/x/v2/mcp"),
        ("https://a.example/mcp?tenant=1", "https://a.example/.well-known/x/mcp?tenant=1"),
    ],
)
def test_a_document_is_between_host_and_path(identifier: str, address: str) -> None:
    assert well_known("/.well-known/x", identifier) == address
