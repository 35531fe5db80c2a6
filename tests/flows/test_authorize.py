"""The authorization endpoint: who is sent to the consent page, who back to the client, and who reads why not."""

import pytest
from tests.conftest import StartServer
from tests.requirements.marker import requirement
from tests.support.actors import CALLBACK, LOOPBACK, VERIFIER, Client
from tests.support.api import query_of
from tests.support.server import ISSUER, Server
from tests.support.wire import assert_page

NOBODY = Client("00000000-0000-4000-8000-000000000000", None)


@requirement("authorize.to-consent")
async def test_a_valid_request_goes_to_the_consent_page(server: Server) -> None:
    answer = await server.authorize(await server.make_client(), state="xyz")
    assert answer.status_code == 302
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["location"].startswith(f"{ISSUER}/consent?consent_token=")
    assert "xyz" not in answer.headers["location"]


@requirement("authorize.stray-bearer")
async def test_a_bearer_that_an_sdk_sends_along_changes_nothing(server: Server) -> None:
    client = await server.make_client()
    for stray in (server.api_key, "of bad news"):
        server.http.headers["Authorization"] = f"Bearer {stray}"
        assert (await server.authorize(client)).status_code == 302
        assert_page(await server.authorize(NOBODY), 404)


@requirement("authorize.consent-url")
async def test_consent_can_be_asked_for_by_somebody_elses_page(start_server: StartServer) -> None:
    server = await start_server(consent_url="https://portal.example/allow?theme=dark")
    answer = await server.authorize(await server.make_client())
    assert answer.headers["location"].startswith("https://portal.example/allow?theme=dark&consent_token=")
    assert "set-cookie" not in answer.headers


@requirement("authorize.browser-binding")
async def test_our_own_page_is_told_which_browser_asked(server: Server) -> None:
    cookie = (await server.authorize(await server.make_client())).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


@requirement("authorize.unknown-client")
async def test_an_unknown_client_gets_a_page_and_404(server: Server) -> None:
    assert_page(await server.authorize(NOBODY), 404)


@requirement("authorize.bad-redirect-uri")
@pytest.mark.parametrize("uri", ["https://evil.example/callback", f"{CALLBACK}/", f"{CALLBACK}?x=1", "client.example"])
async def test_a_redirect_uri_that_is_not_registered_gets_a_page_and_422(server: Server, uri: str) -> None:
    page = assert_page(await server.authorize(await server.make_client(), redirect_uri=uri), 422)
    assert "evil.example" not in page


@requirement("authorize.nobody-to-answer")
@pytest.mark.parametrize("missing", ["client_id", "redirect_uri"])
async def test_without_client_or_redirect_uri_there_is_a_page_and_400(server: Server, missing: str) -> None:
    client = await server.make_client()
    for value in (None, ""):
        assert_page(await server.authorize(client, **{missing: value}), 400)


@requirement("authorize.repeated-parameter")
@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "state", "resource"])
async def test_a_parameter_that_is_given_twice_gets_a_page_and_400(server: Server, name: str) -> None:
    client = await server.make_client()
    asked = str((await server.authorize(client, state="s", resource=ISSUER)).request.url)
    assert_page(await server.http.get(f"{asked}&{name}=again"), 400)


@requirement("authorize.limits")
async def test_a_state_of_more_than_1024_characters_gets_a_page_and_400(server: Server) -> None:
    client = await server.make_client()
    assert (await server.authorize(client, state="s" * 1024)).status_code == 302
    assert_page(await server.authorize(client, state="s" * 1025), 400)


@requirement("authorize.errors-travel")
@requirement("authorize.missing-response-type")
@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "unheard-of"}, "invalid_scope"),
        ({"scope": "two  spaces"}, "invalid_scope"),
        ({"resource": "https://api.example/#fragment"}, "invalid_target"),
        ({"resource": "not absolute"}, "invalid_target"),
        ({"prompt": "none"}, "interaction_required"),
        ({"request": "e30."}, "request_not_supported"),
        ({"request_uri": "https://client.example/request"}, "request_not_supported"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "too-short"}, "invalid_request"),
        ({"code_challenge_method": "S512"}, "invalid_request"),
    ],
)
async def test_other_errors_travel_to_the_client_with_state_and_issuer(
    server: Server, asked: dict[str, str | None], error: str
) -> None:
    client = await server.register_client()
    answer = await server.authorize(client, state="a b&c=d", **asked)
    assert answer.status_code == 302
    assert answer.headers["location"].startswith(f"{CALLBACK}?")
    told = query_of(answer.headers["location"])
    assert (told["error"], told["state"], told["iss"]) == (error, "a b&c=d", ISSUER)
    assert told["error_description"]
    assert "code" not in told


