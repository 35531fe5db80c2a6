"""What processes of their own need: a port that nobody has, and an environment that steers nothing."""

import os
import random
import socket
from contextlib import suppress

# Below those that the system gives to connections: nobody who only connects takes one away.
PORTS = range(12_000, 32_000)


def free_port() -> int:
    """One that nobody listens on."""
    for port in random.sample(PORTS, 100):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("no port is free")


def clean_environment(**more: str) -> dict[str, str]:
    """This process's, without what would steer a server or an SDK."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GRANTWELL_", "TELNYX_"))}
    return kept | more
