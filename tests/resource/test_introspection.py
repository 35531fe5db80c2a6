"""Tokens that the server is asked about: revoked ones, opaque ones, its silence, and how little it is asked."""

import asyncio
from typing import Any

import pytest
from tests.requirements.marker import requirement
from tests.resource.authorization_server import RESOURCE, AuthorizationServer
from tests.resource.conftest import MakeResource
from tests.resource.refusing import admits, reason_of, refusal_of
from tests.support.actors import Client
from tests.support.clock import Clock
from tests.support.server import API_KEY

from grantwell.resource import Introspection, ProtectedResource
from grantwell.resource.introspector import REMEMBERED, Answers

INTROSPECT = "/v2/oauth/introspect"


def asking(client: Client, **more: Any) -> Introspection:
    return Introspection(client_id=client.client_id, client_secret=client.client_secret or "", **more)


@pytest.fixture
def client(server: AuthorizationServer) -> Client:
    return server.client()


@pytest.fixture
def careful(make_resource: MakeResource, client: Client) -> ProtectedResource:
    return make_resource(introspection=asking(client))


@requirement("protected-resource.revoked")
def test_a_revoked_token_is_refused_at_once(
    server: AuthorizationServer, client: Client, careful: ProtectedResource, api: ProtectedResource
) -> None:
    token = server.token_of(client)
    assert careful.verify(token, ["orders:read"]).client_id == client.client_id
    server.revoke(client, token)
    assert reason_of(careful, token) == "token_inactive"
    # A signature says nothing about that.
    assert admits(api, token)


async def test_both_ways_of_calling_ask(
    server: AuthorizationServer, client: Client, careful: ProtectedResource
) -> None:
    token = await asyncio.to_thread(server.token_of, client)
    assert (await careful.verify_async(token)).scopes == (await asyncio.to_thread(careful.verify, token)).scopes
    assert server.asked[INTROSPECT] == 2
    await careful.aclose()


def test_an_api_key_may_ask_as_well(server: AuthorizationServer, make_resource: MakeResource) -> None:
    assert admits(make_resource(introspection=Introspection(api_key=API_KEY)), server.token())


def test_where_every_token_is_asked_about_no_keys_are_needed(
    server: AuthorizationServer, client: Client, careful: ProtectedResource
) -> None:
    assert admits(careful, server.token_of(client))
    assert server.asked["/v2/oauth/jwks"] == 0


def test_audience_and_scopes_are_judged_as_of_any_token(
    server: AuthorizationServer, client: Client, careful: ProtectedResource
) -> None:
    elsewhere = server.token_of(client, resource="https://elsewhere.example.com")
    assert reason_of(careful, elsewhere) == "token_wrong_audience"
    assert reason_of(careful, server.token_of(client), ["orders:write"]) == "scope_missing"


def test_a_refresh_token_opens_no_api_though_its_client_is_told_that_it_is_active(
    server: AuthorizationServer, client: Client, careful: ProtectedResource
) -> None:
    tokens = server.do(server.server.log_in(client, resource=RESOURCE, scope="orders:read"))
    assert server.do(server.server.introspect(client, tokens["refresh_token"]))["active"] is True
    assert reason_of(careful, tokens["refresh_token"]) == "token_wrong_type"


@pytest.mark.parametrize("text", ["two words", "a" * 9000, "a\nb", 'quo"te', "ümlaut"])
def test_the_server_is_not_troubled_with_what_can_be_no_token(
    text: str, server: AuthorizationServer, careful: ProtectedResource
) -> None:
    assert reason_of(careful, text) == "token_malformed"
    assert server.asked[INTROSPECT] == 0


def test_only_what_needs_a_chosen_scope_is_asked_about(
    server: AuthorizationServer, client: Client, make_resource: MakeResource
) -> None:
    api = make_resource(introspection=asking(client, only_for=("payments:write",)))
    token = server.token_of(client, "orders:read payments:write")
    assert admits(api, token, ["orders:read"])
    assert server.asked[INTROSPECT] == 0
    assert admits(api, token, ["orders:read", "payments:write"])
    assert server.asked[INTROSPECT] == 1
    server.revoke(client, token)
    assert admits(api, token, ["orders:read"])
    assert reason_of(api, token, ["payments:write"]) == "token_inactive"


