"""A real port, for programs elsewhere: other processes, other languages."""

import os
import socket
import subprocess
import sys
from contextlib import closing
from urllib.request import urlopen

import pytest

from grantwell.testing import GrantwellServer

OTHER_PROGRAM = """
from grantwell.sdk import Grantwell
with Grantwell() as client:
    print([each.name for each in client.oauth_clients.list()])
"""


def port_of(server: GrantwellServer) -> int:
    return int(server.issuer.rpartition(":")[2])


def test_whoever_can_speak_http_is_answered(grantwell_server: GrantwellServer) -> None:
    with urlopen(f"{grantwell_server.url}/healthz") as answer:
        assert answer.read() == b'{"status":"ok"}'


def test_the_issuer_is_where_the_server_listens(grantwell_server: GrantwellServer) -> None:
    assert grantwell_server.url == grantwell_server.issuer
    with urlopen(f"{grantwell_server.url}/.well-known/oauth-authorization-server") as answer:
        assert grantwell_server.url.encode() in answer.read()


def test_nothing_listens_before_somebody_asks_where(grantwell_server: GrantwellServer) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port_of(grantwell_server)))


def test_another_process_finds_the_server_in_its_environment(grantwell_server: GrantwellServer) -> None:
    grantwell_server.make_client(name="Fleet manager")
    told = grantwell_server.environment()
    assert (told["TELNYX_BASE_URL"], told["TELNYX_API_KEY"]) == (
        f"{grantwell_server.url}/v2",
        grantwell_server.admin.api_key,
    )
    environment = os.environ | told
    done = subprocess.run(
        [sys.executable, "-c", OTHER_PROGRAM], env=environment, capture_output=True, check=True, text=True
    )
    assert done.stdout == "['Fleet manager']\n"


def test_the_port_is_free_again_after_the_end_whoever_is_still_connected() -> None:
    with GrantwellServer() as server:
        assert server.url
        connection = socket.create_connection(("127.0.0.1", port_of(server)))
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert connection.recv(8) == b"HTTP/1.1"
    with closing(connection):
        connection.settimeout(10)
        while connection.recv(4096):
            pass
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port_of(server)))
