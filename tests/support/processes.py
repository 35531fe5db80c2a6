"""What processes of their own need: a port that nobody has, and an environment that steers nothing."""

import os
import socket
from contextlib import closing


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


def clean_environment(**more: str) -> dict[str, str]:
    """This process's, without what would steer a server or an SDK."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GRANTWELL_", "TELNYX_"))}
    return kept | more
