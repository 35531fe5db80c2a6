"""An OpenID Connect provider on a real port, which is honest until a test has it tell a lie."""

import asyncio
import json
import socket
from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from time import time
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT_ID, CLIENT_SECRET = "grantwell", "the secret of grantwell at the provider"
KEY, OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"}), RSAKey.generate_key(2048, {"kid": "one"})
Claims = dict[str, Any]


def encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(claims: Claims, key: Any = KEY, alg: str = "RS256") -> str:
    return jwt.encode({"alg": alg, "kid": "one"}, claims, key, algorithms=[alg])


def unsigned(claims: Claims) -> str:
    return f"{encode(json.dumps({'alg': 'none', 'kid': 'one'}).encode())}.{encode(json.dumps(claims).encode())}."


@dataclass
class Provider:
    """`person` is who signs in there. `sign` and the dictionaries change what it answers; None takes a member away."""

    issuer: str = ""
    person: Claims = field(default_factory=lambda: {"sub": "248289761001"})
    metadata: Claims = field(default_factory=dict)
    claims: Claims = field(default_factory=dict)
    answer: Claims = field(default_factory=dict)
    userinfo: Claims | None = None
    sign: Callable[[Claims], str] = signed
    token_requests: list[dict[str, str]] = field(default_factory=list)
    _asked: dict[str, dict[str, str]] = field(default_factory=dict)

    async def discover(self, _request: Request) -> Response:
        at = self.issuer
        found = {
            "issuer": at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "userinfo_endpoint": f"{at}/userinfo",
            "jwks_uri": f"{at}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "authorization_response_iss_parameter_supported": True,
        }
        return JSONResponse(found | self.metadata)

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        code = encode(sha256(json.dumps(asked).encode()).digest())
        self._asked[code] = asked
        answer: Claims = {"code": code, "state": asked["state"], "iss": self.issuer} | self.answer
        query = urlencode({name: value for name, value in answer.items() if value is not None})
        return RedirectResponse(f"{asked['redirect_uri']}?{query}", 302)

    async def token(self, request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        self.token_requests.append(form)
        basic = b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        asked = self._asked.pop(form.get("code", ""), None)
        challenge = encode(sha256(form.get("code_verifier", "").encode()).digest())
        if basic != f"{CLIENT_ID}:{CLIENT_SECRET}":
            return JSONResponse({"error": "invalid_client"}, 401)
        if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time())
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        said = {k: v for k, v in (claims | self.person | self.claims).items() if v is not None}
        return JSONResponse({"access_token": "at", "token_type": "Bearer", "id_token": self.sign(said)})

    async def keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [KEY.as_dict(private=False)]})

    async def tell(self, _request: Request) -> Response:
        return JSONResponse(self.userinfo or {"sub": self.person["sub"]})

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discover),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/keys", self.keys),
                Route("/userinfo", self.tell),
            ]
        )

    def settings(self, **more: Any) -> dict[str, Any]:
        """Our settings for it."""
        return {
            "login_issuer": self.issuer,
            "login_client_id": CLIENT_ID,
            "login_client_secret": CLIENT_SECRET,
            "login_name": "Example",
            **more,
        }


@asynccontextmanager
async def running_provider() -> AsyncIterator[Provider]:
    """A provider that runs until the end."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    provider = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}")
    http = uvicorn.Server(uvicorn.Config(provider.app(), lifespan="off", access_log=False, log_config=None))
    task = asyncio.create_task(http.serve(sockets=[listening]))
    while not http.started:
        assert not task.done(), task.result()
        await asyncio.sleep(0)
    try:
        yield provider
    finally:
        http.should_exit = True
        await task
