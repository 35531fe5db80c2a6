"""`serve --workers 2`, without metrics: whichever process is asked, the numbers of the last hour are those of both."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.postgresql import cluster
from tests.support.real_server import RealServer
from tests.support.server import EMAIL, PASSWORD

ASKED = 40


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RealServer]:
    settings = {
        "database_url": cluster().database_for(object()),
        "secret": os.urandom(32).hex(),
        "workers": "2",
        "bootstrap_email": EMAIL,
        "bootstrap_password": PASSWORD,
    }
    server = RealServer(tmp_path, **{f"GRANTWELL_{name.upper()}": value for name, value in settings.items()})
    yield server
    server.stop()


async def numbers(http: httpx.AsyncClient, token: str) -> dict[str, Any]:
    answer = await http.get("/v2/numbers", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_whichever_worker_is_asked_the_numbers_are_those_of_both(server: RealServer) -> None:
    # Each request on a connection of its own, which may lead to either worker.
    async with httpx.AsyncClient(base_url=server.origin, limits=httpx.Limits(max_keepalive_connections=0)) as http:
        opened = await http.post("/v2/sessions", json={"email": EMAIL, "password": PASSWORD})
        issued = await http.post("/v2/sessions/token", json={"session": opened.json()["session"]})
        for _ in range(ASKED):
            refused = await http.post("/v2/oauth/token", data={"grant_type": "nothing"})
            assert refused.status_code == 400
        # A slot is told when its ten seconds are over, and to the other process within five more.
        async with asyncio.timeout(60):
            while True:
                found = await numbers(http, issued.json()["access_token"])
                counted = {each["reason"]: each["count"] for each in found["data"]["refusals"]}
                if counted.get("grant_type_unknown") == ASKED and found["meta"]["processes"] == 2:
                    break
                await asyncio.sleep(0.2)
        assert found["meta"]["shared"] is True
        for _ in range(8):
            again = await numbers(http, issued.json()["access_token"])
            assert again["data"]["refusals"][0] == {"reason": "grant_type_unknown", "count": ASKED}
