"""One of several serving processes. `grantwell serve` starts it; nobody else does."""

import logging
import socket
import sys
from collections.abc import Sequence

from grantwell import app
from grantwell.asgi.serving import CannotServe
from grantwell.protocol.store import StorageUnavailable
from grantwell.settings import SettingsError, taken_over
from grantwell.storage.errors import CannotOpen

LOGGER = logging.getLogger("grantwell")


def main(descriptors: Sequence[str]) -> int:
    """Serve on the sockets that the parent has handed down: the listening one, and the channel to itself."""
    listener, channel = (socket.socket(fileno=int(each)) for each in descriptors)
    try:
        app.work(taken_over(), listener, channel)
    except (CannotOpen, CannotServe, SettingsError, StorageUnavailable) as error:
        LOGGER.error("a worker cannot serve: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
