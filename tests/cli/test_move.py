"""`grantwell move`: a server goes on where it was, on another database."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.cli.conftest import Command, Serve
from tests.support.api import Api
from tests.support.postgresql import cluster
from tests.support.real_server import serving
from tests.support.server import API_KEY
from tests.support.traffic import Traffic

ISSUER = {"GRANTWELL_ISSUER": "http://127.0.0.1:8000"}


@pytest.fixture
def url() -> str:
    """The address of a database with nothing in it."""
    return cluster().empty()


async def test_nobody_logs_in_again_after_a_move(tmp_path: Path, bare: Command, url: str) -> None:
    with serving(tmp_path, **ISSUER) as server:
        async with httpx.AsyncClient(base_url=server.origin, timeout=30) as http:
            client = await Api(http, API_KEY).make_client()
            login = await Api(http, API_KEY).log_in(client)
            async with Traffic(Api(http, API_KEY), client) as traffic:
                await traffic.answers(40)
    moved = await asyncio.to_thread(bare, "move", "--to", url, "--data-dir", str(tmp_path), "--json")
    assert moved.code == 0, moved.err
    assert {each["table"]: each["rows"] for each in moved.json["tables"]}["clients"] == 1

    there = {"GRANTWELL_DATABASE_URL": url, "GRANTWELL_SECRET_FILE": str(tmp_path / "secret.hex")}
    with serving(tmp_path, **ISSUER, **there, GRANTWELL_WORKERS="2") as server:
        async with httpx.AsyncClient(base_url=server.origin, timeout=30) as http:
            api = Api(http, API_KEY)
            assert await api.is_live(login["access_token"])
            assert (await api.rotate(client, login["refresh_token"])).status_code == 200
            for each in traffic.logins:
                assert (await api.rotate(client, each.tokens[-1])).status_code == 200


def test_people_are_told_how_to_start_there(ada: dict[str, Any], grantwell: Command, data_dir: Path, url: str) -> None:
    result = grantwell("move", "--to", url)
    assert result.code == 0, result.err
    assert f"GRANTWELL_SECRET_FILE={data_dir / 'secret.hex'}" in " ".join(result.out.split())
    assert "was compared row by row" in " ".join(result.out.split())
    # No bar where nobody watches.
    assert result.err == ""


def test_a_database_whose_server_is_running_is_not_moved(
    ada: dict[str, Any], grantwell: Command, serve: Serve, url: str
) -> None:
    serve()
    result = grantwell("move", "--to", url)
    assert result.code == 1
    assert "another server" in result.err


def test_a_database_in_use_is_not_moved_into(ada: dict[str, Any], grantwell: Command, url: str) -> None:
    assert grantwell("move", "--to", url).code == 0
    result = grantwell("move", "--to", url)
    assert result.code == 1
    assert "is not empty (it has organizations)" in result.err


@pytest.mark.parametrize(
    ("address", "code", "words"),
    [
        ("sqlite:///elsewhere.db", 2, "must be like postgresql://"),
        ("postgresql://ann:hunter2@127.0.0.1:1/grantwell", 1, "cannot open the PostgreSQL database 127.0.0.1:1/"),
    ],
)
def test_an_address_that_cannot_be_moved_to_is_refused(
    ada: dict[str, Any], grantwell: Command, address: str, code: int, words: str
) -> None:
    result = grantwell("move", "--to", address)
    assert result.code == code
    assert words in result.refusal
    assert "hunter2" not in result.err + result.out


def test_there_must_be_something_to_move(grantwell: Command, url: str, data_dir: Path) -> None:
    result = grantwell("move", "--to", url)
    assert result.code == 1
    assert "there is no database at" in result.err
    assert not data_dir.exists()


def test_only_sqlite_is_moved(grantwell: Command, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRANTWELL_DATABASE_URL", url)
    monkeypatch.setenv("GRANTWELL_SECRET", bytes(range(32)).hex())
    result = grantwell("move", "--to", url)
    assert result.code == 1
    assert "names another database already" in result.err
