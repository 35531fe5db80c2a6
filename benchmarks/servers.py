"""The servers that are measured: how each is prepared, started and asked."""

import base64
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from benchmarks.install import HERE, NODE, PEERS, PYTHON

CLIENT, SECRET = "bench-client", "s3cr3t-s3cr3t-s3cr3t-s3cr3t-0001"
VERIFIER = "of-forty-three-characters-or-more-and-no-secret"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
REDIRECT = "https://app.example.test/cb"
SHARED = {
    "BENCH_SECRET": SECRET,
    "BENCH_VERIFIER": VERIFIER,
    "BENCH_CHALLENGE": CHALLENGE,
    "BENCH_REDIRECT": REDIRECT,
    "PYTHONDONTWRITEBYTECODE": "1",
    "NODE_ENV": "production",
}


class Where(Struct, frozen=True):
    """What a server gets to live in: a directory, a port, and the address of a database of its own."""

    directory: Path
    port: int
    database: str


class Server(Struct, frozen=True, kw_only=True):
    """One server. Commands are run with `environment`; `seed` is a command, or a path that is posted to."""

    prepare: tuple[str, ...] = ()
    serve: tuple[str, ...]
    environment: dict[str, str] = {}
    directory: Path = HERE
    health: str
    token: str
    introspect: str = ""
    scope: str = "read write"
    more: dict[str, str] = {}
    seed: tuple[str, ...] | str = ()
    web_client: str = CLIENT
    introspects_with_basic: bool = False


# Counted as ever, but one client asks more in a second here than the default lets it.
LIMITS = '{"introspection": "1000000/second"}'


def _grantwell(where: Where, environment: dict[str, str]) -> Server:
    data = str(where.directory / "data")
    prepare = (sys.executable, "-m", "benchmarks.prepare")
    return Server(
        prepare=(*prepare, "client", data),
        serve=(sys.executable, "-m", "grantwell", "serve", "--port", str(where.port), "--data-dir", data),
        environment={"GRANTWELL_RATE_LIMITS": LIMITS, **environment},
        directory=HERE.parent,
        health="/healthz",
        token="/v2/oauth/token",
        introspect="/v2/oauth/introspect",
        scope="admin",
        seed=(*prepare, "{what}", data, "{count}"),
    )


def grantwell_sqlite(where: Where) -> Server:
    return _grantwell(where, {})


def grantwell_postgresql(where: Where) -> Server:
    return _grantwell(where, {"GRANTWELL_DATABASE_URL": where.database, "GRANTWELL_SECRET": os.urandom(32).hex()})


def ceiling(where: Where) -> Server:
    options = "--loop uvloop --http httptools --no-access-log --log-level warning --lifespan off"
    return Server(
        serve=(sys.executable, "-m", "uvicorn", "ceiling:app", "--port", str(where.port), *options.split()),
        directory=PEERS,
        health="/",
        token="/",
    )


def oidc_provider(where: Where) -> Server:
    return Server(
        serve=("node", str(PEERS / "oidc_provider.mjs"), str(NODE), str(where.port)),
        health="/.well-known/openid-configuration",
        token="/token",
        introspect="/token/introspection",
        seed="/seed?what={what}&count={count}",
    )


def oidc_provider_jwt(where: Where) -> Server:
    return Server(
        serve=("node", str(PEERS / "oidc_provider.mjs"), str(NODE), str(where.port)),
        health="/.well-known/openid-configuration",
        token="/token",
        more={"resource": "https://api.example.com"},
    )


def _gunicorn(where: Where, app: str) -> tuple[str, ...]:
    # Stopped while others are measured, a worker would seem dead: no time-out.
    options = ("-t", "0", "-w", "1", "--log-level", "warning", "-b", f"127.0.0.1:{where.port}")
    return (str(PYTHON), "-m", "gunicorn", *options, app)


def django_toolkit(where: Where) -> Server:
    return Server(
        prepare=(str(PYTHON), "bench_manage.py", "prepare"),
        serve=_gunicorn(where, "bench_wsgi:app"),
        environment={"BENCH_DATABASE": where.database},
        directory=PEERS / "django_toolkit",
        health="/health",
        token="/o/token/",
        introspect="/o/introspect/",
        seed=(str(PYTHON), "bench_manage.py", "seed", "{what}", "{count}"),
        web_client="bench-web",
        introspects_with_basic=True,
    )


def authlib_flask(where: Where) -> Server:
    database = where.database.replace("postgresql://", "postgresql+psycopg://")
    return Server(
        prepare=(str(PYTHON), "server.py", "prepare"),
        serve=_gunicorn(where, "server:app"),
        environment={"BENCH_DATABASE": database},
        directory=PEERS / "authlib_flask",
        health="/health",
        token="/token",
        introspect="/introspect",
        seed=(str(PYTHON), "server.py", "seed", "{what}", "{count}"),
    )


# Which database each one is given: none, its own SQLite file, or one in the PostgreSQL that all share.
SERVERS: dict[str, tuple[str, Callable[[Where], Server]]] = {
    "grantwell-sqlite": ("none", grantwell_sqlite),
    "grantwell-postgresql": ("postgresql", grantwell_postgresql),
    "oidc-provider": ("none", oidc_provider),
    "oidc-provider-jwt": ("none", oidc_provider_jwt),
    "ceil-es256": ("none", ceiling),
    "dot-sqlite": ("sqlite", django_toolkit),
    "dot-postgresql": ("postgresql", django_toolkit),
    "authlib-sqlite": ("sqlite", authlib_flask),
    "authlib-postgresql": ("postgresql", authlib_flask),
}
