"""How a client finds out what this server can do."""

from urllib.parse import urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.api import body_of
from tests.support.server import ISSUER, Server
from tests.support.tokens import header_of

SERVER_METADATA = "/.well-known/oauth-authorization-server"
RESOURCE_METADATA = "/.well-known/oauth-protected-resource"
ENDPOINTS = {
    "authorization_endpoint": "/v2/oauth/authorize",
    "token_endpoint": "/v2/oauth/token",
    "introspection_endpoint": "/v2/oauth/introspect",
    "revocation_endpoint": "/v2/oauth/revoke",
    "registration_endpoint": "/v2/oauth/register",
    "jwks_uri": "/v2/oauth/jwks",
}


@pytest.mark.parametrize("document", [SERVER_METADATA, RESOURCE_METADATA])
@requirement("discovery.both-places")
async def test_each_document_is_the_same_at_the_origin_and_under_the_base(server: Server, document: str) -> None:
    at_origin, under_base = await server.http.get(document), await server.http.get(f"/v2{document}")
    assert at_origin.status_code == under_base.status_code == 200
    assert at_origin.headers["content-type"] == "application/json"
    assert at_origin.content == under_base.content


@requirement("discovery.issuer")
async def test_the_issuer_is_the_origin_that_the_document_was_found_at(server: Server) -> None:
    metadata = body_of(await server.http.get(SERVER_METADATA))
    assert metadata["issuer"] == ISSUER
    assert urlsplit(metadata["issuer"]).path == ""


@requirement("discovery.issuer-is-configured")
async def test_the_issuer_is_never_taken_from_headers(server: Server) -> None:
    headers = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}
    metadata = await server.http.get(SERVER_METADATA, headers=headers)
    assert body_of(metadata)["issuer"] == ISSUER
    assert "evil.example" not in metadata.text


@requirement("discovery.endpoints")
async def test_every_endpoint_is_named_and_is_where_it_is_said_to_be(server: Server) -> None:
    metadata = body_of(await server.http.get(SERVER_METADATA))
    assert {name: metadata[name] for name in ENDPOINTS} == {name: ISSUER + path for name, path in ENDPOINTS.items()}
    for name in ENDPOINTS:
        answer = await server.http.options(metadata[name])
        assert (name, answer.status_code) == (name, 204)


@requirement("discovery.capabilities")
async def test_what_the_server_can_do_is_listed(server: Server) -> None:
    metadata = body_of(await server.http.get(SERVER_METADATA))
    assert sorted(metadata["grant_types_supported"]) == ["authorization_code", "client_credentials", "refresh_token"]
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["scopes_supported"] == ["admin"]
    methods = ["client_secret_basic", "client_secret_post", "none"]
    assert sorted(metadata["token_endpoint_auth_methods_supported"]) == methods
    assert sorted(metadata["revocation_endpoint_auth_methods_supported"]) == methods
    assert sorted(metadata["introspection_endpoint_auth_methods_supported"]) == methods[:2]


@requirement("discovery.s256-only")
async def test_only_s256_is_listed_unless_plain_is_allowed(start_server: StartServer) -> None:
    strict = await start_server()
    assert body_of(await strict.http.get(SERVER_METADATA))["code_challenge_methods_supported"] == ["S256"]
    lax = await start_server(backend=strict.backend, allow_plain_pkce=True)
    assert body_of(await lax.http.get(SERVER_METADATA))["code_challenge_methods_supported"] == ["S256", "plain"]


@requirement("discovery.iss-advertised")
async def test_that_answers_name_their_issuer_is_listed(server: Server) -> None:
    metadata = body_of(await server.http.get(SERVER_METADATA))
    assert metadata["authorization_response_iss_parameter_supported"] is True


@requirement("discovery.registration-off")
async def test_a_server_without_registration_names_no_endpoint_for_it(start_server: StartServer) -> None:
    server = await start_server(registration="off")
    assert "registration_endpoint" not in body_of(await server.http.get(SERVER_METADATA))


