"""What it costs an API to verify an access token: `grantwell.resource` beside joserfc, Authlib and PyJWT.

python benchmarks/resource_cost.py [--rounds 15] [--tokens 200]

Every contender checks the same: signature (ES256) by the key that `kid` names, issuer, audience, expiry, one scope. All
have their keys in memory. Rounds alternate between the contenders; the figure is the fastest round, which whatever else
the machine does has disturbed least, in microseconds a token. A new token was never seen before; the same one again was
verified once before the clock was started.
"""

import argparse
import asyncio
import json
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt as pyjwt
from authlib.deprecate import AuthlibDeprecationWarning
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey, KeySet
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from grantwell.resource import ProtectedResource

with warnings.catch_warnings():
    # Authlib's JOSE is joserfc's predecessor, and what programs with Authlib use to this day.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.jose import JsonWebKey, JsonWebToken

RESOURCE, SCOPE = "https://api.example.com", "orders:read"
Verify = Callable[[str], Any]


class World:
    """An issuer with one key, whose documents are on a port of this machine."""

    def __init__(self, origin: str) -> None:
        self.issuer = origin
        self.key = ECKey.generate_key("P-256", {"kid": "2026-01", "use": "sig", "alg": "ES256"})
        self.jwks: dict[str, Any] = {"keys": [self.key.as_dict(private=False)]}
        self._issued = 0

    def documents(self) -> dict[str, Any]:
        """By their paths."""
        metadata = {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks"}
        return {"/.well-known/oauth-authorization-server": metadata, "/jwks": self.jwks}

    def token(self) -> str:
        """A new token, with the claims that the server gives them."""
        self._issued += 1
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "user_b7Xr9m2vQ4kT8sWz1nYc5e",
            "aud": RESOURCE,
            "client_id": "0500edd4-3705-4d03-b3e9-361143b4cd96",
            "iat": now,
            "exp": now + 1800,
            "jti": f"{self._issued:022}",
            "scope": f"{SCOPE} orders:write",
            "lineage": "Jt2vYk0aQz3mXw8sNc5e1g",
        }
        header = {"alg": "ES256", "typ": "at+jwt", "kid": "2026-01"}
        return joserfc_jwt.encode(header, claims, self.key)


@contextmanager
def world() -> Iterator[World]:
    """Serve it until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(made.documents()[self.path]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = World(f"http://127.0.0.1:{server.server_address[1]}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield made
        server.shutdown()


def needs_scope(scope: str) -> None:
    """What an API does after a library has said that the token is genuine."""
    if SCOPE not in scope.split(" "):
        raise ValueError("insufficient scope")


def signature_alone(world: World) -> Verify:
    """What no library can do without: one verification by OpenSSL, through joserfc's thin layer."""
    algorithm, key = JWSRegistry.algorithms["ES256"], ECKey.import_key(world.jwks["keys"][0])

    def verify(token: str) -> None:
        message, _, signature = token.rpartition(".")
        assert algorithm.verify(message.encode(), urlsafe_b64decode(signature.encode()), key)

    return verify


def by_joserfc(world: World) -> Verify:
    keys = KeySet.import_key_set(world.jwks)
    claims = joserfc_jwt.JWTClaimsRegistry(
        leeway=30, iss={"essential": True, "value": world.issuer}, aud={"essential": True, "value": RESOURCE}
    )

    def verify(token: str) -> None:
        decoded = joserfc_jwt.decode(token, keys, algorithms=["ES256"])
        claims.validate(decoded.claims)
        needs_scope(decoded.claims["scope"])

    return verify


def by_authlib(world: World) -> Verify:
    keys, decoder = JsonWebKey.import_key_set(world.jwks), JsonWebToken(["ES256"])
    options = {"iss": {"essential": True, "value": world.issuer}, "aud": {"essential": True, "value": RESOURCE}}

    def verify(token: str) -> None:
        claims = decoder.decode(token, keys, claims_options=options)
        claims.validate(leeway=30)
        needs_scope(claims["scope"])

    return verify


def by_pyjwt(world: World) -> Verify:
    client = pyjwt.PyJWKClient(f"{world.issuer}/jwks")

    def verify(token: str) -> None:
        key = client.get_signing_key_from_jwt(token)
        claims = pyjwt.decode(token, key, algorithms=["ES256"], issuer=world.issuer, audience=RESOURCE, leeway=30)
        needs_scope(claims["scope"])

    return verify


def by_grantwell(world: World) -> Verify:
    api = ProtectedResource(RESOURCE, issuer=world.issuer)
    return lambda token: api.verify(token, [SCOPE])


def round_of(verify: Verify, tokens: list[str]) -> float:
    """Microseconds a token."""
    start = time.perf_counter()
    for token in tokens:
        verify(token)
    return (time.perf_counter() - start) / len(tokens) * 1e6


def async_round(world: World, tokens: list[str]) -> Callable[[list[str]], float]:
    """The same with `verify_async`, in one task."""
    api = ProtectedResource(RESOURCE, issuer=world.issuer)

    async def verify_all(tokens: list[str]) -> float:
        start = time.perf_counter()
        for token in tokens:
            await api.verify_async(token, [SCOPE])
        return (time.perf_counter() - start) / len(tokens) * 1e6

    asyncio.run(verify_all(tokens))
    return lambda tokens: asyncio.run(verify_all(tokens))


def measure(world: World, rounds: int, count: int) -> dict[str, tuple[float, float]]:
    """For each contender the fastest round of new tokens, and of the same ones again."""
    makers = {
        "OpenSSL alone": signature_alone,
        "grantwell.resource": by_grantwell,
        "joserfc": by_joserfc,
        "Authlib": by_authlib,
        "PyJWT": by_pyjwt,
    }
    warm = [world.token() for _ in range(50)]
    contenders: dict[str, Callable[[list[str]], float]] = {}
    for name, make in makers.items():
        verify = make(world)
        contenders[name] = lambda tokens, verify=verify: round_of(verify, tokens)  # type: ignore[misc]  # its default
        contenders[name](warm)
    contenders["grantwell.resource, async"] = async_round(world, warm)
    new: dict[str, list[float]] = {name: [] for name in contenders}
    again: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        tokens = [world.token() for _ in range(count)]
        for name, contender in contenders.items():
            new[name].append(contender(tokens))
        for name, contender in contenders.items():
            again[name].append(contender(tokens))
    return {name: (min(new[name]), min(again[name])) for name in contenders}


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--tokens", type=int, default=200)
    arguments = parser.parse_args()
    with world() as made:
        found = measure(made, arguments.rounds, arguments.tokens)
    print("| | a new token | the same token again |\n| --- | --- | --- |")
    for name, (new, again) in found.items():
        print(f"| {name} | {new:.1f} | {again:.1f} |")


if __name__ == "__main__":
    main()
