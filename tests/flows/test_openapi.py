"""The OpenAPI document, and whether the server keeps to it."""

from typing import Any

import jsonschema  # type: ignore[import-untyped]  # it has no types of its own
import openapi_spec_validator
import pytest
from tests.requirements.marker import requirement
from tests.support.actors import Json
from tests.support.api import FORM, body_of
from tests.support.operations import ALL_OPERATIONS, THE_17
from tests.support.server import Server

CREATED = {"RegisterOAuthClient", "CreateOAuthClient"}


@pytest.fixture
async def document(server: Server) -> Json:
    return body_of(await server.http.get("/openapi.json"))


@requirement("openapi.valid")
def test_the_document_is_valid(document: Json) -> None:
    assert document["openapi"].startswith("3.1")
    openapi_spec_validator.validate(document)


@requirement("openapi.complete")
def test_all_17_operations_are_where_the_api_has_them_and_ours_beside_them(document: Json) -> None:
    found = {
        operation["operationId"]: (method, path)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    expected = {name: (wire.method.lower(), wire.path) for name, wire in ALL_OPERATIONS.items()}
    assert found == expected


def operation_of(document: Json, name: str) -> Json:
    wire = THE_17[name]
    found: Json = document["paths"][wire.path][wire.method.lower()]
    return found


@requirement("openapi.bodies")
@pytest.mark.parametrize("name", THE_17)
def test_bodies_and_statuses_are_those_of_the_api(document: Json, name: str) -> None:
    operation = operation_of(document, name)
    content = operation.get("requestBody", {}).get("content", {})
    forms = {FORM} if THE_17[name].form else set()
    assert set(content) == ({"application/json"} | forms if THE_17[name].body else set())
    success = {status for status in operation["responses"] if status < "400"}
    assert success == {"302" if name == "AuthorizeOAuth" else "201" if name in CREATED else expected(name)}


def expected(name: str) -> str:
    return "204" if name == "DeleteOAuthClient" else "200"


@requirement("openapi.parameters")
def test_filters_and_pages_are_documented_by_their_literal_names(document: Json) -> None:
    parameters = {each["name"] for each in operation_of(document, "ListOAuthClients")["parameters"]}
    assert parameters == {
        "page[size]",
        "page[number]",
        "filter[client_type]",
        "filter[verified]",
        "filter[allowed_grant_types][contains]",
        "filter[name]",
        "filter[name][contains]",
        "filter[client_id]",
    }


@requirement("openapi.kept")
async def test_what_the_server_answers_is_what_it_documents(server: Server, document: Json) -> None:
    client = await server.make_client()
    tokens = await server.redeem(client, await server.approve(client))
    consent_token = await server.consent_token(client)
    (grant,) = await server.grants()
    answers = {
        "GetOAuthAuthorizationServerMetadata": await server.http.get("/.well-known/oauth-authorization-server"),
        "GetOAuthProtectedResourceMetadata": await server.http.get("/.well-known/oauth-protected-resource"),
        "GetOAuthConsentToken": await server.manage("GET", f"/oauth/consent/{consent_token}"),
        "CreateOAuthGrant": await server.decide(consent_token),
        "IntrospectOAuthToken": await server.http.post(
            "/v2/oauth/introspect", data=client.credentials | {"token": tokens.json()["access_token"]}
        ),
        "GetOAuthJWKS": await server.http.get("/v2/oauth/jwks"),
        "RegisterOAuthClient": await server.register(),
        "ExchangeOAuthToken": tokens,
        "ListOAuthClients": await server.manage("GET", "/oauth_clients"),
        "CreateOAuthClient": await server.manage(
            "POST",
            "/oauth_clients",
            json={"name": "x", "client_type": "public", "allowed_scopes": [], "allowed_grant_types": []},
        ),
        "GetOAuthClient": await server.manage("GET", f"/oauth_clients/{client.client_id}"),
        "UpdateOAuthClient": await server.manage("PUT", f"/oauth_clients/{client.client_id}", json={}),
        "ListOAuthGrants": await server.manage("GET", "/oauth_grants"),
        "GetOAuthGrant": await server.manage("GET", f"/oauth_grants/{grant['id']}"),
        "RevokeOAuthGrant": await server.manage("DELETE", f"/oauth_grants/{grant['id']}"),
    }
    for name, answer in answers.items():
        documented = operation_of(document, name)["responses"][str(answer.status_code)]
        check(answer.json(), documented["content"]["application/json"]["schema"], document)
    refused = await server.manage("GET", "/oauth_clients/x")
    documented = operation_of(document, "GetOAuthClient")["responses"]["404"]
    check(refused.json(), documented["content"]["application/json"]["schema"], document)


def check(body: Any, schema: Json, document: Json) -> None:
    jsonschema.Draft202012Validator(schema | {"components": document["components"]}).validate(body)