@requirement("discovery.resource-metadata")
async def test_the_management_api_describes_itself_as_a_resource(server: Server) -> None:
    metadata = body_of(await server.http.get(RESOURCE_METADATA))
    assert metadata["resource"] == ISSUER
    assert metadata["authorization_servers"] == [ISSUER]
    assert metadata["bearer_methods_supported"] == ["header"]


@pytest.mark.parametrize("path", [SERVER_METADATA, f"/v2{RESOURCE_METADATA}", "/v2/oauth/jwks"])
@requirement("discovery.no-credentials")
async def test_a_bearer_that_is_worth_nothing_is_no_obstacle(server: Server, path: str) -> None:
    answer = await server.http.get(path, headers={"Authorization": "Bearer of bad news"})
    assert answer.status_code == 200


async def published(server: Server) -> KeySet:
    return KeySet.import_key_set((await server.http.get("/v2/oauth/jwks")).json())


@requirement("jwks.verifies-tokens")
async def test_a_token_verifies_with_the_published_keys_alone(server: Server) -> None:
    token = await server.client_token(await server.make_client())
    found = jwt.decode(token, await published(server), algorithms=["ES256"])
    assert found.header["typ"] == "at+jwt"
    assert found.claims["iss"] == ISSUER


@pytest.mark.parametrize(("algorithm", "kty"), [("ES256", "EC"), ("RS256", "RSA"), ("EdDSA", "OKP")])
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated:joserfc.errors.SecurityWarning")
@requirement("jwks.public-only")
async def test_keys_are_published_without_their_private_half(
    start_server: StartServer, algorithm: str, kty: str
) -> None:
    server = await start_server(fresh=True, signing_algorithm=algorithm)
    answer = await server.http.get("/v2/oauth/jwks")
    (key,) = body_of(answer)["keys"]
    assert (key["kty"], key["use"], key["alg"]) == (kty, "sig", algorithm)
    assert not set(key) & {"d", "p", "q", "dp", "dq", "qi", "k"}
    token = await server.client_token(await server.make_client())
    assert jwt.decode(token, await published(server), algorithms=[algorithm]).claims["exp"]


@requirement("jwks.cached-shorter-than-rotation")
async def test_a_key_is_published_for_longer_than_the_key_set_may_be_cached_before_it_signs(server: Server) -> None:
    day = 86400
    client = await server.make_client()
    (first,) = body_of(await server.http.get("/v2/oauth/jwks"))["keys"]
    answer = await server.http.get("/v2/oauth/jwks")
    max_age = int(answer.headers["cache-control"].partition("max-age=")[2])

    server.clock.advance(90 * day - max_age)
    await server.app.background.rotate()
    published_at = server.clock()
    keys = body_of(await server.http.get("/v2/oauth/jwks"))["keys"]
    (second,) = [key for key in keys if key["kid"] != first["kid"]]
    while header_of(await server.client_token(client))["kid"] == first["kid"]:
        server.clock.advance(1)
    assert header_of(await server.client_token(client))["kid"] == second["kid"]
    assert server.clock() - published_at > max_age


@requirement("jwks.rotation-fails-no-token")
async def test_a_token_of_the_last_moment_before_a_rotation_verifies_until_it_expires(server: Server) -> None:
    client = await server.make_client()
    ring, background = server.app.driver.key_ring, server.app.background
    (first,) = await server.backend.signing_keys()
    server.clock.advance(90 * 86400)
    await background.rotate()
    _, second = await server.backend.signing_keys()
    server.clock.advance(second.activates_at - 1 - server.clock())
    token = await server.client_token(client)
    server.clock.advance(1)
    assert (header_of(token)["kid"], header_of(await server.client_token(client))["kid"]) == (first.kid, second.kid)

    server.clock.advance(1798)
    await ring.reload()
    assert jwt.decode(token, await published(server), algorithms=["ES256"]).claims
    assert await server.is_live(token)
    server.clock.advance(300)
    await ring.reload()
    assert [key.kid for key in (await published(server)).keys] == [second.kid]
