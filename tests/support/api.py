"""The API in one line each, over HTTP alone: the same helpers speak to a server in process and to one on a port."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from tests.support.actors import CALLBACK, CHALLENGE, VERIFIER, Client, Json, bearer

FORM = "application/x-www-form-urlencoded"
ALL_GRANT_TYPES = ("authorization_code", "client_credentials", "refresh_token")


class Api:
    """A server as a client sees it. `api_key` is its administrator's."""

    def __init__(self, http: httpx.AsyncClient, api_key: str) -> None:
        self.http = http
        self.api_key = api_key

    async def manage(self, method: str, path: str, *, key: str | None = None, **more: Any) -> httpx.Response:
        """Call an operation that wants a bearer, the administrator's unless `key` says otherwise."""
        headers = bearer(self.api_key if key is None else key) | more.pop("headers", {})
        return await self.http.request(method, f"/v2{path}", headers=headers, **more)

    async def make_client(self, *, key: str | None = None, **fields: Any) -> Client:
        """Make a client through the management API: confidential, with every grant type, unless told otherwise."""
        body = {
            "name": "Example",
            "client_type": "confidential",
            "allowed_scopes": ["admin"],
            "allowed_grant_types": ALL_GRANT_TYPES,
            "redirect_uris": [CALLBACK],
        } | fields
        made = data_of(await self.manage("POST", "/oauth_clients", key=key, json=body), 201)
        return Client(made["client_id"], made["client_secret"], (body["redirect_uris"] or [CALLBACK])[0])

    async def register(self, **metadata: Any) -> httpx.Response:
        """Register a client that nobody vouches for."""
        return await self.http.post("/v2/oauth/register", json=metadata)

    async def register_client(self, **metadata: Any) -> Client:
        """Register a public client that may refresh."""
        body = {
            "redirect_uris": [CALLBACK],
            "grant_types": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_method": "none",
        } | metadata
        made = body_of(await self.register(**body), 201)
        return Client(made["client_id"], made.get("client_secret"), body["redirect_uris"][0])

    async def authorize(self, client: Client, **parameters: Any) -> httpx.Response:
        """Ask for authorization, with PKCE; a parameter of None is left out."""
        asked = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": client.redirect_uri,
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        } | parameters
        return await self.http.get("/v2/oauth/authorize", params={k: v for k, v in asked.items() if v is not None})

    async def consent_token(self, client: Client, **parameters: Any) -> str:
        """What the consent page would get."""
        answer = await self.authorize(client, **parameters)
        assert answer.status_code == 302, answer.text
        return query_of(answer.headers["location"])["consent_token"]

    async def decide(self, consent_token: str, *, allowed: bool = True, key: str | None = None) -> httpx.Response:
        """Allow or deny, as the administrator unless `key` says otherwise."""
        body = {"allowed": allowed, "consent_token": consent_token}
        return await self.manage("POST", "/oauth/grants", key=key, json=body)

    async def approve(self, client: Client, *, key: str | None = None, **parameters: Any) -> str:
        """Ask and allow; the authorization code."""
        decided = await self.decide(await self.consent_token(client, **parameters), key=key)
        return query_of(body_of(decided)["redirect_uri"])["code"]

    async def token(self, client: Client, grant_type: str, *, basic: bool = False, **fields: Any) -> httpx.Response:
        """Ask the token endpoint; a field of None is left out."""
        form = {"grant_type": grant_type} | ({} if basic else client.credentials) | fields
        headers = client.basic if basic else {}
        present = {name: value for name, value in form.items() if value is not None}
        return await self.http.post("/v2/oauth/token", data=present, headers=headers)

    async def redeem(self, client: Client, code: str, **fields: Any) -> httpx.Response:
        """Present a code."""
        bound = {"code": code, "redirect_uri": client.redirect_uri, "code_verifier": VERIFIER}
        return await self.token(client, "authorization_code", **bound | fields)

    async def exchange(self, client: Client, code: str, **fields: Any) -> Json:
        """Redeem a code; the tokens."""
        return body_of(await self.redeem(client, code, **fields))

    async def log_in(self, client: Client, *, key: str | None = None, **parameters: Any) -> Json:
        """From authorization to tokens."""
        return await self.exchange(client, await self.approve(client, key=key, **parameters))

    async def rotate(self, client: Client, refresh_token: str, **fields: Any) -> httpx.Response:
        """Present a refresh token."""
        return await self.token(client, "refresh_token", refresh_token=refresh_token, **fields)

    async def refresh(self, client: Client, refresh_token: str, **fields: Any) -> Json:
        """Refresh; the new tokens."""
        return body_of(await self.rotate(client, refresh_token, **fields))

    async def client_token(self, client: Client, **fields: Any) -> str:
        """An access token that a client gets for itself."""
        answer = await self.token(client, "client_credentials", **fields)
        return str(body_of(answer)["access_token"])

    async def introspect(self, client: Client, token: str) -> Json:
        """What a token is worth to this client."""
        form = client.credentials | {"token": token}
        return body_of(await self.http.post("/v2/oauth/introspect", data=form))

    async def is_live(self, token: str) -> bool:
        """Whether the administrator's organization sees the token as active."""
        answer = await self.manage("POST", "/oauth/introspect", data={"token": token})
        return bool(body_of(answer)["active"])

    async def revoke(self, client: Client, token: str, **fields: Any) -> httpx.Response:
        """Revoke a token (RFC 7009)."""
        return await self.http.post("/v2/oauth/revoke", data=client.credentials | {"token": token} | fields)

    async def grants(self, *, key: str | None = None) -> list[Json]:
        """The grants of the administrator, or of the holder of `key`."""
        found: list[Json] = body_of(await self.manage("GET", "/oauth_grants", key=key))["data"]
        return found


def body_of(answer: httpx.Response, status: int = 200) -> Json:
    assert answer.status_code == status, f"{answer.status_code}: {answer.text}"
    body = answer.json()
    assert isinstance(body, dict)
    return body


def data_of(answer: httpx.Response, status: int = 200) -> Json:
    data = body_of(answer, status)["data"]
    assert isinstance(data, dict)
    return data


def query_of(address: str) -> dict[str, str]:
    """The query parameters of an address, each of which is there once."""
    pairs = parse_qsl(urlsplit(address).query, keep_blank_values=True)
    assert len(dict(pairs)) == len(pairs), address
    return dict(pairs)
