"""Authlib's OAuth clients, blocking and asynchronous: the standard flows, with nothing set up but URLs."""

import inspect
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client, OAuth2Client
from tests.requirements.marker import requirement
from tests.support.actors import CALLBACK, VERIFIER, Client
from tests.support.api import Api, body_of, query_of

Connect = Callable[..., Any]
SECRET_METHODS = ["client_secret_basic", "client_secret_post"]


@pytest.fixture(params=[OAuth2Client, AsyncOAuth2Client], ids=["blocking", "asynchronous"])
async def connect(request: pytest.FixtureRequest, api: Api) -> AsyncIterator[Connect]:
    """Makes Authlib clients of one kind, which know what the server's metadata says."""
    metadata = body_of(await api.http.get("/.well-known/oauth-authorization-server"))
    opened: list[Any] = []

    def client(of: Client, method: str = "client_secret_basic", **more: Any) -> Any:
        opened.append(
            request.param(
                of.client_id,
                of.client_secret,
                token_endpoint_auth_method=method,
                revocation_endpoint_auth_method=method,
                redirect_uri=CALLBACK,
                scope="admin",
                **metadata | more,
            )
        )
        return opened[-1]

    yield client
    for each in opened:
        await done(each.close() if isinstance(each, OAuth2Client) else each.aclose())


async def done(called: Any) -> Any:
    return await called if inspect.isawaitable(called) else called


def endpoint(client: Any, name: str) -> str:
    return str(client.metadata[f"{name}_endpoint"])


async def answered(api: Api, authorization_url: str) -> str:
    """Where the browser comes back to, after the person has allowed it."""
    sent_to = await api.http.get(authorization_url)
    decided = await api.decide(query_of(sent_to.headers["location"])["consent_token"])
    return str(body_of(decided)["redirect_uri"])


async def logged_in(client: Any, api: Api, **more: str) -> dict[str, Any]:
    """The tokens of a login by code and PKCE."""
    authorize, token = endpoint(client, "authorization"), endpoint(client, "token")
    url, state = client.create_authorization_url(authorize, code_verifier=VERIFIER, **more)
    back = await answered(api, url)
    fetched: dict[str, Any] = await done(
        client.fetch_token(token, authorization_response=back, code_verifier=VERIFIER, state=state)
    )
    return fetched


@requirement("authlib.code")
@pytest.mark.parametrize("method", [*SECRET_METHODS, "none"])
async def test_authlib_logs_in_by_code_and_pkce(connect: Connect, api: Api, method: str) -> None:
    of = await (api.register_client() if method == "none" else api.make_client())
    client = connect(of, method, code_challenge_method="S256")
    token = await logged_in(client, api, resource="https://api.example/mcp")
    assert (token["token_type"], token["scope"]) == ("Bearer", "admin")
    assert token["refresh_token"]
    assert await api.is_live(token["access_token"])


@requirement("authlib.refresh")
@pytest.mark.parametrize("method", [*SECRET_METHODS, "none"])
async def test_authlib_refreshes(connect: Connect, api: Api, method: str) -> None:
    of = await (api.register_client() if method == "none" else api.make_client())
    client = connect(of, method, code_challenge_method="S256")
    first = dict(await logged_in(client, api))
    token = endpoint(client, "token")
    second = dict(await done(client.refresh_token(token, refresh_token=first["refresh_token"])))
    third = dict(await done(client.refresh_token(token)))
    assert len({each["refresh_token"] for each in (first, second, third)}) == 3
    with pytest.raises(AuthlibBaseError) as raised:
        await done(client.refresh_token(token, refresh_token=first["refresh_token"]))
    assert raised.value.error == "invalid_grant"


@requirement("authlib.client-credentials")
@pytest.mark.parametrize("method", SECRET_METHODS)
async def test_authlib_gets_a_clients_own_token_and_uses_it(connect: Connect, api: Api, method: str) -> None:
    client = connect(await api.make_client(), method)
    token = await done(client.fetch_token(endpoint(client, "token"), grant_type="client_credentials"))
    assert "refresh_token" not in token
    listed = await done(client.get(f"{api.http.base_url}/v2/oauth_clients"))
    assert listed.status_code == 200


@requirement("authlib.introspect-and-revoke")
@pytest.mark.parametrize("method", SECRET_METHODS)
@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_authlib_introspects_and_revokes(connect: Connect, api: Api, method: str, kind: str) -> None:
    client = connect(await api.make_client(), method, code_challenge_method="S256")
    token = (await logged_in(client, api))[kind]
    introspection, revocation = endpoint(client, "introspection"), endpoint(client, "revocation")
    told = await done(client.introspect_token(introspection, token=token, token_type_hint=kind))
    assert told.json()["active"] is True
    revoked = await done(client.revoke_token(revocation, token=token, token_type_hint=kind))
    assert revoked.status_code == 200
    told = await done(client.introspect_token(introspection, token=token, token_type_hint=kind))
    assert told.json() == {"active": False}


@requirement("authlib.errors")
async def test_authlib_understands_what_is_refused(connect: Connect, api: Api) -> None:
    of = await api.make_client()
    client, wrong = connect(of), connect(of.with_secret("wrong"))
    token = endpoint(client, "token")
    for caller, error, fields in (
        (wrong, "invalid_client", {"grant_type": "client_credentials"}),
        (client, "invalid_scope", {"grant_type": "client_credentials", "scope": "unheard-of"}),
        (client, "invalid_target", {"grant_type": "client_credentials", "resource": "x#y"}),
        (client, "invalid_grant", {"grant_type": "authorization_code", "code": "unheard-of"}),
        (client, "unsupported_grant_type", {"grant_type": "password", "username": "x", "password": "y"}),
    ):
        with pytest.raises(AuthlibBaseError) as raised:
            await done(caller.fetch_token(token, **fields))
        assert raised.value.error == error


@requirement("authlib.expired")
async def test_authlib_renews_a_token_that_has_expired_by_itself(connect: Connect, api: Api) -> None:
    told: list[dict[str, Any]] = []

    def note(token: dict[str, Any], **_more: Any) -> None:
        told.append(token)

    async def note_later(token: dict[str, Any], **_more: Any) -> None:
        told.append(token)

    of = await api.make_client()
    first = connect(of, code_challenge_method="S256")
    token = dict(await logged_in(first, api)) | {"expires_at": 1}
    noting = note if isinstance(first, OAuth2Client) else note_later
    client = connect(of, token=token, update_token=noting)
    answer = await done(client.get(f"{api.http.base_url}/v2/oauth_clients"))
    # A token that a person granted does not manage: what counts is that it was a fresh one, and known.
    assert answer.status_code == 403
    (renewed,) = told
    assert renewed["access_token"] != token["access_token"]
