"""From discovery to revocation in one sitting, by nothing but what the server says of itself."""

from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.requirements.marker import requirement
from tests.support.actors import CALLBACK, CHALLENGE, VERIFIER, bearer
from tests.support.api import body_of, data_of, query_of
from tests.support.server import ISSUER, Server

RESOURCE = "https://mcp.example/v1"


@pytest.mark.parametrize("encoding", ["form", "json"])
@requirement("story.whole")
async def test_a_client_that_knows_only_the_origin_gets_through_the_whole_story(server: Server, encoding: str) -> None:
    async def post(address: str, body: dict[str, str]) -> httpx.Response:
        sent: dict[str, Any] = {"json": body} if encoding == "json" else {"data": body}
        return await server.http.post(address, **sent)

    metadata = body_of(await server.http.get(f"{ISSUER}/.well-known/oauth-authorization-server"))
    assert "S256" in metadata["code_challenge_methods_supported"]

    wanted = {
        "client_name": "Inspector",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
        "application_type": "web",
    }
    registered = body_of(await server.http.post(metadata["registration_endpoint"], json=wanted), 201)
    client = {"client_id": registered["client_id"]}

    asked = client | {
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
        "state": "from the client",
        "resource": RESOURCE,
    }
    sent_to = await server.http.get(metadata["authorization_endpoint"], params=asked)
    consent_token = query_of(sent_to.headers["location"])["consent_token"]

    # The consent page's part, as the person.
    shown = data_of(await server.manage("GET", f"/oauth/consent/{consent_token}"))
    assert (shown["name"], shown["resource"], shown["consent_required"]) == ("Inspector", RESOURCE, True)
    decided = body_of(await server.decide(consent_token))

    told = query_of(decided["redirect_uri"])
    assert (told["state"], told["iss"]) == ("from the client", metadata["issuer"])
    exchange = client | {
        "grant_type": "authorization_code",
        "code": told["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        "resource": RESOURCE,
    }
    tokens = body_of(await post(metadata["token_endpoint"], exchange))

    # The resource server's part, with the published keys alone.
    published = await server.http.get(metadata["jwks_uri"])
    claims = jwt.decode(tokens["access_token"], KeySet.import_key_set(published.json()), algorithms=["ES256"]).claims
    assert (claims["iss"], claims["aud"], claims["scope"]) == (metadata["issuer"], RESOURCE, "admin")

    renewal = client | {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], "resource": RESOURCE}
    renewed = body_of(await post(metadata["token_endpoint"], renewal))
    assert await server.is_live(renewed["access_token"])

    asked_by_resource = await server.http.post(
        metadata["introspection_endpoint"],
        data={"token": renewed["access_token"]},
        headers=bearer(server.api_key),
    )
    assert body_of(asked_by_resource)["client_id"] == client["client_id"]

    await post(metadata["revocation_endpoint"], client | {"token": renewed["refresh_token"]})
    assert not await server.is_live(renewed["access_token"])
    again = await post(metadata["token_endpoint"], renewal | {"refresh_token": renewed["refresh_token"]})
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
