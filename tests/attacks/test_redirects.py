"""Redirect URIs: what may be registered, what passes for registered, and what travels in the answer."""

import pytest
from tests.requirements.marker import requirement
from tests.support.actors import CALLBACK, LOOPBACK, Client, Json
from tests.support.api import body_of, query_of
from tests.support.server import ISSUER, Server
from tests.support.wire import assert_page, assert_refused, assert_refused_by_management

DANGEROUS = [
    "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://client.example/x",
    "JavaScript://client.example/%0Aalert(1)",
    "http://client.example/callback",
    "//client.example/callback",
    "/callback",
    "",
    "https://",
    "https:///callback",
    "https://user@client.example/callback",
    "https://user:password@client.example/callback",
    "http://user@127.0.0.1/callback",
    "http://127.0.0.1@evil.example/callback",
    "http://127.0.0.1.evil.example/callback",
    "http://localhost.evil.example/callback",
    "http://0x7f.1/callback",
    "http://[::ffff:127.0.0.1]/callback",
    "https://*.client.example/callback",
    "https://client.example/*",
    "https://client.example/../callback",
    "https://client.example/a/%2e%2e/callback",
    "https://client.example/callback#fragment",
    "https://client.example/callback#",
    "https://client.example\\@evil.example/callback",
    "https://client.example/call back",
    "https://client.example/callback\n",
    "https://client.example/caf\u00e9",
    "https://client.example/callback?code=chosen",
    "https://client.example/callback?state=x&iss=y",
    "https://client.example/callback?error=x",
    "https://client.example:99999/callback",
    "https://[::1/callback",
    "about:blank",
    "ws://client.example/",
]


@requirement("attacks.dangerous-redirect-uri")
@pytest.mark.parametrize("uri", DANGEROUS)
async def test_a_dangerous_redirect_uri_is_registered_by_nobody(server: Server, uri: str) -> None:
    body = assert_refused(
        await server.register(redirect_uris=[CALLBACK, uri], token_endpoint_auth_method="none"),
        400,
        "invalid_redirect_uri",
    )
    (problem,) = body["invalid_fields"]["redirect_uris"]
    assert problem.startswith("URI number 2")
    for client_type in ("public", "confidential"):
        fields: Json = {"name": "x", "client_type": client_type, "allowed_scopes": [], "allowed_grant_types": []}
        answer = await server.manage("POST", "/oauth_clients", json=fields | {"redirect_uris": [uri]})
        assert_refused_by_management(answer, 422, "invalid_request")


@requirement("attacks.open-redirect")
@pytest.mark.parametrize(
    "uri",
    [
        "https://client.example/callback/../../evil",
        "https://client.example/callback%2f..%2fevil",
        "https://client.example.evil.example/callback",
        "https://client.example@evil.example/callback",
        "https://evil.example/https://client.example/callback",
        "https://client.example/callback?next=https://evil.example",
        "https://client.example/callback#https://evil.example",
        "https://CLIENT.example/callback",
        "https://client.example:443/callback",
        "https://client.example/Callback",
        "https://client.example/%63allback",
        "HTTPS://client.example/callback",
        " https://client.example/callback",
        "https://client.example/callback\t",
        "http://client.example/callback",
    ],
)
async def test_nothing_that_only_resembles_a_registered_uri_is_redirected_to(server: Server, uri: str) -> None:
    for client in (await server.make_client(), await server.register_client()):
        page = assert_page(await server.authorize(client, redirect_uri=uri), 422)
        assert "evil" not in page


