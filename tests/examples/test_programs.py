"""The programs themselves, as processes of their own: with the API of examples/api, and a person at the browser."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from tests.docs import opened_browser
from tests.docs.real_server import environment
from tests.support.processes import free_port

from grantwell.testing import GrantwellServer

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def grantwell_settings() -> dict[str, object]:
    return {"scopes": ["orders:read", "orders:write", "payments:write"]}


@contextmanager
def started(program: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-u", EXAMPLES / program], env=environment(**settings), stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def says(process: subprocess.Popen[str], words: str) -> None:
    """Wait until it does; fails if it ends before."""
    assert process.stderr is not None
    said: list[str] = []
    for line in process.stderr:
        said.append(line)
        if words in line:
            return
    raise AssertionError("".join(said))


@pytest.fixture
def settings(grantwell_server: GrantwellServer) -> Iterator[dict[str, str]]:
    """Those that both programs need, while the API is there."""
    address = f"http://127.0.0.1:{free_port()}"
    with started("api/orders_api.py", ORDERS_API=address, ORDERS_ISSUER=grantwell_server.url) as api:
        says(api, "Application startup complete")
        yield {"ORDERS_API": address, "ORDERS_AUTH": f"{grantwell_server.url}/v2"}


def test_the_command_line_program_logs_in_orders_and_lists(
    grantwell_server: GrantwellServer, settings: dict[str, str], tmp_path: Path
) -> None:
    person = grantwell_server.make_user("ada@example.com", password="correct-horse-battery")
    browser = opened_browser.command(person.email, person.password)

    def orders(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = (sys.executable, "-W", "error", str(EXAMPLES / "cli_program" / "orders.py"), *arguments)
        variables = environment(HOME=str(tmp_path), BROWSER=browser, **settings)
        return subprocess.run(command, env=variables, capture_output=True, check=False, text=True)

    assert orders().stderr == "orders: no token is kept: log in: orders login\n"
    assert orders("login").returncode == 0
    assert orders("order", "a kettle").stdout == "1  a kettle\n"
    assert orders().stdout == "1  a kettle\n"
    assert orders("logout").returncode == 0
    assert orders().returncode == 1


def test_the_service_orders_until_there_is_enough(grantwell_server: GrantwellServer, settings: dict[str, str]) -> None:
    client = grantwell_server.make_client(allowed_grant_types=["client_credentials"])
    credentials = {"CLIENT_ID": client.client_id, "CLIENT_SECRET": client.client_secret or ""}
    with started("service/stock_service.py", **settings, **credentials) as service:
        says(service, "ordered a kettle: number 3")
    token = grantwell_server.client_token("orders:read", client=client, resource=settings["ORDERS_API"])
    orders = httpx.get(f"{settings['ORDERS_API']}/orders", headers={"Authorization": f"Bearer {token}"})
    assert [each["item"] for each in orders.json()] == ["a kettle"] * 3
