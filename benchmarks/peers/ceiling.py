"""The least that issuing an ES256 access token for client_credentials takes: a bound to come near, not a server.

It reads the form, compares the secret's hash, signs, answers. It knows one client, and has no database, no limits, no
audit and no log.
"""

import hashlib
import hmac
import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote_plus

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

Message = MutableMapping[str, Any]

CLIENTS = {"bench-client": hashlib.sha256(os.environ.get("BENCH_SECRET", "").encode()).digest()}
SCOPES = {"read", "write"}
SECONDS = 3600
KEY = ec.generate_private_key(ec.SECP256R1())
ALGORITHM = ec.ECDSA(SHA256())

encode = msgspec.json.Encoder().encode


class Answer(msgspec.Struct):
    access_token: str
    token_type: str
    expires_in: int
    scope: str


def base64url(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


HEADER = base64url(encode({"alg": "ES256", "typ": "at+jwt", "kid": "bench"})) + b"."


def read_form(body: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in body.decode().split("&"):
        name, _, value = pair.partition("=")
        if name in found:
            raise ValueError(name)
        found[name] = unquote_plus(value) if "%" in value or "+" in value else value
    return found


def access_token(client_id: str, scope: str) -> str:
    now = int(time.time())
    claims = {
        "iss": "https://auth.example.com",
        "sub": client_id,
        "aud": "https://api.example.com",
        "client_id": client_id,
        "iat": now,
        "exp": now + SECONDS,
        "jti": base64url(os.urandom(16)).decode(),
        "scope": scope,
    }
    message = HEADER + base64url(encode(claims))
    r, s = decode_dss_signature(KEY.sign(message, ALGORITHM))
    return (message + b"." + base64url(r.to_bytes(32) + s.to_bytes(32))).decode()


def answer(form: dict[str, str]) -> tuple[int, bytes]:
    client_id, scope = form.get("client_id", ""), form.get("scope", "")
    secret = hashlib.sha256(form.get("client_secret", "").encode()).digest()
    if not hmac.compare_digest(secret, CLIENTS.get(client_id, b"")):
        return 401, b'{"error":"invalid_client"}'
    if form.get("grant_type") != "client_credentials":
        return 400, b'{"error":"unsupported_grant_type"}'
    if not SCOPES.issuperset(scope.split()):
        return 400, b'{"error":"invalid_scope"}'
    return 200, encode(Answer(access_token(client_id, scope), "Bearer", SECONDS, scope))


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    if scope["method"] != "POST":
        status, body = 200, b"{}"
    else:
        message = await receive()
        data = message["body"]
        while message.get("more_body"):
            message = await receive()
            data += message["body"]
        status, body = answer(read_form(data))
    headers = [
        (b"content-type", b"application/json"),
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
