from typing import Any

import pytest
from tests.support.refusals import refused_without_consequence as refused
from tests.support.values import (
    ISSUER,
    NOW,
    RESOURCE,
    a_client,
    a_context,
    a_public_client,
    a_self_registered_client,
    redemption_facts,
)

from grantwell.protocol.access_token import AccessTokenClaims
from grantwell.protocol.client_authentication import ClientCredentials
from grantwell.protocol.errors import InvalidScope, InvalidTarget, UnauthorizedClient
from grantwell.protocol.grant_types.client_credentials import exchange
from grantwell.protocol.outcome import Outcome, Reply
from grantwell.protocol.token_request import TokenRequest
from grantwell.protocol.tokens import NO_STORE, TokenResponse


def ask(client: Any = None, scopes: tuple[str, ...] = (), resource: str | None = None, **server: Any) -> Outcome:
    client = client or a_client()
    credentials = ClientCredentials(client.client_id, None, False)
    request = TokenRequest("client_credentials", credentials, None, scopes, resource, None, None)
    return exchange(request, client, redemption_facts(client, None), a_context(**server))


def told(outcome: Outcome) -> AccessTokenClaims:
    assert isinstance(outcome.unsealed, AccessTokenClaims)
    return outcome.unsealed


def test_a_client_gets_a_token_whose_subject_is_itself() -> None:
    said = told(ask(scopes=("read",), resource=RESOURCE))
    assert (said.iss, said.sub, said.client_id, said.aud, said.scope) == (
        ISSUER,
        "client-1",
        "client-1",
        RESOURCE,
        "read",
    )
    assert (said.iat, said.exp) == (NOW, NOW + 1800)
    assert (said.lineage, said.sid) == ("", "")


def test_without_scope_and_resource_it_gets_all_it_may_have_at_the_default_resource() -> None:
    said = told(ask(a_client(allowed_scopes=("read", "write")), default_resource=RESOURCE))
    assert (said.scope, said.aud) == ("read write", RESOURCE)


def test_the_answer_carries_the_signed_token_and_is_never_stored() -> None:
    outcome = ask(scopes=("read",), access_token_seconds=60)
    assert callable(outcome.reply)
    body = TokenResponse(access_token="signed", token_type="Bearer", expires_in=60, scope="read")
    assert outcome.reply("signed") == Reply(200, body, NO_STORE)


def test_nothing_is_written_for_it() -> None:
    assert ask().changes == ()


def test_no_refresh_token_comes_with_it() -> None:
    outcome = ask(a_client())
    assert callable(outcome.reply)
    assert outcome.reply("signed").body.refresh_token is None


def test_each_token_has_an_identifier_of_its_own() -> None:
    context, client = a_context(), a_client()
    request = TokenRequest("client_credentials", ClientCredentials("c", None, False), None, (), None, None, None)
    two = [told(exchange(request, client, redemption_facts(client, None), context)).jti for _ in range(2)]
    assert two[0] != two[1]


@pytest.mark.parametrize("client", [a_public_client(), a_self_registered_client()])
def test_a_public_client_cannot_act_for_itself(client: Any) -> None:
    with refused(UnauthorizedClient, "client_is_public"):
        ask(client)


def test_it_gets_no_more_than_its_scopes() -> None:
    with refused(InvalidScope, "scope_not_allowed"):
        ask(a_client(allowed_scopes=("read",)), ("admin",))
    with refused(InvalidScope, "scope_unknown"):
        ask(scopes=("fly",))
    with refused(InvalidScope, "scope_none_left"):
        ask(a_client(allowed_scopes=()))


def test_it_gets_no_token_for_a_resource_that_is_not_served() -> None:
    with refused(InvalidTarget, "resource_unknown"):
        ask(resource="https://other.test", resources=(RESOURCE,))
    with refused(InvalidTarget, "resource_malformed"):
        ask(resource="other")
