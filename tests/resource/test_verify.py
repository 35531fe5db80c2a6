"""Tokens of the real server at a protected resource: which are admitted, and why the others are not."""

import pytest
from tests.requirements.marker import requirement
from tests.resource.authorization_server import RESOURCE, AuthorizationServer
from tests.resource.conftest import MakeResource
from tests.resource.refusing import admits, reason_of, refusal_of
from tests.support.clock import Clock
from tests.support.forgery import sealed_with
from tests.support.tokens import claims_of, reworded

from grantwell.resource import ProtectedResource


def test_a_good_token_is_admitted_and_says_whose_it_is(server: AuthorizationServer, api: ProtectedResource) -> None:
    client = server.client()
    token = server.token_of(client, "orders:read orders:write")
    admitted = api.verify(token, ["orders:read"])
    assert admitted.client_id == admitted.subject == client.client_id
    assert admitted.scopes == {"orders:read", "orders:write"}
    assert admitted.audience == (RESOURCE,)
    assert admitted.issuer == server.origin
    assert admitted.expires_at == claims_of(token)["exp"]
    assert admitted.claims["jti"] == claims_of(token)["jti"]


async def test_both_ways_of_calling_admit_and_refuse_alike(server: AuthorizationServer, api: ProtectedResource) -> None:
    token = server.token()
    assert (await api.verify_async(token)).claims == api.verify(token).claims
    with pytest.raises(type(refusal_of(api, token, ["orders:write"]))) as refused:
        await api.verify_async(token, ["orders:write"])
    assert refused.value.reason == "scope_missing"


def test_a_request_without_a_token_is_told_what_it_needs(api: ProtectedResource) -> None:
    refused = refusal_of(api, "", ["orders:read"])
    assert (refused.reason, refused.status, refused.scopes) == ("bearer_missing", 401, ("orders:read",))


@requirement("protected-resource.audience")
def test_a_token_for_another_api_is_refused_and_both_names_are_told(
    server: AuthorizationServer, api: ProtectedResource
) -> None:
    refused = refusal_of(api, server.token(resource="https://elsewhere.example.com"))
    assert (refused.reason, refused.status, refused.error) == ("token_wrong_audience", 401, "invalid_token")
    assert str(refused) == f"the access token is for https://elsewhere.example.com, and this is {RESOURCE}"


@pytest.mark.parametrize(("asked", "own"), [("", "/"), ("/", ""), ("/mcp/", "/mcp"), ("/mcp", "/mcp/")])
def test_a_slash_at_the_end_does_not_tell_two_apis_apart(
    asked: str, own: str, server: AuthorizationServer, make_resource: MakeResource
) -> None:
    assert admits(make_resource(RESOURCE + own), server.token(resource=RESOURCE + asked))


def test_an_api_may_have_several_names(server: AuthorizationServer, make_resource: MakeResource) -> None:
    api = make_resource(audiences=["https://old.example.com"])
    for name in (RESOURCE, "https://old.example.com", "https://old.example.com/"):
        assert admits(api, server.token(resource=name))
    assert reason_of(api, server.token(resource="https://new.example.com")) == "token_wrong_audience"


@requirement("protected-resource.issuer")
def test_a_token_of_another_issuer_is_refused(server: AuthorizationServer, make_resource: MakeResource) -> None:
    # The keys are the same: only the name is another one, as where two servers share a key store.
    api = make_resource(issuer="https://auth.example.com", jwks_uri=f"{server.origin}/v2/oauth/jwks")
    refused = refusal_of(api, server.token())
    assert refused.reason == "token_wrong_issuer"
    assert server.origin in str(refused)


@requirement("protected-resource.expiry")
def test_a_token_is_good_until_it_expires_and_as_long_as_clocks_may_differ(
    server: AuthorizationServer, make_resource: MakeResource, clock: Clock
) -> None:
    strict, lenient = make_resource(leeway_seconds=0), make_resource(leeway_seconds=30)
    token = server.token()
    clock.now = claims_of(token)["exp"] - 1
    assert admits(strict, token)
    clock.advance(1)
    assert reason_of(strict, token) == "token_expired"
    clock.advance(29)
    assert admits(lenient, token)
    clock.advance(1)
    assert reason_of(lenient, token) == "token_expired"