def test_where_no_scope_is_named_those_of_the_token_decide_whether_to_ask(
    server: AuthorizationServer, client: Client, make_resource: MakeResource
) -> None:
    api = make_resource(introspection=asking(client, only_for=("payments:write",)))
    assert admits(api, server.token_of(client, "orders:read"))
    assert server.asked[INTROSPECT] == 0
    assert admits(api, server.token_of(client, "orders:read payments:write"))
    assert server.asked[INTROSPECT] == 1


def test_an_answer_is_used_again_for_as_long_as_was_asked_for(
    server: AuthorizationServer, client: Client, make_resource: MakeResource, clock: Clock
) -> None:
    api = make_resource(introspection=asking(client, cache_seconds=5))
    token = server.token_of(client)
    assert admits(api, token)
    server.revoke(client, token)
    clock.advance(4.9)
    assert admits(api, token)
    assert server.asked[INTROSPECT] == 1
    clock.advance(0.1)
    assert reason_of(api, token) == "token_inactive"


def test_an_answer_that_is_used_again_does_not_outlive_its_token(
    server: AuthorizationServer, client: Client, make_resource: MakeResource, clock: Clock
) -> None:
    api = make_resource(introspection=asking(client, cache_seconds=86400), leeway_seconds=0)
    token = server.token_of(client)
    assert admits(api, token)
    clock.advance(1800)
    assert reason_of(api, token) == "token_expired"


def test_no_answer_is_used_again_unless_asked_for(
    server: AuthorizationServer, client: Client, careful: ProtectedResource
) -> None:
    token = server.token_of(client)
    assert admits(careful, token)
    assert admits(careful, token)
    assert server.asked[INTROSPECT] == 2


def test_a_server_that_does_not_answer_makes_nobody_anything(
    server: AuthorizationServer, client: Client, careful: ProtectedResource
) -> None:
    token = server.token_of(client)
    assert admits(careful, token)
    server.unwell = 503
    refused = refusal_of(careful, token)
    assert (refused.reason, refused.status) == ("introspection_unavailable", 503)
    assert server.asked[INTROSPECT] == 3
    server.unwell = 0
    assert admits(careful, token)
    server.stop()
    assert reason_of(careful, token) == "introspection_unavailable"
    server.start()
    assert admits(careful, token)


def test_an_api_that_may_not_ask_does_not_blame_the_token(
    server: AuthorizationServer, client: Client, make_resource: MakeResource
) -> None:
    api = make_resource(introspection=asking(client.with_secret("not-its-secret")))
    assert reason_of(api, server.token_of(client)) == "introspection_unavailable"


def test_secrets_do_not_show() -> None:
    shown = repr(Introspection(client_id="me", client_secret="hush"))
    assert "me" in shown
    assert "hush" not in shown
    assert "hush" not in repr(Introspection(api_key="hush"))


@pytest.mark.parametrize(
    "credentials", [{}, {"client_id": "me"}, {"client_id": "me", "client_secret": "hush", "api_key": "key"}]
)
def test_an_api_asks_in_one_name(credentials: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="either client_id and client_secret, or api_key"):
        Introspection(**credentials)  # type: ignore[arg-type]  # a dictionary of strings does not tell which


def test_only_what_was_said_of_live_tokens_is_remembered_and_not_for_too_many() -> None:
    clock = Clock()
    answers = Answers(10, clock)
    answers.remember("dead", {"active": False})
    assert answers.about("dead") is None
    for number in range(REMEMBERED + 1):
        answers.remember(str(number), {"active": True})
    assert answers.about("0") is None
    assert answers.about("1") == answers.about(str(REMEMBERED)) == {"active": True}
