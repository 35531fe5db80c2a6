"""The real server: a process of its own on a port of its own, as somebody runs it."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

API_KEY = "an-api-key-of-these-tests-0123456789"


def free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def grantwell_serving(folder: Path) -> Iterator[str]:
    """The origin of a server on an empty folder, from its first answer on."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRANTWELL_")}
    environment |= {"GRANTWELL_BOOTSTRAP_API_KEY": API_KEY, "GRANTWELL_RATE_LIMITS": "off"}
    command = [
        sys.executable,
        "-m",
        "grantwell",
        "serve",
        "--port",
        str(free_port()),
        "--data-dir",
        str(folder),
        "--json",
    ]
    log = folder / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True) as server,
    ):
        assert server.stdout is not None
        told = server.stdout.readline()
        assert told, log.read_text()
        try:
            yield str(json.loads(told)["listening"])
        finally:
            server.terminate()
            server.wait(30)


def consent_token_at(authorization_url: str) -> str:
    """The consent token that a browser is sent on with."""
    answer = httpx.get(authorization_url)
    assert answer.status_code == 302, answer.text
    (token,) = parse_qs(urlsplit(answer.headers["location"]).query)["consent_token"]
    return token


def consented(authorization_url: str, base_url: str, *, allowed: bool = True) -> str:
    """Where the browser goes when the administrator has decided."""
    answer = httpx.post(
        f"{base_url}/oauth/grants",
        json={"allowed": allowed, "consent_token": consent_token_at(authorization_url)},
        headers={"Authorization": f"Bearer {API_KEY}"},
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["redirect_uri"])
