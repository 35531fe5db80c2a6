"""The decorator for Flask."""

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from tests.resource.authorization_server import AuthorizationServer
from tests.resource.conftest import MakeResource
from tests.support.actors import bearer

from grantwell.resource.flask import protect

METADATA = "/.well-known/oauth-protected-resource"


@pytest.fixture
def http(make_resource: MakeResource) -> FlaskClient:
    app = Flask("orders")
    token_required = protect(app, make_resource("https://api.example.com/v1"))

    @app.get("/orders/<number>")
    @token_required("orders:read")
    def order(number: str) -> list[str]:
        return [number, g.access_token.client_id]

    @app.get("/me")
    @token_required()
    async def me() -> str:
        return str(g.access_token.client_id)

    return app.test_client()


def test_a_view_gets_the_token(server: AuthorizationServer, http: FlaskClient) -> None:
    client = server.client()
    token = bearer(server.token_of(client, resource="https://api.example.com/v1"))
    assert http.get("/orders/7", headers=token).json == ["7", client.client_id]
    assert http.get("/me", headers=token).text == client.client_id


def test_a_refusal_challenges_for_what_the_view_needs(server: AuthorizationServer, http: FlaskClient) -> None:
    missing = http.get("/orders/7")
    assert missing.status_code == 401
    assert missing.headers["www-authenticate"] == (
        f'Bearer resource_metadata="https://api.example.com{METADATA}/v1", scope="orders:read"'
    )
    poor = bearer(server.token("payments:write", resource="https://api.example.com/v1"))
    refused = http.get("/orders/7", headers=poor)
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert refused.json is not None
    assert refused.json["error"] == "insufficient_scope"


def test_a_token_in_a_query_string_is_never_taken(server: AuthorizationServer, http: FlaskClient) -> None:
    assert http.get(f"/me?access_token={server.token()}").status_code == 400


def test_the_metadata_are_served(server: AuthorizationServer, http: FlaskClient) -> None:
    for path in (METADATA, f"{METADATA}/v1", f"{METADATA}/v1/"):
        found = http.get(path)
        assert found.status_code == 200
        assert found.json is not None
        assert found.json["authorization_servers"] == [server.origin]
