import json
from typing import Any

import msgspec
import pytest
from tests.support.values import ISSUER, RESOURCE, a_call, a_context, a_signing_key, bearer

from grantwell.operations.jwks import GET_JWKS
from grantwell.operations.well_known import GET_AUTHORIZATION_SERVER_METADATA, GET_PROTECTED_RESOURCE_METADATA
from grantwell.protocol.operation import Operation
from grantwell.protocol.outcome import Outcome, Reply

ENDPOINTS = tuple(
    (f"{name}_endpoint", f"{ISSUER}/v2/oauth/{name}") for name in ("authorization", "token", "registration")
)


def body_of(outcome: Outcome) -> Any:
    assert isinstance(outcome.reply, Reply)
    assert outcome.reply.status == 200
    return json.loads(msgspec.json.encode(outcome.reply.body))


def ask(operation: Operation, **context: Any) -> Outcome:
    found = a_context(**context)
    return operation.decide(operation.read(a_call(authorization=bearer("whatever")), found), None, found)


def metadata(**server: Any) -> dict[str, Any]:
    found: dict[str, Any] = body_of(ask(GET_AUTHORIZATION_SERVER_METADATA, endpoints=ENDPOINTS, **server))
    return found


def test_the_metadata_describe_this_server() -> None:
    assert metadata() == {
        "issuer": ISSUER,
        **dict(ENDPOINTS),
        "scopes_supported": ["admin", "read", "write"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "authorization_response_iss_parameter_supported": True,
        "protected_resources": [ISSUER],
    }


def test_the_metadata_follow_the_settings() -> None:
    assert metadata(allow_plain_pkce=True)["code_challenge_methods_supported"] == ["S256", "plain"]
    assert metadata(resources=(RESOURCE,))["protected_resources"] == [RESOURCE]
    assert metadata(default_resource=RESOURCE)["protected_resources"] == [RESOURCE]
    assert "registration_endpoint" in metadata(registration="token")
    assert "registration_endpoint" not in metadata(registration="off")


def test_an_extension_adds_to_the_metadata() -> None:
    added = (("revocation_endpoint_auth_methods_supported", ("none",)),)
    assert metadata(metadata=added)["revocation_endpoint_auth_methods_supported"] == ["none"]


def test_the_management_api_is_a_protected_resource_of_this_server() -> None:
    assert body_of(ask(GET_PROTECTED_RESOURCE_METADATA)) == {
        "resource": ISSUER,
        "authorization_servers": [ISSUER],
        "scopes_supported": ["admin", "read", "write"],
        "bearer_methods_supported": ["header"],
    }


def test_every_known_key_is_published() -> None:
    keys = (a_signing_key(), a_signing_key("waiting", activates_at=2**40))
    assert [jwk["kid"] for jwk in body_of(ask(GET_JWKS, keys=keys))["keys"]] == ["key-1", "waiting"]


@pytest.mark.parametrize(
    ("operation", "cached"),
    [
        (GET_AUTHORIZATION_SERVER_METADATA, "public, max-age=300"),
        (GET_PROTECTED_RESOURCE_METADATA, "public, max-age=300"),
        (GET_JWKS, "public, max-age=120"),
    ],
)
def test_discovery_may_be_cached_for_a_while(operation: Operation, cached: str) -> None:
    reply = ask(operation, jwks_max_age=120, endpoints=ENDPOINTS).reply
    assert isinstance(reply, Reply)
    assert dict(reply.headers)["Cache-Control"] == cached
