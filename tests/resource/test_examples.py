"""The programs of `examples/`, run as processes of their own against the real server."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.resource.authorization_server import AuthorizationServer
from tests.support.actors import bearer
from tests.support.api import query_of
from tests.support.clock import Clock
from tests.support.processes import free_port
from tests.support.server import API_KEY

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def clock() -> Clock:
    """Other processes go by the real time."""
    return Clock(time.time())


@contextmanager
def running(program: str, *arguments: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-u", str(EXAMPLES / program), *arguments]
    process = subprocess.Popen(
        command, env=os.environ | settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    assert process.stdout is not None
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        process.stderr.close()
        process.stdout.close()


@contextmanager
def serving(program: str, **settings: str) -> Iterator[None]:
    """From the moment on that uvicorn says that it is there."""
    with running(program, **settings) as process:
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line)
            if "running on" in line:
                break
        else:
            raise AssertionError("".join(said))
        yield


def test_the_api_lets_everybody_do_what_the_token_allows(server: AuthorizationServer) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    asking, client = server.client(), server.client()
    settings = {
        "ORDERS_API": origin,
        "ORDERS_ISSUER": server.origin,
        "ORDERS_CLIENT": f"{asking.client_id}:{asking.client_secret}",
    }
    reader = bearer(server.token_of(client, "orders:read", resource=origin))
    writer = bearer(server.token_of(client, "orders:write", resource=origin))
    payer = server.token_of(client, "orders:read payments:write", resource=origin)
    with serving("api/orders_api.py", **settings), httpx.Client(base_url=origin) as http:
        assert http.get("/health").json() == "well"
        assert http.get("/orders").status_code == 401
        made = http.post("/orders", json={"item": "a kettle"}, headers=writer)
        assert made.status_code == 201
        assert http.post("/orders", json={"item": "a kettle"}, headers=reader).status_code == 403
        for headers in (reader, writer):
            assert [order["item"] for order in http.get("/orders", headers=headers).json()] == ["a kettle"]
        stranger = bearer(server.token("orders:read payments:write", resource=origin))
        assert http.post("/orders/1/refund", headers=stranger).status_code == 404
        assert http.post("/orders/1/refund", headers=bearer(payer)).json()["refunded"] is True
        server.revoke(client, payer)
        assert http.post("/orders/1/refund", headers=bearer(payer)).status_code == 401
        assert http.get("/orders", headers=bearer(payer)).status_code == 200


def allow(authorization_url: str, server: AuthorizationServer) -> None:
    """What a person does in the browser, as far as the address that leads back to the program."""
    with httpx.Client() as browser:
        token = query_of(browser.get(authorization_url).headers["location"])["consent_token"]
        decision = {"allowed": True, "consent_token": token}
        decided = browser.post(f"{server.origin}/v2/oauth/grants", json=decision, headers=bearer(API_KEY))
        assert browser.get(decided.json()["redirect_uri"]).status_code == 200


def test_the_mcp_client_finds_everything_out_by_itself_and_asks_for_more_when_it_needs_more(
    server: AuthorizationServer,
) -> None:
    address = f"http://127.0.0.1:{free_port()}/mcp"
    settings = {"ORDERS_MCP": address, "ORDERS_ISSUER": server.origin}
    with (
        serving("mcp_server/orders_server.py", **settings),
        running("mcp_server/orders_client.py", address, "--cancel", "1", BROWSER="true") as client,
    ):
        assert client.stdout is not None
        assert client.stderr is not None
        asked = []
        said = []
        for line in client.stdout:
            if line.startswith("Sign in and allow at "):
                asked.append(query_of(line.split()[-1])["scope"])
                allow(line.split()[-1], server)
            else:
                said.append(line.strip())
        assert client.wait(20) == 0, client.stderr.read()
    assert said[:2] == ["1: two lamps", "2: a kettle"]
    assert said[2].startswith("two lamps cancelled for user_")
    assert asked == ["orders:read", "orders:read orders:write"]
