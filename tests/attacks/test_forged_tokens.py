"""Access tokens that somebody has made or changed: each fails at what it pretends."""

from collections.abc import Callable
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.actors import Json
from tests.support.forgery import sealed_with
from tests.support.server import Server
from tests.support.tokens import claims_of, header_of, reworded
from tests.support.wire import assert_refused_by_management

from grantwell.protocol.encoding import encode_base64url

SIGNATURE = 86


async def assert_worthless(server: Server, token: str) -> None:
    assert not await server.is_live(token)
    assert_refused_by_management(await server.manage("GET", "/oauth_clients", key=token), 401, "invalid_token")


@requirement("attacks.token-edited")
@pytest.mark.parametrize(
    "claims",
    [
        {"scope": "admin everything"},
        {"sub": "user_somebody"},
        {"aud": "https://api.example"},
        {"exp": 9_999_999_999},
        {"client_id": "another"},
        {"iss": "https://evil.example"},
        {"jti": "another"},
        {"lineage": "", "sid": "made up"},
    ],
)
async def test_a_token_whose_claims_were_edited_is_worth_nothing(server: Server, claims: Json) -> None:
    token = await server.client_token(await server.make_client())
    await assert_worthless(server, reworded(token, claims=claims))


@requirement("attacks.token-edited")
@pytest.mark.parametrize("signature", ["", "A" * SIGNATURE, "A" * (SIGNATURE - 2), "!" * SIGNATURE])
async def test_a_token_with_another_signature_is_worth_nothing(server: Server, signature: str) -> None:
    token = await server.client_token(await server.make_client())
    assert len(token.rpartition(".")[2]) == SIGNATURE
    await assert_worthless(server, reworded(token, signature=signature))


@requirement("attacks.algorithm-confusion")
@pytest.mark.parametrize("algorithm", ["none", "None", "HS256", "ES384", "RS256", "EdDSA", ""])
async def test_the_algorithm_is_the_keys_and_not_the_headers(server: Server, algorithm: str) -> None:
    token = await server.client_token(await server.make_client())
    await assert_worthless(server, reworded(token, header={"alg": algorithm}))
    await assert_worthless(server, reworded(token, header={"alg": algorithm}, signature=""))


@requirement("attacks.algorithm-confusion")
async def test_the_public_key_is_no_shared_secret(server: Server) -> None:
    token = await server.client_token(await server.make_client())
    (public,) = (await server.http.get("/v2/oauth/jwks")).json()["keys"]
    as_pem = ECKey.import_key({**public, "alg": "ES256"}).as_pem(private=False)
    for secret in (as_pem, as_pem.strip(), public["x"].encode()):
        await assert_worthless(server, sealed_with(token, secret))


def own_key(header: Json) -> Any:
    return ECKey.generate_key("P-256", {"kid": header["kid"]})


def own_rsa_key(header: Json) -> Any:
    return RSAKey.generate_key(2048, {"kid": header["kid"]})


@requirement("attacks.own-key")
@pytest.mark.parametrize(("make", "alg"), [(own_key, "ES256"), (own_rsa_key, "RS256")])
async def test_a_key_of_ones_own_under_our_kid_signs_nothing(
    server: Server, make: Callable[[Json], Any], alg: str
) -> None:
    token = await server.client_token(await server.make_client())
    key = make(header_of(token))
    headers: list[Json] = [{}, {"jwk": key.as_dict(private=False)}, {"jku": "https://evil.example/jwks"}]
    for extra in headers:
        header = header_of(token) | {"alg": alg} | extra
        await assert_worthless(server, jwt.encode(header, claims_of(token), key, algorithms=[alg]))


def signed_by_the_server(server: Server, token: str, header: Json) -> str:
    """The token under another header, with a signature that verifies: what only the server itself could do."""
    signing_input = reworded(token, header=header).rpartition(".")[0]
    key = server.app.driver.key_ring.keys.signing(int(server.clock()))
    return f"{signing_input}.{encode_base64url(key.sign(signing_input.encode()))}"


@requirement("attacks.token-type")
@pytest.mark.parametrize("kind", ["JWT", "", "id+jwt", "oauth-id-jag+jwt"])
async def test_a_token_of_another_type_is_none_of_ours_even_if_we_signed_it(server: Server, kind: str) -> None:
    token = await server.client_token(await server.make_client())
    assert await server.is_live(signed_by_the_server(server, token, {}))
    await assert_worthless(server, signed_by_the_server(server, token, {"typ": kind}))


@requirement("attacks.algorithm-confusion")
@pytest.mark.parametrize("algorithm", ["none", "RS256", "ES384", "es256"])
async def test_the_algorithm_is_pinned_even_where_the_signature_verifies(server: Server, algorithm: str) -> None:
    token = await server.client_token(await server.make_client())
    await assert_worthless(server, signed_by_the_server(server, token, {"alg": algorithm}))


@requirement("attacks.unknown-kid")
@pytest.mark.parametrize("kid", ["unheard-of", "../../../dev/null", "' OR 1=1 --", "\u0000", "x" * 5000])
async def test_an_unknown_key_id_is_only_unknown(server: Server, kid: str) -> None:
    token = await server.client_token(await server.make_client())
    await assert_worthless(server, reworded(token, header={"kid": kid}))


@requirement("attacks.unbelieved-claims")
@pytest.mark.parametrize("name", ["client_id", "sub", "lineage", "sid", "jti"])
@pytest.mark.parametrize("value", ["\u0000", "' OR 1=1 --", "\ud83d", "🙂", "x" * 4000, 7, None, ["x"]])
async def test_claims_that_nobody_signed_reach_the_database_harmlessly(server: Server, name: str, value: Any) -> None:
    token = await server.client_token(await server.make_client())
    await assert_worthless(server, reworded(token, claims={name: value}))


@requirement("attacks.another-servers-token")
async def test_a_token_of_another_issuer_is_worth_nothing_even_if_all_else_is_shared(start_server: StartServer) -> None:
    server = await start_server()
    twin = await start_server(backend=server.backend, issuer="http://127.0.0.1:9000")
    token = await twin.client_token(await server.make_client(), resource="http://127.0.0.1:8000")
    assert claims_of(token)["aud"] == "http://127.0.0.1:8000"
    assert await twin.is_live(token)
    await assert_worthless(server, token)


@requirement("attacks.revoked-key")
async def test_a_key_that_leaked_is_out_within_seconds_and_its_tokens_with_it(server: Server) -> None:
    from grantwell.protocol.changes import RevokeSigningKey

    client = await server.make_client()
    token = await server.client_token(client)
    (key,) = await server.backend.signing_keys()
    await server.backend.apply((RevokeSigningKey(key.kid, int(server.clock())),))
    await server.app.background.rotate()
    await server.app.driver.key_ring.reload()
    await assert_worthless(server, token)
    assert [each["kid"] for each in (await server.http.get("/v2/oauth/jwks")).json()["keys"]] != [key.kid]
    assert await server.is_live(await server.client_token(client))