@requirement("authorize.client-may")
async def test_a_client_without_the_code_grant_is_told_so(server: Server) -> None:
    client = await server.make_client(allowed_grant_types=["client_credentials"])
    answer = await server.authorize(client)
    assert query_of(answer.headers["location"])["error"] == "unauthorized_client"


@requirement("authorize.query-kept")
async def test_the_query_of_a_redirect_uri_is_kept(server: Server) -> None:
    client = await server.make_client(redirect_uris=[f"{CALLBACK}?tenant=7"])
    answer = await server.authorize(client, scope="unheard-of")
    told = query_of(answer.headers["location"])
    assert (told["tenant"], told["error"]) == ("7", "invalid_scope")
    assert "state" not in told


@requirement("pkce.plain")
@requirement("pkce.plain-by-default")
async def test_plain_pkce_is_refused_unless_it_is_allowed_and_a_missing_method_means_plain(
    start_server: StartServer,
) -> None:
    strict = await start_server()
    client = await strict.register_client()
    for method in ("plain", None):
        answer = await strict.authorize(client, code_challenge=VERIFIER, code_challenge_method=method)
        assert query_of(answer.headers["location"])["error"] == "invalid_request"
    lax = await start_server(backend=strict.backend, allow_plain_pkce=True)
    for method in ("plain", None):
        code = await lax.approve(client, code_challenge=VERIFIER, code_challenge_method=method)
        assert (await lax.redeem(client, code)).status_code == 200


@requirement("pkce.who-must")
async def test_pkce_is_for_public_and_self_registered_clients_and_for_those_that_want_it(server: Server) -> None:
    must = [
        await server.make_client(client_type="public"),
        await server.register_client(token_endpoint_auth_method="client_secret_post"),
        await server.make_client(require_pkce=True),
    ]
    for client in must:
        answer = await server.authorize(client, code_challenge=None, code_challenge_method=None)
        assert query_of(answer.headers["location"])["error"] == "invalid_request"
    free = await server.make_client()
    code = await server.approve(free, code_challenge=None, code_challenge_method=None)
    assert (await server.redeem(free, code, code_verifier=None)).status_code == 200


@requirement("redirect.loopback-port")
@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
async def test_a_public_client_may_listen_on_any_loopback_port(server: Server, host: str) -> None:
    client = await server.register_client(redirect_uris=[f"http://{host}/callback"])
    asked = f"http://{host}:51234/callback"
    code = await server.approve(client, redirect_uri=asked)
    assert (await server.redeem(client, code, redirect_uri=asked)).status_code == 200


@requirement("redirect.loopback-exactly")
@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:51234/callback/",
        "http://127.0.0.1:51234/",
        "http://localhost:51234/callback",
        "http://127.0.0.1:51234/callback?x=1",
        "https://127.0.0.1:51234/callback",
        "http://127.0.0.2:51234/callback",
        "http://127.0.0.1.evil.example/callback",
    ],
)
async def test_nothing_but_the_port_may_differ(server: Server, uri: str) -> None:
    client = await server.register_client(redirect_uris=[LOOPBACK])
    assert_page(await server.authorize(client, redirect_uri=uri), 422)


@requirement("redirect.confidential-exactly")
async def test_a_confidential_client_gets_no_other_port(server: Server) -> None:
    client = await server.make_client(redirect_uris=[LOOPBACK])
    assert_page(await server.authorize(client, redirect_uri="http://127.0.0.1:51234/callback"), 422)


@requirement("scope.default")
async def test_who_asks_for_no_scope_gets_all_that_it_may_have(start_server: StartServer) -> None:
    server = await start_server(scopes=[{"id": "admin"}, {"id": "read"}, {"id": "write"}])
    client = await server.make_client(allowed_scopes=["read", "write"])
    assert (await server.log_in(client))["scope"] == "read write"
    assert (await server.log_in(client, scope="write"))["scope"] == "write"
    answer = await server.authorize(client, scope="admin")
    assert query_of(answer.headers["location"])["error"] == "invalid_scope"


@requirement("scope.offline-access")
async def test_offline_access_may_be_asked_for_and_grants_nothing(server: Server) -> None:
    tokens = await server.log_in(await server.make_client(), scope="admin offline_access")
    assert tokens["scope"] == "admin"
    assert tokens["refresh_token"]


@requirement("authorize.unknown-parameters")
async def test_parameters_that_nobody_knows_are_ignored(server: Server) -> None:
    answer = await server.authorize(
        await server.make_client(), audience="x", nonce="n", ui_locales="de", **{"a[b]": "c"}
    )
    assert answer.status_code == 302
    assert "consent_token" in query_of(answer.headers["location"])
