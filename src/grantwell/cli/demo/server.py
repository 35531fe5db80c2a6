"""The demo's server: a process of its own on a temporary directory, which heeds no setting of this machine."""

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from msgspec import Struct

from grantwell import app
from grantwell.asgi.first_start import Prepared
from grantwell.cli.output import Failure, to_json
from grantwell.protocol.records import AuditEvent
from grantwell.settings import load_settings
from grantwell.storage.sqlite import open_sqlite

EMAIL = "ada@example.com"
SCOPES = [
    {"id": "admin", "name": "Administration", "description": "Manage clients"},
    {"id": "orders:read", "name": "See your orders", "description": "Read what you ordered, and when"},
]


class Running(Struct, frozen=True):
    """Where it listens, where its data lies, and the API key of its only user."""

    url: str
    data_dir: Path
    api_key: str


@contextmanager
def running_server(folder: Path) -> Iterator[Running]:
    """A server that ends with the block. Raises Failure if it does not start."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    data_dir, log = folder / "data", folder / "log"
    command = [sys.executable, "-m", __name__, str(data_dir), str(port)]
    with (
        log.open("w") as stderr,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True) as process,  # noqa: S603 - this very program
    ):
        try:
            said = process.stdout.readline() if process.stdout else ""
            if not said:
                raise Failure(f"the server did not start: {log.read_text().strip()}")
            yield Running(f"http://127.0.0.1:{port}", data_dir, json.loads(said)["api_key"])
        finally:
            process.terminate()


def serve(data_dir: str, port: str) -> None:
    """Be that process: say the API key when it listens, then serve until terminated."""
    settings = load_settings(
        {}, data_dir=data_dir, port=int(port), scopes=SCOPES, bootstrap_email=EMAIL, rate_limits="off"
    )

    def announce(prepared: Prepared) -> None:
        sys.stdout.write(f"{to_json({'api_key': prepared.created_api_key})}\n")
        sys.stdout.flush()

    app.serve(settings, announce)


def audited(server: Running, kind: str) -> AuditEvent:
    """The last event of a kind, read beside the running server. Raises Failure if there is none."""

    async def read() -> Sequence[AuditEvent]:
        backend = open_sqlite(server.data_dir / "grantwell.db", lock=False)
        try:
            return await backend.audit_events(0, 1000)
        finally:
            await backend.close()

    found = [event for event in asyncio.run(read()) if event.kind == kind]
    if not found:
        raise Failure(f"the demo went wrong: expected that the audit log tells of {kind}")
    return found[-1]


if __name__ == "__main__":
    serve(*sys.argv[1:3])