def test_every_scope_that_is_needed_must_be_there(server: AuthorizationServer, api: ProtectedResource) -> None:
    token = server.token("orders:read payments:write")
    assert admits(api, token, ["orders:read", "payments:write"])
    refused = refusal_of(api, token, ["orders:read", "orders:write"])
    assert (refused.reason, refused.status, refused.error) == ("scope_missing", 403, "insufficient_scope")
    assert refused.scopes == ("orders:read", "orders:write")


def test_a_scope_may_imply_others(server: AuthorizationServer, make_resource: MakeResource) -> None:
    implied = {"admin": ["orders:write"], "orders:write": ["orders:read"]}
    api = make_resource(implied_scopes=implied)
    assert admits(api, server.token("orders:write"), ["orders:read"])
    assert admits(api, server.token("admin"), ["orders:read", "orders:write"])
    assert reason_of(api, server.token("orders:read"), ["orders:write"]) == "scope_missing"


def test_a_token_that_was_altered_is_refused(server: AuthorizationServer, api: ProtectedResource) -> None:
    token = server.token()
    assert admits(api, token)
    assert reason_of(api, reworded(token, claims={"scope": "admin"})) == "token_wrong_signature"
    assert reason_of(api, token[:-4] + "AAAA") == "token_wrong_signature"


@requirement("protected-resource.algorithm")
def test_the_header_of_a_token_does_not_choose_how_it_is_verified(
    server: AuthorizationServer, api: ProtectedResource
) -> None:
    token = server.token()
    jwk = str(server.do(server.server.http.get("/v2/oauth/jwks")).json()["keys"][0])
    for forged in (
        reworded(token, header={"alg": "none"}, signature=""),
        reworded(token, header={"alg": "RS256"}),
        reworded(token, header={"alg": "ES384"}),
        sealed_with(token, jwk.encode()),
    ):
        assert reason_of(api, forged) == "token_wrong_algorithm"


def test_only_access_tokens_are_taken_for_access_tokens(server: AuthorizationServer, api: ProtectedResource) -> None:
    token = server.token()
    assert reason_of(api, reworded(token, header={"typ": "JWT"})) == "token_wrong_type"
    assert reason_of(api, reworded(token, header={"crit": ["exp"]})) == "token_malformed"


@pytest.mark.parametrize(
    "text",
    ["x", "a.b.c", "..", "e30.e30.e30", "bnVsbA.bnVsbA.bnVsbA", "a" * 9000, "gw_key_abc", "\u00e4.\u00f6.\u00fc"],
)
def test_whatever_is_no_token_is_refused_as_such(text: str, api: ProtectedResource) -> None:
    assert reason_of(api, text) == "token_malformed"


def test_characters_that_no_header_can_carry_break_nothing(server: AuthorizationServer, api: ProtectedResource) -> None:
    header, claims, signature = server.token().split(".")
    for foreign in (f"{header}.{claims}\udc80.{signature}", f"{header}.{claims}\u00e4.{signature}"):
        assert reason_of(api, foreign) == "token_malformed"


def test_a_token_that_was_once_believed_is_not_believed_for_another_api(
    server: AuthorizationServer, make_resource: MakeResource
) -> None:
    token = server.token()
    assert admits(make_resource(), token)
    assert reason_of(make_resource("https://other.example.com"), token) == "token_wrong_audience"


def test_what_one_request_does_to_the_claims_no_other_one_sees(
    server: AuthorizationServer, api: ProtectedResource
) -> None:
    token = server.token()
    with pytest.raises(TypeError):
        api.verify(token).claims["scope"] = "admin"  # type: ignore[index]  # that is what is refused
    assert api.verify(token).claims["scope"] == "orders:read"
