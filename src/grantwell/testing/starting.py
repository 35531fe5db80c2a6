"""From the settings of a test to a running server on an empty database in memory."""

import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from grantwell.app import Application, create_app, operator_context, server_of
from grantwell.asgi.event import Sink
from grantwell.settings import Settings, load_settings
from grantwell.storage.sqlite import open_sqlite
from grantwell.testing.clock import Clock
from grantwell.testing.people import PASSWORD, Person, add_person

LOOPBACK = "127.0.0.1"
# A catalogue with something in it to be asked for.
SCOPES = ("admin", "read", "write")
SECRET_BYTES = bytes(range(32))
# A directory without a grantwell.toml, and one that nothing is written to.
NO_DATA_DIR = Path(__file__).parent


class Started(NamedTuple):
    """The application, and the administrator whom every installation begins with."""

    app: Application
    admin: Person


def settings_of(chosen: Mapping[str, Any], port: int) -> Settings:
    """The settings: as `load_settings` judges them, but from no file and no environment. Raises SettingsError.

    Without an `issuer` it is the port's own address, without `scopes` the catalogue is admin, read and write; those
    may be plain names. There are no rate limits unless some are given.
    """
    host = f"{LOOPBACK}:{port}"
    defaults = {
        "data_dir": NO_DATA_DIR,
        "database_url": "sqlite:///:memory:",
        "issuer": f"http://{host}",
        "rate_limits": "off",
        "scopes": SCOPES,
        "secret": (SECRET_BYTES,),
    }
    given: dict[str, Any] = {**defaults, **chosen}
    given["scopes"] = [{"id": each} if isinstance(each, str) else each for each in given["scopes"]]
    given["allowed_hosts"] = [*given.get("allowed_hosts", ()), host]
    return load_settings({}, **given)


def bound_socket() -> socket.socket:
    """A free port that nobody else can take meanwhile; it listens when it is needed."""
    bound = socket.socket()
    bound.bind((LOOPBACK, 0))
    return bound


async def start(settings: Settings, clock: Clock, sink: Sink) -> Started:
    """Open a database, make the administrator, and serve.

    What a first start makes is made beforehand, because it would hash the password as it must in production.
    """
    backend = open_sqlite(":memory:", lock=True)
    try:
        context = operator_context(server_of(settings), clock=clock)
        admin = await add_person(
            backend,
            context,
            email=settings.bootstrap_email,
            organization=settings.bootstrap_organization,
            role="admin",
            password=settings.bootstrap_password or PASSWORD,
        )
        app, _ = await create_app(settings, clock=clock, backend=backend, sink=sink)
        await app.start()
    except BaseException:
        await backend.close()
        raise
    return Started(app, admin)
