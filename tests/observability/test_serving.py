"""`grantwell serve` with metrics and traces, and without: what it refuses, and what it does not even import."""

import json
import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from tests.observability.collector import collecting
from tests.observability.scraping import free_address, scrape
from tests.support.postgresql import cluster
from tests.support.real_server import serving

START = """
import asyncio, json, sys, tempfile
import grantwell.cli.program
from grantwell.app import create_app
from grantwell.settings import load_settings

async def main() -> None:
    app, _ = await create_app(load_settings())
    await app.start()
    await app.stop()

asyncio.run(main())
print(json.dumps(sorted(sys.modules)))
"""
OBSERVING = ("grantwell.asgi.metrics", "grantwell.asgi.tracing", "opentelemetry", "prometheus_client", "requests")


def environment(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GRANTWELL_")}
    return kept | {f"GRANTWELL_{name.upper()}": value for name, value in settings.items()}


def imported(**settings: str) -> set[str]:
    """What of metrics and traces a process has imported that has served with these settings."""
    command = (sys.executable, "-c", START)
    done = subprocess.run(command, env=environment(**settings), capture_output=True, check=True, text=True)
    return {found for found in OBSERVING if any(name.startswith(found) for name in json.loads(done.stdout))}


def test_a_server_that_is_not_watched_imports_nothing_for_it(tmp_path: Path) -> None:
    assert imported(data_dir=str(tmp_path)) == set()


def test_metrics_need_no_library(tmp_path: Path) -> None:
    assert imported(data_dir=str(tmp_path), metrics_address=free_address()) == {"grantwell.asgi.metrics"}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_address_for_metrics_that_is_taken_is_refused_before_anything_is_made(tmp_path: Path, workers: str) -> None:
    settings = {"data_dir": str(tmp_path / "data"), "workers": workers}
    if workers != "1":
        settings |= {"database_url": cluster().database_for(object()), "secret": os.urandom(32).hex()}
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        command = (sys.executable, "-m", "grantwell", "serve", "--port", free_address().rpartition(":")[2])
        ended = subprocess.run(
            command,
            env=environment(**settings, metrics_address=address),
            capture_output=True,
            check=False,
            text=True,
            timeout=60,
        )
    assert ended.returncode == 1
    assert f"cannot listen on {address} for metrics" in ended.stderr
    assert ended.stdout == ""
    assert not (tmp_path / "data").exists()


async def test_a_server_tells_metrics_traces_and_json_lines_at_once(tmp_path: Path) -> None:
    address = free_address()
    with collecting() as collector:
        watching = {"METRICS_ADDRESS": address, "TRACING_ENDPOINT": collector.endpoint, "LOG_FORMAT": "json"}
        with serving(tmp_path, **{f"GRANTWELL_{name}": value for name, value in watching.items()}) as server:
            async with httpx.AsyncClient(base_url=server.origin) as http:
                for _ in range(5):
                    assert (await http.get("/v2/oauth/jwks")).status_code == 200
                    assert (await http.get("/v2/oauth/token")).status_code == 405
            found = await scrape(address)
        assert found.total("grantwell_requests_total") == len(collector.spans) == 10
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert sorted(line["trace_id"] for line in lines) == sorted(span.trace_id.hex() for span in collector.spans)
    assert {line["reason"] for line in lines} == {"", "method_unknown"}