@requirement("attacks.loopback-userinfo")
@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:80@evil.example/callback",
        "http://user@127.0.0.1:51234/callback",
        "http://127.0.0.1:51234@evil.example/callback",
        "http://127.0.0.1:51234\\@evil.example/callback",
        "http://127.0.0.1#@evil.example/callback",
        "http://127.0.0.1:51234/callback@evil.example",
        "http://[127.0.0.1]:51234/callback",
        "http://127.1:51234/callback",
        "http://2130706433:51234/callback",
        "http://localhost.:51234/callback",
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1:-1/callback",
        "http://127.0.0.1:x/callback",
    ],
)
async def test_user_information_and_odd_spellings_do_not_pass_for_loopback(server: Server, uri: str) -> None:
    client = await server.register_client(redirect_uris=[LOOPBACK])
    assert_page(await server.authorize(client, redirect_uri=uri), 422)


HOSTILE_STATES = [
    "x\r\nSet-Cookie: session=chosen",
    "x\nLocation: https://evil.example/",
    "x\u0085y\u2028z",
    '"><script>alert(1)</script>',
    "&code=chosen&iss=https://evil.example",
    "#fragment",
    "%0d%0aX: y",
    "🙂 é +",
]


@requirement("attacks.header-injection")
@pytest.mark.parametrize("state", HOSTILE_STATES)
async def test_a_state_travels_as_it_was_sent_and_makes_no_header_and_no_parameter(server: Server, state: str) -> None:
    client = await server.make_client()
    refused = await server.authorize(client, state=state, scope="unheard-of")
    allowed = body_of(await server.decide(await server.consent_token(client, state=state)))["redirect_uri"]
    denied = body_of(await server.decide(await server.consent_token(client, state=state), allowed=False))
    for place in (refused.headers["location"], allowed, denied["redirect_uri"]):
        told = query_of(place)
        assert (told["state"], told["iss"]) == (state, ISSUER)
        assert place.isascii()
        assert place.isprintable()
        assert place.partition("?")[0] == CALLBACK
    assert "set-cookie" not in refused.headers


@requirement("attacks.page-injection")
async def test_nothing_that_was_sent_is_repeated_on_an_error_page(server: Server) -> None:
    script = "<script>alert(1)</script>"
    client = await server.make_client()
    for answer, status in (
        (await server.authorize(Client(script, None)), 404),
        (await server.authorize(client, redirect_uri=f"https://evil.example/{script}"), 422),
        (await server.http.get("/v2/oauth/authorize", params={"state": script}), 400),
        (await server.http.get(f"/v2/oauth/authorize?client_id={script}&client_id=2"), 400),
    ):
        page = assert_page(answer, status)
        assert "<script" not in page.lower()
        assert "script-src" not in answer.headers["content-security-policy"]
        assert "unsafe-inline" not in answer.headers["content-security-policy"]


@requirement("attacks.description-injection")
async def test_error_descriptions_repeat_nothing_that_was_sent(server: Server) -> None:
    marker = "zQx9"
    client = await server.make_client()
    answers = [
        await server.token(client, marker),
        await server.token(client, "client_credentials", scope=marker),
        await server.token(Client(marker, marker), "client_credentials"),
        await server.rotate(client, marker),
        await server.http.post("/v2/oauth/register", json={"client_name": marker * 100}),
        await server.manage("GET", "/oauth_clients", params={"filter[client_type]": marker}),
        await server.manage("GET", f"/oauth_clients/{marker}"),
        await server.http.get(f"/v2/{marker}"),
    ]
    for answer in answers:
        assert answer.status_code >= 400
        assert marker not in answer.text
    told = query_of((await server.authorize(client, scope=marker)).headers["location"])
    assert marker not in told["error_description"]


@requirement("attacks.private-use-scheme")
async def test_a_private_use_scheme_is_compared_exactly_and_for_public_clients_alone(server: Server) -> None:
    uri = "cursor://anysphere.cursor-mcp/oauth/callback"
    client = await server.register_client(redirect_uris=[uri])
    assert (await server.authorize(client)).status_code == 302
    for other in (
        f"{uri}/",
        uri.replace("cursor", "cursor2"),
        "cursor:/oauth/callback",
        "cursor://evil/oauth/callback",
    ):
        assert_page(await server.authorize(client, redirect_uri=other), 422)
